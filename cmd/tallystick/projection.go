package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/schollz/progressbar/v3"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections"
)

type projectionCommand struct {
	List    projectionList    `cmd:"" help:"Show where each read model stands, on each ledger."`
	Rebuild projectionRebuild `cmd:"" help:"Fill a new version of a read model from the first event, then swap to it."`
	Drop    projectionDrop    `cmd:"" help:"Remove a version that does not serve, such as seats@1."`
}

type projectionList struct {
	JSON bool `help:"Print JSON."`
}

type projectionView struct {
	Ledger   string  `json:"ledger"`
	Name     string  `json:"name"`
	Version  int     `json:"version"`
	Position int64   `json:"position"`
	Lag      int64   `json:"lag"`
	Seconds  float64 `json:"lag_seconds"`
	Status   string  `json:"status"`
	Error    string  `json:"error"`
}

// Run shows all versions on all ledgers.
func (p projectionList) Run(ctx context.Context, c *Config, std streams) error {
	return withHouse(ctx, c, std, func(h *house) error {
		reports, err := h.engine.Report(ctx, uuid.Nil)
		if err != nil {
			return err
		}
		ledgers, err := eventstore.Ledgers(ctx, h.queries)
		if err != nil {
			return err
		}
		names := map[uuid.UUID]string{}
		for _, ledger := range ledgers {
			names[ledger.ID] = ledger.Name
		}
		views := make([]projectionView, 0, len(reports))
		for _, r := range reports {
			views = append(views, projectionView{
				Ledger: names[r.Ledger], Name: r.Projection, Version: r.Version, Position: r.Position, Lag: r.Lag(),
				Seconds: r.LagSeconds, Status: string(r.Status), Error: r.Error,
			})
		}
		return printRows(std, p.JSON, views, "LEDGER\tNAME\tPOSITION\tLAG\tSTATUS\tERROR", func(v projectionView) string {
			return fmt.Sprintf("%s\t%s@%d\t%d\t%d\t%s\t%s", v.Ledger, v.Name, v.Version, v.Position, v.Lag, v.Status, v.Error)
		})
	})
}

type projectionRebuild struct {
	Name string `arg:"" help:"The read model, such as seats."`
}

// Run rebuilds beside the version that serves, here and in every server that runs, and ends when the new one serves.
func (p projectionRebuild) Run(ctx context.Context, c *Config, std streams) error {
	return withHouse(ctx, c, std, func(h *house) error {
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- h.engine.Run(running) }()
		bar := progressbar.NewOptions64(-1,
			progressbar.OptionSetWriter(std.err),
			progressbar.OptionSetVisibility(isTerminal(std.err)),
			progressbar.OptionSetDescription("rebuilding "+p.Name),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("events"),
			progressbar.OptionClearOnFinish(),
		)
		built, err := h.engine.Rebuild(ctx, p.Name, func(progress projections.Progress) {
			bar.ChangeMax64(progress.Total)
			_ = bar.Set64(progress.Done) // a progress bar that can't be drawn is no reason to fail
		})
		_ = bar.Finish()
		stop()
		if err := errors.Join(err, <-ended); err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s serves now\n", built)
		return nil
	})
}

type projectionDrop struct {
	Version string `arg:"" help:"NAME@VERSION as tallystick projection list shows it."`
}

// Run removes the version's tables.
func (p projectionDrop) Run(ctx context.Context, c *Config, std streams) error {
	name, digits, _ := strings.Cut(p.Version, "@")
	number, err := strconv.Atoi(digits)
	if err != nil {
		return fmt.Errorf("%q is not NAME@VERSION, such as seats@1", p.Version)
	}
	return withHouse(ctx, c, std, func(h *house) error {
		if err := h.engine.Drop(ctx, name, number); err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s is gone\n", p.Version)
		return nil
	})
}

// withHouse gives a command all that stands on the database, with nothing running.
func withHouse(ctx context.Context, c *Config, std streams, f func(*house) error) error {
	log := c.logger(std)
	return withDatabase(ctx, c, log, func(url string) error {
		h, err := furnish(ctx, url, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer h.close()
		return f(h)
	})
}
