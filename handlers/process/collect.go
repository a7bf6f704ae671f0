package process

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/installation"
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
	waits, from := &caller{}, sender{}
	if ends {
		from.stays = waits.stays
	}
	if err := d.collect(ctx, ledger, due, d.chargeOrAsk, from, waits); err != nil {
		return payment.State{}, false, err
	}
	found, err := observe(ctx, d.store, ledger, command.LookAtPayment(id))
	return found.State, err == nil && waits.fate.Load() == callerAnswered && found.State.Status() == payment.StatusFailed, err
}

// collect has an errand done for a caller, until it is done or the caller has waited long enough. What takes longer goes on by itself.
func (d *Deadlines) collect(
	ctx context.Context, ledger eventstore.Ledger, due projections.Deadline, do errand, from sender, waits *caller,
) error {
	done := make(chan error, 1)
	go func() {
		// It goes on when the caller has left, also beyond the end of Run: requests are drained then.
		calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.gatewayTimeout+d.collectTime)
		defer cancel()
		_, err := d.runErrand(calling, ledger, due, do, from)
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
		return ctx.Err()
	}
	if err != nil {
		d.log.WarnContext(ctx, "an errand is left to the runner", "stream", due.Stream, "error", err)
	}
	return nil
}

// Wait has somebody outside asked for what a command began, for as long as its answer waits. It refuses as whoever is asked declined.
func (d *Deadlines) Wait(ctx context.Context, ledger eventstore.Ledger, of domain.Stream) error {
	if of.Type() == installation.Type.Name {
		return d.waitForLicense(ctx, ledger, of.Entity())
	}
	return d.waitForMoney(ctx, ledger, of.Entity())
}

// waitForMoney does what [Deadlines.Charge] does. It refuses with payment_declined where that ended what the command began.
func (d *Deadlines) waitForMoney(ctx context.Context, ledger eventstore.Ledger, id string) error {
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
