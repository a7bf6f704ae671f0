package process

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// TestWhoWaitsIsNotPatient: who can't leave an errand to others does it, also where somebody who can has it in hand just then.
func TestWhoWaitsIsNotPatient(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	for i := range 50 {
		due := projections.Deadline{Stream: payment.Stream(fmt.Sprint(i)), Kind: payment.DeadlineCharge}
		begun, leave := make(chan struct{}), make(chan struct{})
		patient, waiting := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := p.runErrand(b.ctx, ledger, due, func(context.Context, eventstore.Ledger, projections.Deadline, sender) (none command.Command[struct{}], _ error) {
				close(begun)
				<-leave
				return none, errAwaited
			}, sender{patient: true})
			patient <- err
		}()
		<-begun
		mine := errors.New("done by whoever waits")
		asks := make(chan struct{})
		go func() {
			close(asks)
			_, err := p.runErrand(b.ctx, ledger, due, func(context.Context, eventstore.Ledger, projections.Deadline, sender) (none command.Command[struct{}], _ error) {
				return none, mine
			}, sender{})
			waiting <- err
		}()
		<-asks
		close(leave)
		if err := <-waiting; !errors.Is(err, mine) {
			t.Fatalf("whoever waits got %v", err)
		}
		if err := <-patient; !errors.Is(err, errAwaited) && !errors.Is(err, mine) {
			t.Fatalf("the patient one got %v", err)
		}
	}
}
