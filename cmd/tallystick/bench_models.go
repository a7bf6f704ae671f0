package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
)

// models builds all read models of one history at once, as after a restore, and names the slowest.
func (b benchCommand) models(ctx context.Context, dir string, report *table) error {
	return withPostgres(ctx, dir, func(url string) error {
		h, err := furnishGiven(ctx, &Config{}, url)
		if err != nil {
			return err
		}
		defer h.close()
		ledger, err := history(ctx, url, h.codec, "models", shortPools(b.Events/workspaceEvents))
		if err != nil {
			return err
		}
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		begin := time.Now()
		go func() { ended <- h.engine.Run(running) }()
		err = b.awaitModels(ctx, h, ledger, begin, report)
		stop()
		return errors.Join(err, <-ended)
	})
}

// awaitModels reports on the first and the last read model that has all events.
func (b benchCommand) awaitModels(ctx context.Context, h *house, ledger eventstore.Ledger, begin time.Time, report *table) error {
	tail, err := eventstore.Tail(ctx, h.queries, ledger.ID)
	if err != nil {
		return err
	}
	waiting := projections.All()
	for first := true; len(waiting) > 0; {
		var still []engine.Projection
		for _, model := range waiting {
			position, err := h.engine.Read(ctx, model.Name, ledger.ID, 0, func(context.Context, pgx.Tx, int64) error { return nil })
			if err != nil {
				return err
			}
			if position < tail {
				still = append(still, model)
				continue
			}
			if took := time.Since(begin); first || len(waiting) == 1 {
				report.figure(fmt.Sprintf("all read models of %d events, %s", tail, model.Name), took.Round(10*time.Millisecond).String(),
					fmt.Sprintf("%.0f events a second", float64(tail)/took.Seconds()))
				first = false
			}
		}
		waiting = still
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
