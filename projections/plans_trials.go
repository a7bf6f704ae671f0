package projections

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
)

// FindTrials gives the trials of any workspace as of an instant, in the order of their families. It reads [Plans],
// since only the subscription there tells how a trial will end that nobody has ended yet.
func FindTrials(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, now time.Time) ([]trial.State, error) {
	p, err := findPlanState(ctx, tx, ledger, workspace)
	if err != nil {
		return nil, err
	}
	var trials []trial.State
	for _, family := range slices.Sorted(maps.Keys(p.Trials)) {
		trials = append(trials, trialAt(p.Trials[family], p.Subscription, now))
	}
	return trials, nil
}

// trialAt gives a trial as of an instant. Once its end is due it has ended, in the way that its subscription has.
func trialAt(t trial.State, s subscription.State, now time.Time) trial.State {
	if t.Status != trial.StatusActive {
		return t
	}
	if now.After(t.End) {
		now = t.End // what becomes of the subscription later is none of the trial's business
	}
	ended, onRequest := trial.Ended{EndedAt: t.End}, s.Cancellation != nil
	switch s = s.At(now); s.Status {
	case subscription.StatusTrialing:
		return t
	case subscription.StatusActive:
		ended.Status = trial.StatusConverted
	case subscription.StatusCanceled:
		ended = trial.Ended{Status: trial.StatusExpired, EndedAt: *s.EndedAt}
		if onRequest {
			ended.Status = trial.StatusCanceled
		}
	default:
		ended.Status = trial.StatusExpired
	}
	return trial.Evolve(t, ended)
}
