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
	queueMax       = 4_096 // commands waiting for one ledger's executor
	attemptTimeout = 10 * time.Second
	// triesUnlocked is how often a decision may lose against another process before the lock is taken first.
	triesUnlocked = 2
)

// executor decides and appends the commands of one ledger, batch after batch. It runs in one goroutine; while a batch is on
// its way to the database, the next one is decided on what that batch will have written.
type executor struct {
	store  *Store
	ledger Ledger
	queue  chan *pending
	// backlog was taken from the queue but did not fit into a batch yet.
	backlog []*pending
}

// run works until stop is closed and nothing waits any more.
func (x *executor) run(stop <-chan struct{}) {
	for flying := (*flight)(nil); ; {
		next := x.board(stop, flying)
		if flying == nil && len(next.decided) == 0 {
			return
		}
		landed := flying == nil || x.land(flying)
		flying = nil
		switch {
		case len(next.decided) == 0:
		case landed:
			flying = x.takeOff(next)
		default:
			x.work(next.waiting(), 0)
		}
	}
}

// board decides commands for the next batch: those that are there, or until the batch before it lands those that come.
// With nothing on its way it waits for the first one, and gives an empty batch when there will be none.
func (x *executor) board(stop <-chan struct{}, flying *flight) *batch {
	next := newBatch(x.ledger, x.store.codec, x.store.states)
	var landed <-chan struct{}
	if flying != nil {
		next.ahead, landed = flying.batch.current, flying.landed
	}
	for {
		x.fill(next)
		if landed == nil && len(next.decided) > 0 {
			return next
		}
		queue := x.queue
		if next.full() {
			queue = nil
		}
		select {
		case p := <-queue:
			next.add(p)
		case <-landed:
			x.fill(next)
			return next
		case <-stop:
			if landed == nil {
				x.fill(next) // what was queued before the end is still answered
				return next
			}
			stop = nil
		}
	}
}

// fill takes what waits already, without waiting for more.
func (x *executor) fill(next *batch) {
	for len(x.backlog) > 0 && !next.full() {
		next.add(x.backlog[0])
		x.backlog = x.backlog[1:]
	}
	// Whoever was just answered has its next command ready in a moment; a larger batch pays for the same flush.
	runtime.Gosched()
	for !next.full() {
		select {
		case p := <-x.queue:
			next.add(p)
		default:
			return
		}
	}
}

// work brings commands to an end that were tried so often already: each is answered, or handed back to its caller to
// reload.
func (x *executor) work(commands []*pending, tried int) {
	backoff := 10 * time.Millisecond
	for try := tried + 1; len(commands) > 0; {
		rest, err := x.attempt(commands, try > triesUnlocked)
		commands = rest
		switch {
		case err == nil:
			try++
		case isDataError(err) && len(commands) > 1:
			middle := len(commands) / 2
			x.work(commands[:middle], 0)
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
		if rest, settle, err = x.send(ctx, x.store.pool, commands); err != nil {
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
		rest, settle, err = x.send(ctx, tx, rest)
		return err
	})
	if err != nil {
		return rest, err
	}
	return settle(), nil
}

// send decides the commands and makes the round trip. The answers wait in settle until the commit is certain; until then
// the commands in rest are unanswered.
func (x *executor) send(ctx context.Context, db Querier, commands []*pending) (rest []*pending, settle func() []*pending, err error) {
	b := newBatch(x.ledger, x.store.codec, x.store.states)
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
	reply, err := request.send(ctx, db)
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
