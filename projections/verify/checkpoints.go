package verify

import (
	"context"

	"github.com/tallystick/tallystick/eventstore/sealer"
)

// checkpoints holds the leaves of all events against what was sealed of them, and against what was kept elsewhere.
func checkpoints() *check {
	return &check{Result: Result{Name: "checkpoints"}, stored: func(ctx context.Context, c *check, r *run) error {
		checked, bad, err := sealer.Check(ctx, r.tx, r.Ledger.ID, r.Position, r.Kept...)
		c.Checked += checked
		if err == nil && bad != nil {
			c.fail(bad.Position, "the audit's tree", "%s", bad.Detail)
		}
		return err
	}}
}
