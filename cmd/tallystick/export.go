package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/export"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type exportCommand struct {
	house.Config

	Kind   exports.Kind    `arg:"" help:"What is exported, such as journal, events or bundle."`
	Format export.Format   `help:"csv, parquet, hledger, beancount or ndjson; the first that the kind has when it is not given."`
	Out    string          `help:"The directory of the files." required:"" placeholder:"DIR"`
	From   string          `help:"The first day that counts." placeholder:"DATE"`
	To     string          `help:"The first day that does not count any more." placeholder:"DATE"`
	Date   string          `help:"The last day that counts, of a kind that shows balances." placeholder:"DATE"`
	AsOf   eventstore.AsOf `help:"Only the events up to a position or a time." placeholder:"POSITION|TIME"`
	Ledger string          `help:"The ledger." default:"default" predictor:"ledger"`
	JSON   bool            `help:"Print the files as JSON."`
}

// Help shows examples.
func (exportCommand) Help() string {
	return "Examples:\n\n    tallystick export journal --format parquet --out books --from 2026-01-01 --to 2026-02-01\n    tallystick export bundle --out bundle\n\n" +
		"The files are those of POST /v1/exports, byte by byte. Run again after it was cut off, it goes on."
}

// Validate refuses what the kind does not have.
func (e *exportCommand) Validate() error {
	if e.Format == "" {
		e.Format = exports.FirstFormat(e.Kind)
	}
	return e.spec().Check()
}

func (e exportCommand) spec() exports.Spec {
	return exports.Spec{Kind: e.Kind, Format: e.Format, From: e.From, To: e.To, Date: e.Date}
}

type exportedFiles struct {
	Kind     exports.Kind  `json:"kind"`
	Position int64         `json:"position"`
	Files    []export.File `json:"files"`
}

// collectAt keeps the memory of an export small: it drops each page that it has written.
const collectAt = 50

// Run writes the files.
func (e exportCommand) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	debug.SetGCPercent(collectAt)
	return house.Look(ctx, c, func(h *house.House) error {
		ledger, err := house.LedgerByName(ctx, h.Queries, e.Ledger)
		if err != nil {
			return err
		}
		s, err := e.begun(ctx, h, ledger)
		if err != nil {
			return err
		}
		if err := h.Record(ctx, ledger, "export "+string(s.Kind), min(s.Position, 1), s.Position); err != nil {
			return err
		}
		bar := newEventBar(std, "exporting "+string(e.Kind))
		defer bar.finish()
		var all int64
		if rows := s.Rows(); rows != nil {
			all = *rows
		}
		written, err := exports.Write(ctx, exports.Sources{Pool: h.Queries, Engine: h.Engine}, ledger, s, e.Out, func(_ context.Context, rows int64) error {
			bar.show(engine.Progress{Done: rows, Total: max(all, rows)})
			return nil
		})
		if err != nil {
			return err
		}
		bar.finish()
		if e.JSON {
			return house.PrintJSON(std, exportedFiles{Kind: s.Kind, Position: s.Position, Files: written.Files})
		}
		return house.PrintRows(std, false, written.Files, "FILE\tROWS\tBYTES\tSHA-256", func(f export.File) string {
			return fmt.Sprintf("%s\t%d\t%d\t%s", filepath.Join(e.Out, f.Name), f.Rows, f.Bytes, f.SHA256)
		})
	})
}

// begun tells what is exported. What was begun in the directory and cut off stays of the position that it was of.
func (e exportCommand) begun(ctx context.Context, h *house.House, ledger eventstore.Ledger) (exports.Spec, error) {
	s := e.spec()
	cut, err := cutOf(ctx, h.Queries, ledger, e.AsOf)
	if err != nil {
		return s, err
	}
	s.Position, s.Time = cut.Position, cut.Time
	known, found, err := exports.Begun(e.Out, ledger)
	if same := s; err == nil && found && e.AsOf.IsZero() {
		same.Position, same.Time = known.Position, known.Time
		if same == known {
			s = known
		}
	}
	return s, err
}
