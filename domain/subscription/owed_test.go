package subscription

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

func TestPastDue(t *testing.T) {
	t.Parallel()
	t.Run("and recovered, and canceled", func(t *testing.T) {
		t.Parallel()
		renewed := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
			do(Settle{Invoice: "other"}).at("2026-07-01T22:59:59Z").do(Run{}).status(StatusActive).
			at("2026-07-01T23:00:00Z").do(Run{}, "became_past_due").do(Run{}).status(StatusPastDue)
		owed := renewed.state.Owed[0].Invoice
		renewed.
			refused(Upgrade{Terms: business}, "payment_past_due").
			refused(ChangeSeats{Seats: 4}, "payment_past_due").
			refused(Pause{}, "invalid_transition").
			do(Settle{Invoice: owed}, "invoice_settled", "recovered").do(Settle{Invoice: owed}).status(StatusActive).
			do(Restrict{}).
			// Two that are overdue must both be paid.
			at("08-01").do(Run{}, "renewed 08-01 09-01", "billed renewal 30.00").
			at("08-02").do(Run{}, "became_past_due").do(Restrict{}, "restricted").
			refused(Upgrade{Terms: business}, "payment_past_due").
			at("09-01").do(Run{}, "renewed 09-01 10-01", "billed renewal 30.00").status(StatusRestricted).
			at("09-02").do(Run{}, "became_past_due").status(StatusRestricted)
		first, second := renewed.state.Owed[0].Invoice, renewed.state.Owed[1].Invoice
		renewed.do(Settle{Invoice: second}, "invoice_settled").status(StatusRestricted).
			do(Settle{Invoice: first}, "invoice_settled", "recovered").status(StatusActive).
			at("10-01").do(Run{}, "renewed 10-01 11-01", "billed renewal 30.00").at("10-02").do(Run{}, "became_past_due").
			do(Cancel{When: "now", Unpaid: true}, "canceled unpaid", "taken_back credit -29.03")
	})
	t.Run("as soon as a payment failed", func(t *testing.T) {
		t.Parallel()
		renewed := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
		owed := renewed.state.Owed[0].Invoice
		renewed.do(MissPayment{Invoice: "other"}).do(MissPayment{Invoice: owed}, "became_past_due").do(MissPayment{Invoice: owed}).status(StatusPastDue).
			at("07-02").do(Run{}).do(Settle{Invoice: owed}, "invoice_settled", "recovered").status(StatusActive)
	})
	t.Run("nobody waits for invoices that are sent", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
			at("07-31").do(Run{}).status(StatusActive)
	})
	t.Run("not when it is paid in time", func(t *testing.T) {
		t.Parallel()
		paid := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
		paid.do(Settle{Invoice: paid.state.Owed[0].Invoice}, "invoice_settled").at("07-31").do(Run{})
	})
	t.Run("nobody buys more while any invoice of the workspace is", func(t *testing.T) {
		t.Parallel()
		late := Billing{Change: "c", Invoice: "i"}
		s := sold(t, CollectionSendInvoice)
		s.state = s.state.WithPastDue([]string{"former"})
		s.actions(ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancel, ActionPause, ActionChangeCollection, ActionApplyDiscount)
		for _, c := range []Command{
			Create{Billing: late}, Upgrade{Billing: late, Terms: business}, ChangeSeats{Billing: late, Seats: 4}, ConvertTrial{Billing: late},
		} {
			s.refused(c, "payment_past_due")
		}
		for _, p := range []Proposal{{Billing: late, Terms: &business}, {Billing: late, Seats: new(int64(4))}} {
			_, err := PreviewChange(s.state, p, s.now)
			rejection, ok := errors.AsType[*domain.Rejection](err)
			if !ok || rejection.Code != "payment_past_due" || fmt.Sprint(rejection.Details["invoices"]) != "[former]" {
				t.Errorf("%+v: %v", p, err)
			}
		}
		s.do(ChangeSeats{Billing: late, Seats: 2}, "change_scheduled seats 07-01").do(Downgrade{Terms: basic}, "change_unscheduled replaced", "change_scheduled price_and_seats 07-01").
			do(Pause{Billing: late}, "paused", "taken_back credit -30.00").do(Cancel{When: CancelNow}, "change_unscheduled ending", "canceled requested").actions()
	})
}
