package eventstore

import "sync"

const (
	queueCommandsMax = 4_096
	queueBytesMax    = 32 << 20
	// A command with a larger body, or with more events at its first decision, goes alone.
	heavySize   = 64 << 10
	heavyEvents = 500
	// lightBatchesMax bounds the batches that go before a heavy command that waits.
	lightBatchesMax = 8
)

// queue holds the commands that wait for one ledger's executor. Lanes take turns, so that one that sends much holds up
// itself and not the others; and so do heavy commands and batches of light ones.
type queue struct {
	arrived chan struct{} // holds a token while something may wait

	mu           sync.Mutex
	light, heavy lanes
	commands     int
	bytes        int
	lightBatches int // since the last heavy command
	closed       bool
}

func newQueue() *queue { return &queue{arrived: make(chan struct{}, 1)} }

// push adds a command, unless the queue is full or closed. A command alone is taken however large it is.
func (q *queue) push(p *pending) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return errEnded
	case q.commands > 0 && (q.commands >= queueCommandsMax || q.bytes+p.command.Size > queueBytesMax):
		return ErrOverloaded
	}
	q.add(p, false)
	return nil
}

// putBack returns commands that were taken, before all others of their lanes.
func (q *queue) putBack(commands []*pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := len(commands) - 1; i >= 0; i-- {
		q.add(commands[i], true)
	}
}

func (q *queue) add(p *pending, first bool) {
	to := &q.light
	if p.heavy {
		to = &q.heavy
	}
	to.add(p, first)
	q.commands++
	q.bytes += p.command.Size
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

// take gives the commands of the next batch: light ones of all lanes in turn, or one that is heavy.
func (q *queue) take(limit int) (taken []*pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	from := &q.light
	if q.heavy.commands > 0 && (q.light.commands == 0 || q.lightBatches >= lightBatchesMax) {
		from, limit, q.lightBatches = &q.heavy, 1, 0
	} else {
		q.lightBatches++
	}
	for len(taken) < limit && from.commands > 0 {
		p := from.next()
		q.commands--
		q.bytes -= p.command.Size
		taken = append(taken, p)
	}
	return taken
}

// waiting counts the commands in the queue.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.commands
}

// load counts the commands in the queue and the bytes that they were made of.
func (q *queue) load() (commands, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.commands, q.bytes
}

// close refuses further commands. It fails while some wait.
func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = q.closed || q.commands == 0
	return q.closed
}

// lanes hold commands by their lanes, and take no memory while there are none.
type lanes struct {
	byName map[string]*lane
	// Those that have commands take turns in order. What was put back comes first, and the last of it before all.
	turns, returned []*lane
	commands        int
}

// lane holds its commands in order, in the same way.
type lane struct {
	name               string
	commands, returned []*pending
}

func (l *lanes) add(p *pending, first bool) {
	l.commands++
	of, found := l.byName[p.command.Lane]
	if !found {
		if l.byName == nil {
			l.byName = map[string]*lane{}
		}
		of = &lane{name: p.command.Lane}
		l.byName[of.name] = of
	}
	switch {
	case found:
	case first:
		l.returned = append(l.returned, of)
	default:
		l.turns = append(l.turns, of)
	}
	if first {
		of.returned = append(of.returned, p)
	} else {
		of.commands = append(of.commands, p)
	}
}

func (l *lanes) next() (p *pending) {
	l.commands--
	var of *lane
	of, l.turns, l.returned = first(l.turns, l.returned)
	p, of.commands, of.returned = first(of.commands, of.returned)
	switch {
	case len(of.commands)+len(of.returned) > 0:
		l.turns = append(l.turns, of)
	case l.commands == 0:
		*l = lanes{}
	default:
		delete(l.byName, of.name)
	}
	return p
}

// first takes the next of what waits.
func first[T any](waiting, returned []T) (next T, waitingThen, returnedThen []T) {
	if last := len(returned) - 1; last >= 0 {
		return returned[last], waiting, returned[:last]
	}
	return waiting[0], waiting[1:], returned
}
