package eventstore

import "context"

// While the database works on one batch, the next one is decided here, so that both are busy. Each batch has a price of its own,
// above all the flush, so few commands wait for each other and go together; only many are split in two halves that take turns.
const (
	aheadMin = 4 // commands, of a batch beside which others are decided
	// halfMin bounds the batches that go without those who were just answered and may come again, as a third of the crowd does.
	halfMin = 16
)

// next gives the next batch, decided; nil when nothing waits any more.
func (x *executor) next() *batch {
	b := x.ahead
	x.ahead = nil
	if b != nil && len(b.decided) >= max(halfMin, x.crowd/3) {
		return b
	}
	if b == nil && x.queue.waiting() == 0 {
		return nil
	}
	if b != nil {
		x.yield(x.crowd - len(b.decided))
		x.add(b, x.queue.takeLight(b.room(), true), false)
		return b
	}
	x.yield(x.crowd)
	limit := batchCommandsMax
	if half := x.queue.waiting() / 2; half >= halfMin {
		limit = half
	}
	return x.decide(x.queue.take(limit))
}

// room tells how many commands the batch may still take.
func (b *batch) room() int {
	if b.full() {
		return 0
	}
	return max(batchCommandsMax-len(b.decided), 0)
}

// sendAhead sends a batch, and meanwhile decides what comes on the states that the batch leaves if it is appended.
func (x *executor) sendAhead(ctx context.Context, db Querier, b *batch, lookUpAll bool) (s sent, err error) {
	landed := make(chan struct{})
	go func() {
		defer close(landed)
		s, err = x.send(ctx, db, b, lookUpAll)
	}()
	x.decideAhead(b, landed)
	<-landed
	return s, err
}

// decideAhead decides light commands behind a batch until that has landed or the next batch is full.
func (x *executor) decideAhead(b *batch, landed <-chan struct{}) {
	for {
		x.yield(0)
		room := batchCommandsMax
		if x.ahead != nil {
			room = x.ahead.room()
		}
		if commands := x.queue.takeLight(room, x.ahead != nil); len(commands) > 0 {
			if x.ahead == nil {
				x.ahead = newBatch(x.ledger, x.store.codec, x.store.states, len(commands))
				x.ahead.behind = b
			}
			x.add(x.ahead, commands, false)
		}
		select {
		case <-landed:
			return
		case <-x.queue.arrived:
		}
	}
}

// follow lets what was decided ahead follow the batch that was away, if that was appended as it was sent. Otherwise its commands go
// back to the queue, for what they were decided on is not.
func (x *executor) follow(landed *batch) {
	crowd := len(landed.decided)
	if x.ahead != nil {
		crowd += len(x.ahead.decided)
	}
	x.crowd = max(crowd, x.crowd-x.crowd/8)
	switch {
	case x.ahead == nil:
	case landed.whole():
		x.ahead.follow()
	default:
		commands := x.ahead.waiting()
		for _, p := range commands {
			p.release()
		}
		x.queue.putBack(commands)
		x.ahead = nil
	}
}

// whole reports whether all of the batch was appended or confirmed.
func (b *batch) whole() bool {
	if !b.settled {
		return false
	}
	for _, d := range b.decided {
		if d.fate != fateSent {
			return false
		}
	}
	return true
}

// follow takes over where the events stand of which the batch before has learnt that now.
func (b *batch) follow() {
	for _, s := range b.streams {
		if s.before == nil {
			continue
		}
		state, version, effective := s.current.state, s.current.version, s.current.effective
		s.base, s.current = s.before.current, s.before.current
		s.current.state, s.current.version, s.current.effective = state, version, effective
		s.before = nil
	}
	b.behind = nil
}
