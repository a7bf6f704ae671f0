package main

import (
	"context"
	"fmt"

	"github.com/tallystick/tallystick/domain/audit"
	"github.com/tallystick/tallystick/handlers/process"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type auditCommand struct {
	house.Config

	Restart auditRestart `cmd:"" help:"Begin a new tree where the sealer refuses the ledger's history, such as after the restore of an older backup."`
}

type auditRestart struct {
	Reason string `help:"Why the history that was sealed is given up; it stands in the log for ever." required:"" placeholder:"TEXT"`
	Ledger string `help:"The ledger whose audit is restarted." default:"default" predictor:"ledger"`
	JSON   bool   `help:"Print JSON."`
}

type auditRestarted struct {
	Ledger  string         `json:"ledger"`
	Tree    int            `json:"tree"`
	Reason  string         `json:"reason"`
	Refusal string         `json:"refusal"`
	Outside *audit.Outside `json:"outside"`
}

// Run restarts the audit. The server seals all events anew.
func (a auditRestart) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.With(ctx, c, std, func(h *house.House) error {
		ledger, err := house.LedgerByName(ctx, h.Queries, a.Ledger)
		if err != nil {
			return err
		}
		done, err := process.RestartAudit(ctx, h.Store, h.Queries, ledger, a.Reason)
		if err != nil {
			return err
		}
		if a.JSON {
			return house.PrintJSON(std, auditRestarted{Ledger: a.Ledger, Tree: done.Tree, Reason: done.Reason, Refusal: done.Refusal, Outside: done.Outside})
		}
		fmt.Fprintf(std.Out, "%s has a new tree, number %d, over all events from position 1\n", a.Ledger, done.Tree)
		if done.Outside != nil {
			_, err = fmt.Fprintf(std.Out, "given up: what %s knew of %d events\n", done.Outside.Name, done.Outside.Size)
		}
		return err
	})
}
