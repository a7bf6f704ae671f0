package process

import (
	"context"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections"
)

// runErrand does an errand and executes the command that records its result. Whoever wants the same of the stream meanwhile
// waits for it, and has its outcome.
func (r *round) runErrand(ctx context.Context, due projections.Deadline, do errand) (eventstore.Outcome, error) {
	flight := r.ledger.ID.String() + string(due.Stream)
	outcome, err, _ := r.flights.Do(flight, func() (any, error) {
		select {
		case r.away <- struct{}{}:
			defer func() { <-r.away }()
		case <-ctx.Done():
			return eventstore.Outcome{}, ctx.Err()
		}
		record, err := do(ctx, r.ledger, due)
		if err != nil {
			return eventstore.Outcome{}, err
		}
		return r.store.Execute(ctx, r.ledger, made(due.Kind, Caller{Actor: actor}, record))
	})
	return outcome.(eventstore.Outcome), err
}

// send lets an errand go on by itself, so that what it waits for holds up no other deadline. The round leaves it alone.
func (r *round) send(due projections.Deadline) {
	r.mu.Lock()
	r.gone = append(r.gone, due)
	r.mu.Unlock()
	if !r.depart(due) {
		return
	}
	r.roundsEnd.Go(func() {
		defer r.arrive(due)
		alone := r.newRound(r.ledger, 0)
		known := len(alone.left)
		err := alone.runOne(r.running, due)
		r.park(r.ledger.ID, alone.left[known:])
		if err != nil && r.running.Err() == nil {
			r.log.Warn("an errand was not done, trying again", "error", err)
			r.Appended(r.ledger.ID, r.position)
		}
	})
}

// depart notes that an errand is under way, unless it is already.
func (r *round) depart(due projections.Deadline) bool {
	r.Deadlines.mu.Lock()
	defer r.Deadlines.mu.Unlock()
	key := parkedDeadline{r.ledger.ID, due}
	if r.sent[key] {
		return false
	}
	r.sent[key] = true
	return true
}

// arrive notes that an errand is over.
func (r *round) arrive(due projections.Deadline) {
	r.Deadlines.mu.Lock()
	defer r.Deadlines.mu.Unlock()
	delete(r.sent, parkedDeadline{r.ledger.ID, due})
}
