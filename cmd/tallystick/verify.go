package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/verify"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type verifyCommand struct {
	house.Config

	Ledger string          `help:"The ledger to verify." default:"default" predictor:"ledger"`
	AsOf   eventstore.AsOf `help:"Only the events up to a position or a time." placeholder:"POSITION|TIME"`
	Check  []string        `help:"Only this check; may be given several times." placeholder:"NAME"`
	JSON   bool            `help:"Print JSON."`

	AuditCheckpointFile string   `help:"The server's file with the newest checkpoint, which is compared where it is there; {ledger} in it stands for the ledger's id (default checkpoints/{ledger} in the data directory)." env:"TALLYSTICK_AUDIT_CHECKPOINT_FILE" placeholder:"FILE"`
	Checkpoint          []string `help:"File with a checkpoint that was kept elsewhere, to compare; may be given several times." type:"existingfile" placeholder:"FILE"`
}

// Help lists the checks.
func (verifyCommand) Help() string {
	return "Checks: " + strings.Join(verify.Names(), ", ") + ".\nIt changes nothing, and ends with 1 where something is wrong."
}

// Validate refuses checks that there are not.
func (v verifyCommand) Validate() error {
	for _, name := range v.Check {
		if !slices.Contains(verify.Names(), name) {
			return fmt.Errorf("there is no check %s; there are %s", name, strings.Join(verify.Names(), ", "))
		}
	}
	return nil
}

// verdict holds what was found.
type verdict struct {
	OK       bool            `json:"ok"`
	Command  string          `json:"command"`
	Ledger   string          `json:"ledger"`
	Position int64           `json:"position"`
	Checks   []verify.Result `json:"checks"`
	FirstBad *firstBad       `json:"first_bad"`
}

type firstBad struct {
	Position *int64 `json:"position"`
	Check    string `json:"check"`
	Detail   string `json:"detail"`
}

var errNotVerified = errors.New("the ledger is not as it must be")

// Run verifies the ledger in one snapshot.
func (v verifyCommand) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.Look(ctx, c, func(h *house.House) error {
		ledger, err := house.LedgerByName(ctx, h.Queries, v.Ledger)
		if err != nil {
			return err
		}
		found := verdict{Command: "verify", Ledger: ledger.Name}
		// They are read first: what is sealed meanwhile is in the snapshot.
		kept, err := v.kept(c, ledger.ID.String())
		if err != nil {
			return err
		}
		options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead}
		if options.AccessMode, err = temporaryTables(ctx, h.Queries); err != nil {
			return err
		}
		err = pgx.BeginTxFunc(ctx, h.Queries, options, func(tx pgx.Tx) error {
			cut, err := cutOf(ctx, tx, ledger, v.AsOf)
			if err != nil {
				return err
			}
			bar := newEventBar(std, "verifying")
			defer bar.finish()
			found.Position = cut.Position
			o := verify.Options{
				Codec: h.Codec, StreamTypes: append(command.StreamTypes(), clock.Type), Ledger: ledger, Position: cut.Position, Checks: v.Check, Kept: kept,
				Models: projections.All(), Progress: func(events int64) { bar.show(engine.Progress{Done: events, Total: cut.Position}) },
			}
			if o.Now, err = ledger.ClockAt(ctx, tx, cut.Position, time.Now()); err != nil {
				return err
			}
			tail, err := eventstore.Tail(ctx, tx, ledger.ID)
			if err == nil && cut.Position == tail && ledger.Mode == eventstore.ModeSandbox { // the gateway tells nothing of the past
				o.Charges = sandbox.ForVerify(ledger)
			}
			if err == nil {
				found.Checks, err = verify.Run(ctx, tx, o)
			}
			return err
		})
		if err != nil {
			return err
		}
		if check, bad := verify.FirstBad(found.Checks); bad != nil {
			found.FirstBad = &firstBad{Position: bad.Position, Check: check, Detail: bad.Object + ": " + bad.Detail}
		}
		found.OK = found.FirstBad == nil
		if err := found.print(std, v.JSON); err != nil || found.OK {
			return err
		}
		return errNotVerified
	})
}

// temporaryTables gives the mode in which temporary tables can be made, unless the database is a standby, which has none.
func temporaryTables(ctx context.Context, db eventstore.Querier) (mode pgx.TxAccessMode, err error) {
	var standby bool
	err = db.QueryRow(ctx, `SELECT pg_is_in_recovery()`).Scan(&standby)
	if standby {
		return pgx.ReadOnly, err
	}
	return pgx.ReadWrite, err
}

// kept reads the checkpoints that were kept outside of the database.
func (v verifyCommand) kept(c *house.Config, ledger string) (kept []sealer.Kept, err error) {
	for i, file := range append([]string{c.CheckpointPath(v.AuditCheckpointFile, ledger)}, v.Checkpoint...) {
		note, err := os.ReadFile(file)
		if i == 0 && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		kept = append(kept, sealer.Kept{Name: file, Note: string(note)})
	}
	return kept, nil
}

func (v verdict) print(std house.Streams, asJSON bool) error {
	if asJSON {
		return house.PrintJSON(std, v)
	}
	return house.PrintRows(std, false, v.Checks, "CHECK\tRESULT\tCHECKED\tFAILED\tFIRST", func(r verify.Result) string {
		result, first := "ok", ""
		if !r.OK {
			result, first = "failed", r.First.Object+": "+r.First.Detail
			if r.First.Position != nil {
				first = fmt.Sprintf("position %d, %s", *r.First.Position, first)
			}
		}
		return fmt.Sprintf("%s\t%s\t%d\t%d\t%s", r.Name, result, r.Checked, r.Failed, first)
	})
}
