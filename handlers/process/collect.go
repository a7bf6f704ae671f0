package process

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// caller waits for a gateway, until it is answered or has waited long enough. What is recorded first decides which.
type caller struct{ fate atomic.Int32 }

const (
	callerWaits int32 = iota
	callerAnswered
	callerGone
)

func (c *caller) stays() bool { return c.fate.CompareAndSwap(callerWaits, callerAnswered) }
func (c *caller) leave() bool { return c.fate.CompareAndSwap(callerWaits, callerGone) }

// Charge has the gateway of a payment asked now, and gives the payment as it is once it was answered, or after five seconds. With
// ends a decline within that time ends what waits for the money, and ended tells that this decline was recorded so. What takes
// longer goes on by itself.
func (d *Deadlines) Charge(ctx context.Context, ledger eventstore.Ledger, id string, ends bool) (_ payment.State, ended bool, _ error) {
	due := projections.Deadline{Stream: payment.Stream(id), Kind: payment.DeadlineCharge}
	waits, done := &caller{}, make(chan error, 1)
	from := sender{}
	if ends {
		from.stays = waits.stays
	}
	go func() {
		// It goes on when the caller has left, also beyond the end of Run: requests are drained then.
		calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.gatewayTimeout+d.collectTime)
		defer cancel()
		_, err := d.runErrand(calling, ledger, due, d.chargeOrAsk, from)
		done <- err
	}()
	timer := time.NewTimer(d.collectTime)
	defer timer.Stop()
	var err error
	select {
	case err = <-done:
	case <-timer.C:
		if !waits.leave() {
			err = <-done // the answer is being recorded
		}
	case <-ctx.Done():
		return payment.State{}, false, ctx.Err()
	}
	if err != nil {
		d.log.WarnContext(ctx, "a payment is left to the runner", "payment", id, "error", err)
	}
	found, err := observe(ctx, d.store, ledger, command.LookAtPayment(id))
	return found.State, err == nil && waits.fate.Load() == callerAnswered && found.State.Status() == payment.StatusFailed, err
}

// Wait does what [Deadlines.Charge] does for a command whose answer waits. It refuses with payment_declined where that ended what
// the command began.
func (d *Deadlines) Wait(ctx context.Context, ledger eventstore.Ledger, id string) error {
	found, ended, err := d.Charge(ctx, ledger, id, true)
	if err != nil || !ended {
		return err
	}
	failure := found.Last().Failure
	if failure == nil {
		return fmt.Errorf("payment %s failed without a reason", id)
	}
	declined := &domain.Rejection{Kind: domain.KindDeclined, Code: "payment_declined", Message: "the payment was declined: " + failure.Message}
	return declined.With("payment", id).With("invoice", found.Invoice).With("decline_code", failure.Code).With("decline_kind", string(failure.Kind))
}
