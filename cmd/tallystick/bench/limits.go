package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/cmd/tallystick/serve"
)

const (
	limitRounds  = 20
	limitClients = 16
	// unreached is a rate that no client reaches.
	unreached = 10_000_000
)

// limits compares requests through limits of their key and of their workspace, which they never reach, with requests to the same
// ledger without limits. Both take turns, so that what else the machine does meets both.
func (b Command) limits(ctx context.Context, dir string, report *table) error {
	return withPostgres(ctx, dir, func(url string) error {
		return b.withDoors(ctx, url, []serve.Command{{}, {Serving: serve.Serving{RateLimits: serve.RateLimits{RateLimitKey: unreached, RateLimitWorkspace: unreached}}}}, func(doors []*benchServer, admin *pgxpool.Pool) error {
			if err := doors[0].sellSeats(ctx, 1_000_000); err != nil {
				return err
			}
			for _, of := range []struct {
				what string
				next func(round int) request
			}{
				{"seat commands", func(round int) request { return seatRequestOf(fmt.Sprint("m", round)) }},
				{"feature checks", func(int) request { return featureRequest }},
			} {
				if err := b.takeTurns(ctx, of.what, of.next, doors, admin, report); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// takeTurns loads the doors by turns, and compares the second with the first one.
func (b Command) takeTurns(ctx context.Context, what string, next func(round int) request, doors []*benchServer, admin *pgxpool.Pool, report *table) error {
	var rates [2][]float64
	var spent [2]time.Duration
	var done [2]int
	for round := range 2 * limitRounds {
		door := (round + round/2) % 2 // 0 1 1 0: none of them always comes first
		before, err := costNow(ctx, admin)
		if err != nil {
			return err
		}
		load, err := doors[door].load(ctx, limitClients, b.For/limitRounds, next(round))
		if err != nil {
			return err
		}
		after, err := costNow(ctx, admin)
		if err != nil {
			return err
		}
		rates[door] = append(rates[door], load.perSecond)
		spent[door] += after.processor - before.processor
		done[door] += len(load.latencies())
	}
	middle := func(of []float64) float64 { return slices.Sorted(slices.Values(of))[len(of)/2] }
	report.rate("HTTP "+what+" with rate limits", middle(rates[1]), middle(rates[0]), "without")
	each := func(door int) time.Duration { return spent[door] / time.Duration(max(done[door], 1)) }
	report.figure("processor time of "+what+" with rate limits", each(1).Round(time.Microsecond/10).String(),
		fmt.Sprintf("%.3f of %v without", each(1).Seconds()/each(0).Seconds(), each(0).Round(time.Microsecond/10)))
	return nil
}

// withDoors serves the API several times on one house in this process, while the read models follow.
func (b Command) withDoors(ctx context.Context, url string, settings []serve.Command, f func([]*benchServer, *pgxpool.Pool) error) (err error) {
	d, err := house.OpenGiven(ctx, url)
	if err != nil {
		return err
	}
	h, err := house.Furnish(ctx, &house.Config{}, d, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer h.Close()
	admin, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer admin.Close()
	var ledger eventstore.Ledger
	if err := admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) (err error) {
		ledger, err = eventstore.CreateLedger(ctx, conn.Conn(), "limits", eventstore.ModeLive, time.Now())
		return err
	}); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.Engine.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	var doors []*benchServer
	for _, s := range settings {
		door, err := answering(ctx, h, admin, ledger, s)
		if err != nil {
			return err
		}
		defer door.stop()
		doors = append(doors, door)
	}
	return f(doors, admin)
}
