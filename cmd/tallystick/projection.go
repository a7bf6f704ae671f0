package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/schollz/progressbar/v3"

	"github.com/tallystick/tallystick/projections/engine"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type projectionCommand struct {
	house.Config

	List    projectionList    `cmd:"" help:"Show the position of each read model, on each ledger."`
	Prepare projectionPrepare `cmd:"" help:"Fill this release's read models ahead of its deploy, beside the release that serves, and drop those older than the release before. It migrates the database, and needs disk for a second copy of what changes."`
	Rebuild projectionRebuild `cmd:"" help:"Fill a new version of a read model from the first event, then swap to it."`
	Retry   projectionRetry   `cmd:"" help:"Let a stopped version go on, once the cause is mended."`
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

// Run prints all versions on all ledgers.
func (p projectionList) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.With(ctx, c, std, func(h *house.House) error {
		reports, err := h.Engine.Report(ctx, uuid.Nil)
		if err != nil {
			return err
		}
		names, err := house.LedgerNames(ctx, h.Queries)
		if err != nil {
			return err
		}
		views := make([]projectionView, 0, len(reports))
		for _, r := range reports {
			views = append(views, projectionView{
				Ledger: names[r.Ledger], Name: r.Projection, Version: r.Version, Position: r.Position, Lag: r.Lag(),
				Seconds: r.LagSeconds, Status: string(r.Status), Error: r.Error,
			})
		}
		return house.PrintRows(std, p.JSON, views, "LEDGER\tNAME\tPOSITION\tLAG\tSTATUS", func(v projectionView) string {
			line := fmt.Sprintf("%s\t%s@%d\t%d\t%d\t%s", v.Ledger, v.Name, v.Version, v.Position, v.Lag, v.Status)
			if v.Error != "" {
				line += "  " + v.Error
			}
			return line
		})
	})
}

type projectionRebuild struct {
	Name string `arg:"" help:"The read model, such as seats." predictor:"model"`
}

// Run fills a new version beside the one that serves, together with every server that runs, and ends when the new one serves.
func (p projectionRebuild) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.With(ctx, c, std, func(h *house.House) error {
		return projecting(ctx, h, func() error {
			bar := newEventBar(std, "rebuilding "+p.Name)
			built, err := h.Engine.Rebuild(ctx, p.Name, bar.show)
			bar.finish()
			if err == nil {
				fmt.Fprintf(std.Out, "%s serves now\n", built)
			}
			return err
		})
	})
}

type projectionPrepare struct{}

// Run fills what this release needs, and ends when a server of it would serve at once.
func (projectionPrepare) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.With(ctx, c, std, func(h *house.House) error {
		return projecting(ctx, h, func() error {
			var bar *eventBar
			var filled string
			err := h.Engine.Fill(ctx, func(name string, progress engine.Progress) {
				if name != filled {
					bar.finish()
					filled, bar = name, newEventBar(std, "filling "+name)
				}
				bar.show(progress)
			})
			bar.finish()
			if err != nil {
				return err
			}
			dropped, err := h.Engine.DropOlder(ctx)
			for _, version := range dropped {
				fmt.Fprintf(std.Out, "%s is gone\n", version)
			}
			if err == nil {
				fmt.Fprintln(std.Out, "all read models are ready")
			}
			return err
		})
	})
}

// projecting runs something while the read models are built.
func projecting(ctx context.Context, h *house.House, f func() error) error {
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.Engine.Run(running) }()
	err := f()
	stop()
	return errors.Join(err, <-ended)
}

// eventBar shows on a terminal how many events are applied, and nothing on a pipe. A nil one shows nothing.
type eventBar struct{ bar *progressbar.ProgressBar }

func newEventBar(std house.Streams, what string) *eventBar {
	return &eventBar{progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(std.Err),
		progressbar.OptionSetVisibility(house.IsTerminal(std.Err)),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("events"),
		progressbar.OptionClearOnFinish(),
	)}
}

func (b *eventBar) show(progress engine.Progress) {
	b.bar.ChangeMax64(progress.Total)
	_ = b.bar.Set64(progress.Done) // a progress bar that can't be drawn is no reason to fail
}

func (b *eventBar) finish() {
	if b != nil {
		_ = b.bar.Finish()
	}
}

// versionArgument names one version of a read model.
type versionArgument struct {
	Version string `arg:"" help:"NAME@VERSION as tallystick projection list shows it." predictor:"version"`
}

func (v versionArgument) parse() (name string, number int, err error) {
	name, digits, _ := strings.Cut(v.Version, "@")
	if number, err = strconv.Atoi(digits); err != nil {
		return "", 0, fmt.Errorf("%q is not NAME@VERSION, such as seats@1", v.Version)
	}
	return name, number, nil
}

type projectionRetry struct {
	versionArgument
	Ledger string `help:"The ledger on which it stopped." default:"default" predictor:"ledger"`
}

// Run lets the version try its page again.
func (p projectionRetry) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	name, number, err := p.parse()
	if err != nil {
		return err
	}
	return house.With(ctx, c, std, func(h *house.House) error {
		ledger, err := house.LedgerByName(ctx, h.Queries, p.Ledger)
		if err != nil {
			return err
		}
		if err := h.Engine.Retry(ctx, name, number, ledger.ID); err != nil {
			return err
		}
		fmt.Fprintf(std.Out, "%s tries again wherever a server runs\n", p.Version)
		return nil
	})
}

type projectionDrop struct{ versionArgument }

// Run removes the version's tables.
func (p projectionDrop) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	name, number, err := p.parse()
	if err != nil {
		return err
	}
	return house.With(ctx, c, std, func(h *house.House) error {
		if err := h.Engine.Drop(ctx, name, number); err != nil {
			return err
		}
		fmt.Fprintf(std.Out, "%s is gone\n", p.Version)
		return nil
	})
}
