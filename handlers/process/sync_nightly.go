package process

import (
	"context"
	"errors"
	"log/slog"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// comparesAtOnce limits the ledgers that one process compares with their gateways by itself at once, which takes long.
const comparesAtOnce = 2

// compareNightly compares a ledger with its gateways, and makes the command that records what was found. Nothing is repaired: that
// moves money, so that a person has it done.
func (d *Deadlines) compareNightly(ctx context.Context, ledger eventstore.Ledger, _ projections.Deadline, _ sender) (command.Command[struct{}], error) {
	found, err := d.Compare(ctx, ledger, "")
	if refused, ok := errors.AsType[*domain.Rejection](err); ok && refused.Code == codeUnreachable {
		return command.OnBillingSync(billingsync.Defer{}), nil
	}
	if err != nil {
		return command.Command[struct{}]{}, err
	}
	lasting := found.lasting()
	if lasting > 0 {
		d.log.Warn("gateways know something otherwise than the ledger", slog.String("ledger", ledger.Name), slog.Int("differences", lasting))
	}
	return command.OnBillingSync(billingsync.Record{Checked: found.Checked, Differences: lasting}), nil
}

// lasting counts the differences that do not end by themselves.
func (c Comparison) lasting() (n int) {
	for _, difference := range c.Differences {
		if !difference.Passing {
			n++
		}
	}
	return n
}

// isNightly reports whether a deadline compares the ledger with its gateways, as it is at present. An advance does not stop for it.
func isNightly(due projections.Deadline) bool { return due.Stream.Type() == billingsync.Type.Name }
