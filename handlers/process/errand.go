package process

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections"
)

// runErrand does an errand and executes the command that records its result. Whoever wants the same of the stream meanwhile
// waits for it, and has its outcome.
func (d *Deadlines) runErrand(
	ctx context.Context, ledger eventstore.Ledger, due projections.Deadline, do errand, from sender,
) (eventstore.Outcome, error) {
	for {
		outcome, err := d.fly(ctx, ledger, due, do, from)
		// A patient one that was under way has left it to whoever waits, such as this one.
		if from.patient || !errors.Is(err, errAwaited) {
			return outcome, err
		}
	}
}

// fly does an errand, unless it is under way.
func (d *Deadlines) fly(ctx context.Context, ledger eventstore.Ledger, due projections.Deadline, do errand, from sender) (eventstore.Outcome, error) {
	flight := flightOf(ledger.ID, due)
	outcome, err, _ := d.flights.Do(flight, func() (any, error) {
		places := d.away
		if isNightly(due) {
			places = d.comparing
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		case <-ctx.Done():
			return eventstore.Outcome{}, ctx.Err()
		}
		d.setFlying(flight, true)
		defer d.setFlying(flight, false)
		record, err := do(ctx, ledger, due, from)
		if err != nil {
			return eventstore.Outcome{}, err
		}
		return d.store.Execute(ctx, ledger, made(due.Kind, Caller{Actor: actor}, record))
	})
	return outcome.(eventstore.Outcome), err
}

// flightOf names the errands of a stream, of which a process does one at a time.
func flightOf(ledger uuid.UUID, due projections.Deadline) string {
	return ledger.String() + string(due.Stream)
}

func (d *Deadlines) setFlying(flight string, flies bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if flies {
		d.flying[flight] = true
	} else {
		delete(d.flying, flight)
	}
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
		alone.patient = true
		err := alone.runOne(r.running, due)
		if errors.Is(err, errAwaited) {
			select {
			case <-time.After(r.awaitedFor):
			case <-r.running.Done():
				return
			}
			alone.patient = false
			err = alone.runOne(r.running, due)
		}
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
