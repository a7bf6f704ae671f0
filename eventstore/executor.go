package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	batchCommandsMax = 512
	// sealMax bounds the commands that are decided before their events are sealed.
	sealMax = 64
	// triesUnlocked bounds how often a decision may lose against another process before the lock is taken first.
	triesUnlocked = 2
)

// errEnded says that the executor has ended. Another one takes its place.
var errEnded = errors.New("the executor has ended")

// executor decides and appends the commands of one ledger, batch after batch, in one goroutine.
type executor struct {
	store  *Store
	ledger Ledger
	queue  *queue
	// away says that the database did not take the last attempt.
	away atomic.Bool
	// stuck says that the last attempt did not get the ledger's lock.
	stuck bool
	// repeated says that the last batch had a repeat. They come in swarms.
	repeated bool
}

// run works until nothing has come for a while, or stop is closed, and nothing waits any more.
func (x *executor) run(stop <-chan struct{}) {
	idle := time.NewTimer(x.store.idle)
	defer idle.Stop()
	for {
		ending := false
		select {
		case <-x.queue.arrived:
		case <-stop:
			ending = true
		case <-idle.C:
			ending = true
		}
		if ending && x.store.retire(x) {
			return
		}
		for x.queue.waiting() > 0 {
			x.yield()
			x.work(x.queue.take(batchCommandsMax))
		}
		idle.Reset(x.store.idle)
	}
}

// yield lets others run for as long as that brings commands: whoever was just answered has its next one ready in a moment, and
// a larger batch pays for the same flush. It takes no longer than they need to run, so a command alone is not held up.
func (x *executor) yield() {
	for before, n := -1, x.queue.waiting(); before < n && n < batchCommandsMax; n = x.queue.waiting() {
		before = n
		runtime.Gosched()
	}
}

// work brings commands to an end: each is answered, handed back to its caller to reload, or dropped when that has left.
func (x *executor) work(commands []*pending) {
	backoff := 10 * time.Millisecond
	for try := 1; len(commands) > 0; {
		rest, err := x.attempt(commands, try > triesUnlocked)
		for _, p := range rest {
			p.release()
		}
		commands = rest
		x.away.Store(isTransient(err))
		switch {
		case err == nil:
			try++
		case isDataError(err) && len(commands) > 1:
			middle := len(commands) / 2
			x.work(commands[:middle])
			commands, try = commands[middle:], 1
		case isTransient(err):
			x.store.log.Warn("append failed, trying again", slog.String("ledger", x.ledger.ID.String()),
				slog.Int("commands", len(commands)), slog.Any("error", err))
			time.Sleep(backoff/2 + rand.N(backoff/2))
			backoff = min(2*backoff, 500*time.Millisecond)
		default:
			for _, p := range commands {
				p.finish(Outcome{}, fmt.Errorf("append: %w", err))
			}
			return
		}
		commands = expire(commands, time.Now())
	}
}

// expire gives up on the commands whose time is over.
func expire(commands []*pending, now time.Time) (rest []*pending) {
	for _, p := range commands {
		switch {
		case now.Before(p.deadline):
			rest = append(rest, p)
		case p.uncertain:
			p.finish(Outcome{}, ErrOutcomeUnknown)
		default:
			p.finish(Outcome{}, ErrUnavailable)
		}
	}
	return rest
}

// attempt decides the commands and appends them. It gives back those who are not answered: on success those that lost
// against another process, after reading what that process wrote; on an error all, since only their keys will tell whether
// they were committed after all. With the lock taken first, nobody can lose. It ends when the last of them expires.
func (x *executor) attempt(commands []*pending, locked bool) (rest []*pending, err error) {
	until := commands[0].deadline
	for _, p := range commands[1:] {
		if p.deadline.After(until) {
			until = p.deadline
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	if x.stuck {
		leave, err := x.store.enterStuck(ctx)
		if err != nil {
			return commands, err
		}
		defer leave()
	}
	if locked {
		rest, err = x.attemptLocked(ctx, commands)
	} else {
		rest, err = x.attemptUnlocked(ctx, commands)
	}
	x.stuck = isLockTimeout(err)
	return rest, err
}

func (x *executor) attemptUnlocked(ctx context.Context, commands []*pending) (rest []*pending, err error) {
	b := x.decide(commands)
	end := x.traceAppend(b)
	sent, err := x.send(ctx, x.store.pool, b, x.repeated)
	end(err)
	if err != nil {
		if !nothingDone(err) {
			b.markUncertain()
		}
		return b.waiting(), err
	}
	if rest = x.settle(b, sent); len(rest) == 0 {
		return nil, nil
	}
	return x.catchUp(ctx, x.store.pool, rest)
}

func (x *executor) attemptLocked(ctx context.Context, commands []*pending) (rest []*pending, err error) {
	var b *batch
	var sent sent
	committing := false
	rest = commands
	err = pgx.BeginFunc(ctx, x.store.pool, func(tx pgx.Tx) (err error) {
		if err := takeLock(ctx, tx, x.ledger.ID); err != nil {
			return err
		}
		if rest, err = x.catchUp(ctx, tx, rest); err != nil {
			return err
		}
		b = x.decide(rest)
		end := x.traceAppend(b)
		sent, err = x.send(ctx, tx, b, true)
		end(err)
		committing = err == nil
		return err
	})
	switch {
	case err == nil:
		return x.settle(b, sent), nil
	case b == nil:
		return rest, err
	case committing && !nothingDone(err):
		b.markUncertain()
	}
	return b.waiting(), err
}

// decide makes a batch of the commands, less those whose callers have left. What does not fit in goes back to the queue, and so
// does a command that turns out to be heavy.
func (x *executor) decide(commands []*pending) *batch {
	b := newBatch(x.ledger, x.store.codec, x.store.states, len(commands))
	alone := len(commands) == 1
	for i, p := range commands {
		if b.full() {
			x.queue.putBack(commands[i:])
			break
		}
		if p.take() && !b.add(p, alone) {
			p.release()
			x.queue.putBack([]*pending{p})
		}
		if len(b.decided)-b.sealed >= sealMax {
			b.seal()
		}
	}
	b.seal()
	b.connect()
	return b
}

// sent holds what the database answered to a batch. The answers to its commands wait until the commit is certain.
type sent struct {
	reply appendReply
	hits  map[string]hit
}

// send makes the round trip. The function does nothing when a part of the batch is stale or was done before; then the others
// are sent without it.
//
// Nearly all keys are new, so those of commands that succeeded are not looked up at first, which would take an eighth of the
// function's time; where one was used after all, the table refuses the batch. In a transaction nothing can be sent after that.
func (x *executor) send(ctx context.Context, db Querier, b *batch, lookUpAll bool) (sent, error) {
	s, begun := sent{hits: map[string]hit{}}, time.Now()
	for {
		request, streams := b.request()
		if request == nil {
			x.repeated = len(s.hits) > 0
			return s, nil
		}
		if lookUpAll {
			request.lookUpAll()
		}
		var err error
		s.reply, err = request.send(ctx, db)
		if isUsedKey(err) && !lookUpAll {
			lookUpAll = true
			continue
		}
		if err != nil || s.reply.appended() {
			x.store.metrics.observe(len(request.commandKey), begun)
			x.repeated = len(s.hits) > 0
			return s, err
		}
		if len(s.reply.used) > 0 {
			hits, err := lookUp(ctx, db, x.ledger.ID, s.reply.used)
			if err != nil {
				return s, err
			}
			maps.Copy(s.hits, hits)
		}
		if lost := b.refuse(&s.reply, streams); len(lost) > 0 {
			x.store.states.forget(x.ledger.ID, lost[0].stream)
		}
	}
}

// settle answers what was decided, now that it is certain. It gives back what must be decided again.
func (x *executor) settle(b *batch, s sent) []*pending {
	again, tail := b.settle(&s.reply, s.hits)
	if tail > s.reply.tail {
		if x.store.onStored != nil {
			x.store.onStored(x.ledger.ID, b.stored(&s.reply, x.store.tracer != nil))
		}
		x.store.appended(x.ledger, tail)
	}
	return again
}
