package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/cmd/tallystick/serve"
)

// models builds all read models of one history at once, as after a restore, and names the slowest.
func (b Command) models(ctx context.Context, dir string, report *table) error {
	return withPostgres(ctx, dir, func(url string) error {
		h, err := house.FurnishGiven(ctx, &house.Config{}, url)
		if err != nil {
			return err
		}
		defer h.Close()
		ledger, err := history(ctx, url, h.Codec, "models", shortPools(b.Events/workspaceEvents))
		if err != nil {
			return err
		}
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		begin := time.Now()
		go func() { ended <- h.Engine.Run(running) }()
		err = b.awaitModels(ctx, h, ledger, begin, report)
		stop()
		return errors.Join(err, <-ended)
	})
}

// nothing is a read model that reads nothing of what happens to seats.
var nothing = engine.Projection{
	Name: "nothing", Revision: 1, Tables: `CREATE TABLE nothing (ledger_id uuid PRIMARY KEY)`, Reads: []domain.StreamType{catalog.Type},
	Apply: func(context.Context, pgx.Tx, engine.Page) error { return nil },
}

// share measures seat commands over HTTP with more and more read models beside them, each time on a database of its own.
func (b Command) share(ctx context.Context, dir string, report *table) error {
	few := []engine.Projection{projections.Seats, projections.Plans}
	var before seatLoad
	for i, with := range []struct {
		what, than string
		models     []engine.Projection
	}{
		{"seats and plans alone", "", few},
		{"all read models", "seats and plans alone", projections.All()},
		{"one more that reads nothing", "all read models", append(slices.Clone(projections.All()), nothing)},
	} {
		var now seatLoad
		err := withPostgres(ctx, fmt.Sprintf("%s-%d", dir, i), func(url string) (err error) {
			now, err = b.seatsBeside(ctx, url, with.models)
			return err
		})
		if err != nil {
			return err
		}
		if i > 0 {
			report.rate("seat commands beside "+with.what, now.perSecond, before.perSecond, with.than)
			report.figure("processor time of a command beside "+with.what, now.each.Round(time.Microsecond).String(),
				fmt.Sprintf("%.2f of %v with %s", now.each.Seconds()/before.each.Seconds(), before.each.Round(time.Microsecond), with.than))
		}
		before = now
	}
	return nil
}

// seatLoad holds the rate of seat commands, and the processor time of each with its reading into the models.
type seatLoad struct {
	perSecond float64
	each      time.Duration
}

// seatsBeside loads an API with seat commands while the read models follow.
func (b Command) seatsBeside(ctx context.Context, url string, models []engine.Projection) (l seatLoad, err error) {
	d, err := house.OpenGiven(ctx, url)
	if err != nil {
		return l, err
	}
	h, err := house.FurnishWith(ctx, &house.Config{}, d, slog.New(slog.DiscardHandler), models)
	if err != nil {
		return l, err
	}
	defer h.Close()
	ledger, err := history(ctx, url, h.Codec, "share", shortPools(workspaceEvents))
	if err != nil {
		return l, err
	}
	admin, err := pgxpool.New(ctx, url)
	if err != nil {
		return l, err
	}
	defer admin.Close()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.Engine.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	if err := h.Engine.Await(ctx, ledger.ID, workspaceEvents*workspaceEvents); err != nil {
		return l, err
	}
	server, err := answering(ctx, h, admin, ledger, serve.Command{})
	if err != nil {
		return l, err
	}
	defer server.stop()
	before, err := costNow(ctx, admin)
	if err != nil {
		return l, err
	}
	load, err := server.load(ctx, 64, 2*b.For, seatRequest)
	if err != nil {
		return l, err
	}
	after, err := costNow(ctx, admin)
	l.perSecond = load.perSecond
	l.each = (after.processor - before.processor) / time.Duration(max(len(load.latencies()), 1))
	return l, err
}

// awaitModels reports on the first and the last read model that has all events.
func (b Command) awaitModels(ctx context.Context, h *house.House, ledger eventstore.Ledger, begin time.Time, report *table) error {
	tail, err := eventstore.Tail(ctx, h.Queries, ledger.ID)
	if err != nil {
		return err
	}
	waiting := projections.All()
	for first := true; len(waiting) > 0; {
		var still []engine.Projection
		for _, model := range waiting {
			position, err := h.Engine.Read(ctx, model.Name, ledger.ID, 0, func(context.Context, pgx.Tx, int64) error { return nil })
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
