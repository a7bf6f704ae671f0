package eventstore

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	queueMax         = 4_096 // commands waiting for one ledger's executor
	batchCommandsMax = 512
	attemptTimeout   = 10 * time.Second
	// triesUnlocked is how often a decision may lose against another process before the lock is taken first.
	triesUnlocked = 2
	// waryBatches is how long a repeat makes the executor wary of more: they come in swarms.
	waryBatches = 100
)

// executor decides and appends the commands of one ledger, batch after batch, in one goroutine.
type executor struct {
	store  *Store
	ledger Ledger
	queue  chan *pending
	// backlog was taken from the queue but did not fit into a batch yet.
	backlog []*pending
	// wary is for how many more batches keys are looked up before they are written.
	wary int
}

// run works until stop is closed and nothing waits any more.
func (x *executor) run(stop <-chan struct{}) {
	for {
		x.yield()
		if !x.gather(stop) {
			return
		}
		taken := x.backlog
		x.backlog = nil
		x.work(taken)
	}
}

// yield lets others run for as long as that brings commands: whoever was just answered has its next one ready in a moment, and
// a larger batch pays for the same flush. It takes no longer than they need to run, so a command alone is not held up.
func (x *executor) yield() {
	for before := -1; before < len(x.queue) && len(x.queue) < batchCommandsMax; {
		before = len(x.queue)
		runtime.Gosched()
	}
}

// gather waits for the first command and takes what has queued up behind it, without waiting for more.
func (x *executor) gather(stop <-chan struct{}) bool {
	if len(x.backlog) == 0 {
		select {
		case p := <-x.queue:
			x.backlog = append(x.backlog, p)
		case <-stop:
			select {
			case p := <-x.queue:
				x.backlog = append(x.backlog, p)
			default:
				return false
			}
		}
	}
	for len(x.backlog) < batchCommandsMax {
		select {
		case p := <-x.queue:
			x.backlog = append(x.backlog, p)
		default:
			return true
		}
	}
	return true
}

// work brings commands to an end: each is answered, or handed back to its caller to reload.
func (x *executor) work(commands []*pending) {
	backoff := 10 * time.Millisecond
	for try := 1; len(commands) > 0; {
		rest, err := x.attempt(commands, try > triesUnlocked)
		commands = rest
		switch {
		case err == nil:
			try++
		case isDataError(err) && len(commands) > 1:
			middle := len(commands) / 2
			x.work(commands[:middle])
			commands, try = commands[middle:], 1
		case isTransient(err):
			x.store.log.Warn("append failed, trying again", slog.Any("error", err), slog.Int("commands", len(commands)))
			commands = expire(commands, time.Now())
			time.Sleep(backoff/2 + rand.N(backoff/2))
			backoff = min(2*backoff, 500*time.Millisecond)
		default:
			for _, p := range commands {
				p.finish(Outcome{}, fmt.Errorf("append: %w", err))
			}
			return
		}
	}
}

// expire gives up on the commands whose time is over.
func expire(commands []*pending, now time.Time) (rest []*pending) {
	for _, p := range commands {
		switch {
		case now.Before(p.deadline):
			rest = append(rest, p)
		case p.sent:
			p.finish(Outcome{}, ErrOutcomeUnknown)
		default:
			p.finish(Outcome{}, ErrUnavailable)
		}
	}
	return rest
}

// attempt decides the commands and appends them. It gives back those who are not answered: on success those that lost
// against another process, after reading what that process wrote; on an error all that were sent, since only their keys
// will tell whether they were committed after all. With the lock taken first, nobody can lose.
func (x *executor) attempt(commands []*pending, locked bool) (rest []*pending, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
	defer cancel()
	var settle func() []*pending
	if !locked {
		if rest, settle, err = x.send(ctx, x.store.pool, commands, false); err != nil {
			return rest, err
		}
		if rest = settle(); len(rest) == 0 {
			return nil, nil
		}
		return x.catchUp(ctx, x.store.pool, rest)
	}
	rest = commands
	err = pgx.BeginFunc(ctx, x.store.pool, func(tx pgx.Tx) (err error) {
		if _, err = tx.Exec(ctx, `SELECT pg_advisory_xact_lock(1, hashtext($1::uuid::text))`, [16]byte(x.ledger.ID)); err != nil {
			return err
		}
		if rest, err = x.catchUp(ctx, tx, rest); err != nil {
			return err
		}
		rest, settle, err = x.send(ctx, tx, rest, true)
		return err
	})
	if err != nil {
		return rest, err
	}
	return settle(), nil
}

// send decides the commands and makes the round trip. The answers wait in settle until the commit is certain; until then
// the commands in rest are unanswered.
func (x *executor) send(ctx context.Context, db Querier, commands []*pending, locked bool) (rest []*pending, settle func() []*pending, err error) {
	b := newBatch(x.ledger, x.store.codec, x.store.states, len(commands))
	for i, p := range commands {
		if b.full() {
			x.backlog = append(x.backlog, commands[i:]...)
			break
		}
		b.add(p)
	}
	rest = b.waiting()
	if len(rest) == 0 {
		return nil, func() []*pending { return nil }, nil
	}
	request, components := b.request()
	reply, err := x.append(ctx, db, request, locked)
	for _, p := range rest {
		p.sent = p.sent || !neverSent(err)
	}
	if err != nil {
		return rest, nil, err
	}
	return rest, func() []*pending {
		again, tail := b.settle(reply, components)
		if tail > reply.tail {
			x.store.appended(x.ledger, tail)
		}
		return again
	}, nil
}

// append makes the round trip. Nearly all keys are new, so they are not looked up before they are written; where one was used
// after all, the database refuses the batch and it goes once more with every key looked up. In a transaction that begins
// with the lock there is no second time, and a swarm of repeats would make each batch go twice.
func (x *executor) append(ctx context.Context, db Querier, request *appendRequest, locked bool) (appendReply, error) {
	lookUp := locked || x.wary > 0
	x.wary = max(x.wary-1, 0)
	if lookUp {
		request.lookUpAll()
	}
	reply, err := request.send(ctx, db)
	if isUsedKey(err) && !lookUp {
		request.lookUpAll()
		reply, err = request.send(ctx, db)
	}
	if len(reply.hits) > 0 {
		x.wary = waryBatches
	}
	return reply, err
}
