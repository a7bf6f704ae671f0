package sandbox

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/verify"
)

// ForVerify lists what the gateway knows of a ledger, for whoever holds the ledger against it.
func ForVerify(ledger eventstore.Ledger) func(context.Context, pgx.Tx, time.Time) ([]verify.Charge, error) {
	return func(ctx context.Context, tx pgx.Tx, now time.Time) ([]verify.Charge, error) {
		listed, err := known(ctx, tx, ledger.ID, "", now)
		charges := make([]verify.Charge, len(listed))
		for i, k := range listed {
			charges[i] = verify.Charge{Payment: k.Payment, Amount: k.Amount, Answer: k.Answer, Gone: k.Gone, Disputes: k.Disputes}
			for _, back := range k.Refunds {
				charges[i].Refunds = append(charges[i].Refunds, verify.ChargeRefund{Refund: back.Refund, Amount: back.Amount, Answer: back.Answer})
			}
		}
		return charges, err
	}
}
