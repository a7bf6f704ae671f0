package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/process"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type ledgerCommand struct {
	house.Config

	Create ledgerCreate `cmd:"" help:"Make a ledger: one seller's books, live or as a sandbox."`
	List   ledgerList   `cmd:"" help:"List all ledgers."`

	Adopt        ledgerAdopt  `cmd:"" help:"Tell a ledger's accounts of the invoices and payments that a release before this one wrote, so that credit pays them."`
	RotateSecret ledgerRotate `cmd:"" help:"Sign quotes, cursors and links of a ledger with another secret."`
}

type ledgerCreate struct {
	Name string `arg:"" help:"Its name, such as acme-live."`
	Live bool   `help:"Real books, on the system's clock. Without it the ledger is a sandbox, whose clock stands still until advanced."`
	JSON bool   `help:"Print JSON."`
}

// Run makes the ledger; tallystick key create makes keys for it.
func (l ledgerCreate) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	if !domain.ValidName(l.Name) {
		return fmt.Errorf("a ledger's name must be %s", domain.NameRule)
	}
	mode := eventstore.ModeSandbox
	if l.Live {
		mode = eventstore.ModeLive
	}
	return house.WithConnection(ctx, c, c.Logger(std), func(conn *pgx.Conn) error {
		ledger, err := eventstore.CreateLedger(ctx, conn, l.Name, mode, time.Now())
		if errors.Is(err, eventstore.ErrLedgerExists) {
			return fmt.Errorf("ledger %s exists already", l.Name)
		}
		if err != nil {
			return err
		}
		return printLedgers(std, l.JSON, []eventstore.Ledger{ledger})
	})
}

type ledgerList struct {
	JSON bool `help:"Print JSON."`
}

// Run lists all ledgers.
func (l ledgerList) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.WithConnection(ctx, c, c.Logger(std), func(conn *pgx.Conn) error {
		ledgers, err := eventstore.Ledgers(ctx, conn)
		if err != nil {
			return err
		}
		return printLedgers(std, l.JSON, ledgers)
	})
}

type ledgerRotate struct {
	Name string        `arg:"" help:"The ledger's name." predictor:"ledger"`
	Keep time.Duration `help:"For how long what the old secret signed is accepted. A quote is good for an hour, a link for 30 days by default; with 0s, for a secret that leaked, all end at once." default:"24h"`
}

// Run rotates the secret, which takes as long as servers need to hear of the new one.
func (l ledgerRotate) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.WithConnection(ctx, c, c.Logger(std), func(conn *pgx.Conn) error {
		ledger, err := house.LedgerByName(ctx, conn, l.Name)
		if err != nil {
			return err
		}
		if err := house.OperatorOn(conn).RotateSecret(ctx, ledger, l.Keep, access.Settled, time.Now); err != nil {
			return err
		}
		fmt.Fprintf(std.Out, "%s has another secret; what the one before signed is accepted for %s\n", l.Name, max(l.Keep, 0))
		return nil
	})
}

type ledgerAdopt struct {
	Name string `arg:"" help:"The ledger's name." predictor:"ledger"`
}

// Run adopts what releases before accounts knew of invoices left.
func (l ledgerAdopt) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.With(ctx, c, std, func(h *house.House) error {
		ledgers, err := eventstore.Ledgers(ctx, h.Queries)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(ledgers, func(ledger eventstore.Ledger) bool { return ledger.Name == l.Name })
		if at < 0 {
			return fmt.Errorf("there is no ledger %s", l.Name)
		}
		adopted, err := process.Adopt(ctx, h.Store, h.Codec, h.Queries, ledgers[at])
		if err != nil {
			return err
		}
		fmt.Fprintf(std.Out, "the accounts of %d workspaces know of their earlier invoices\n", adopted.Workspaces)
		if len(adopted.Refused) > 0 {
			return fmt.Errorf("more than six periods are to be billed first in %s: retry their jobs", strings.Join(adopted.Refused, ", "))
		}
		return nil
	})
}

type ledgerView struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Mode      string    `json:"mode"`
	CreatedAt time.Time `json:"created_at"`
}

func printLedgers(std house.Streams, asJSON bool, ledgers []eventstore.Ledger) error {
	views := make([]ledgerView, 0, len(ledgers))
	for _, l := range ledgers {
		views = append(views, ledgerView{ID: l.ID.String(), Name: l.Name, Mode: string(l.Mode), CreatedAt: l.CreatedAt})
	}
	return house.PrintRows(std, asJSON, views, "NAME\tMODE\tID\tCREATED", func(l ledgerView) string {
		return fmt.Sprintf("%s\t%s\t%s\t%s", l.Name, l.Mode, l.ID, l.CreatedAt.Format(time.RFC3339))
	})
}
