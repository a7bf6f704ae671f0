package process

import (
	"context"
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// collectPatience bounds how long somebody waits for a gateway's answer.
const collectPatience = 5 * time.Second

// CollectPayment has a payment's gateway asked now, and waits a moment for what comes of it. The result is the payment as it is then.
func (d *Deadlines) CollectPayment(ctx context.Context, ledger eventstore.Ledger, id string) (payment.State, error) {
	done := make(chan error, 1)
	go func() {
		due := projections.Deadline{Stream: payment.Stream(id), Kind: payment.DeadlineCharge}
		_, err := d.newRound(ledger, 0).runErrand(ctx, due, d.chargeOrAsk)
		done <- err
	}()
	var err error
	select {
	case err = <-done:
	case <-time.After(collectPatience):
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return payment.State{}, err
	}
	found, err := observe(ctx, d.store, ledger, command.LookAtPayment(id))
	return found.State, err
}
