package eventstore

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// pending holds a command while the executor has it.
type pending struct {
	ctx      context.Context // of the caller, with its deadline
	ledger   Ledger          // as its caller knows it; a sandbox's clock may have moved since the executor began
	command  Command
	key      []byte          // under which the outcome is stored
	streams  []domain.Stream // all that the command stands on
	loaded   []folded        // of each, what its caller read, in case the cache has dropped it by now
	arrived  time.Time       // by the system's clock
	deadline time.Time
	heavy    bool // it goes alone
	// uncertain says that an attempt reached the database and nobody heard what became of it. It may take effect even now.
	uncertain bool
	holder    atomic.Int32
	done      chan result
}

// A command is held by one side at a time: it waits until either the executor takes it or its caller leaves.
const (
	heldByNobody int32 = iota
	heldByExecutor
	heldByNobodyEver // its caller has left
)

type result struct {
	outcome Outcome
	err     error
	// reload asks the caller to read the command's streams itself and to queue again, because they moved further than the
	// executor is willing to read while others wait, or because the log has lost what was known of them.
	reload bool
	// need are streams that the caller must add to the command's before it queues it again.
	need []domain.Stream
}

// answers reports whether the command has come to its end.
func (r result) answers() bool { return !r.reload && len(r.need) == 0 }

func newPending(ctx context.Context, ledger Ledger, c Command, loaded []folded, arrived time.Time) *pending {
	deadline, _ := ctx.Deadline()
	return &pending{
		ctx: ctx, ledger: ledger, command: c, key: c.storedKey(), streams: c.streams(), loaded: loaded, arrived: arrived,
		deadline: deadline, heavy: c.Size > heavySize, done: make(chan result, 1),
	}
}

// take gives the command to the executor. It fails for one whose caller has left, since nobody would hear of it.
func (p *pending) take() bool {
	return p.uncertain || p.ctx.Err() == nil && p.holder.CompareAndSwap(heldByNobody, heldByExecutor)
}

// release takes the command back from the executor, if it is certain that nothing was done.
func (p *pending) release() {
	if !p.uncertain {
		p.holder.CompareAndSwap(heldByExecutor, heldByNobody)
	}
}

// leave ends the caller's waiting. It is true when the command will never be done.
func (p *pending) leave() bool { return p.holder.CompareAndSwap(heldByNobody, heldByNobodyEver) }

func (p *pending) finish(outcome Outcome, err error) { p.done <- result{outcome: outcome, err: err} }
