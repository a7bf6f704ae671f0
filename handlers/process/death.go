package process

import (
	"context"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/heartbeat"
	"github.com/tallystick/tallystick/projections"
)

// deathOf names the death of an instance of a license among what is due. No event leads to it.
const deathOf = "instance"

// withDeaths adds to what is due the instances of licenses that die by an instant.
func (r *round) withDeaths(ctx context.Context, due []projections.Deadline, until time.Time, limit int) ([]projections.Deadline, error) {
	deaths, err := heartbeat.Deaths(ctx, r.pool, r.ledger.ID, until, limit)
	if err != nil || len(deaths) == 0 {
		return due, err
	}
	for _, death := range deaths {
		told := projections.Deadline{Stream: license.Stream(death.License), Subject: death.Instance, Kind: deathOf, DueAt: death.At}
		if !slices.Contains(r.left, told) {
			due = append(due, told)
		}
	}
	slices.SortStableFunc(due, func(a, b projections.Deadline) int { return a.DueAt.Compare(b.DueAt) })
	return due[:min(len(due), limit)], nil
}

// bury records a death, and then forgets that it is due. Whoever is cut off in between records it again, and nothing happens twice.
func (r *round) bury(ctx context.Context, due projections.Deadline) (eventstore.Outcome, error) {
	c := command.InstanceDied(due.Stream.Entity(), due.Subject, due.DueAt)
	outcome, err := r.store.Execute(ctx, r.ledger, made(deathOf, Caller{Actor: actor}, c))
	if err != nil {
		return outcome, err
	}
	outcome.FirstPosition = min(outcome.FirstPosition, outcome.LastPosition) // it is not due any more, whoever recorded it
	return outcome, heartbeat.Bury(ctx, r.pool, r.ledger.ID, heartbeat.Death{License: due.Stream.Entity(), Instance: due.Subject, At: due.DueAt})
}
