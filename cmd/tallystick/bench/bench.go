package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/tallystick/tallystick/eventstore/postgres"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type Command struct {
	For     time.Duration `help:"The time for which each rate is measured." default:"5s"`
	Events  int           `help:"Events that are projected and rebuilt." default:"200000"`
	Ledgers int           `help:"Ledgers of which most are idle." default:"10000"`
	Lines   int           `help:"Lines of the journal that is exported." default:"1000000"`
	Only    string        `help:"Run one part: start, append, load, restart, http, limits, beside, renewal, collection, projection, models, share, ledgers, sealing or export." enum:",start,append,load,restart,http,limits,beside,renewal,collection,projection,models,share,ledgers,sealing,export" default:""`
}

// Run measures on a private Postgres of its own, with every durable setting on. The absolute figures depend on the machine;
// the ratios are the claim.
func (b Command) Run(ctx context.Context, std house.Streams) (err error) {
	dir, err := os.MkdirTemp("", "tallystick-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // Postgres may run as another user
		return err
	}
	parts := []struct {
		name string
		run  func(context.Context, string, *table) error
	}{{"start", b.start}, {"append", b.append}, {"load", b.load}, {"restart", b.restart}, {"http", b.http}, {"limits", b.limits}, {"beside", b.beside}, {"renewal", b.renewal}, {"collection", b.collection}, {"projection", b.projection}, {"models", b.models}, {"share", b.share}, {"ledgers", b.ledgers}, {"sealing", b.sealing}, {"export", b.export}}
	report := newTable(std.Out)
	for _, part := range parts {
		if b.Only != "" && b.Only != part.name {
			continue
		}
		if house.IsTerminal(std.Err) {
			fmt.Fprintf(std.Err, "measuring %s …\n", part.name)
		}
		if err := part.run(ctx, dir+"/"+part.name, report); err != nil {
			return fmt.Errorf("bench %s: %w", part.name, err)
		}
	}
	return report.flush()
}

// withPostgres runs a part of the bench on a Postgres that nobody else uses.
func withPostgres(ctx context.Context, dir string, f func(url string) error) (err error) {
	server, err := postgres.Start(ctx, postgres.Options{DataDir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	return f(server.URL())
}

// table prints each figure with its ratio to a baseline of the same run.
type table struct{ w *tabwriter.Writer }

func newTable(out io.Writer) *table {
	t := &table{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	fmt.Fprintln(t.w, "WHAT\tFIGURE\tRATIO\tBASELINE")
	return t
}

// rate adds a rate and its ratio to a baseline rate.
func (t *table) rate(what string, perSecond, baseline float64, baselineName string) {
	fmt.Fprintf(t.w, "%s\t%.0f/s\t%.2f\t%s (%.0f/s)\n", what, perSecond, perSecond/baseline, baselineName, baseline)
}

// figure adds a figure that is no rate.
func (t *table) figure(what, figure, note string) {
	fmt.Fprintf(t.w, "%s\t%s\t\t%s\n", what, figure, note)
}

func (t *table) flush() error { return t.w.Flush() }

// measure runs work in so many goroutines for a time and returns how often it was done in a second.
func measure(ctx context.Context, workers int, d time.Duration, work func(ctx context.Context, worker, n int) error) (float64, error) {
	var done atomic.Int64
	var failed error
	var once sync.Once
	var working sync.WaitGroup
	start := time.Now()
	for worker := range workers {
		working.Go(func() {
			for n := 0; time.Since(start) < d && ctx.Err() == nil; n++ {
				if err := work(ctx, worker, n); err != nil {
					once.Do(func() { failed = err })
					return
				}
				done.Add(1)
			}
		})
	}
	working.Wait()
	return float64(done.Load()) / time.Since(start).Seconds(), errors.Join(failed, ctx.Err())
}
