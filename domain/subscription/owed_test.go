package subscription

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

func TestPastDue(t *testing.T) {
	t.Parallel()
	t.Run("and recovered", func(t *testing.T) {
		t.Parallel()
		renewed := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
			do(Settle{Invoice: "other"}).at("2026-07-01T22:59:59Z").do(Run{}).status(StatusActive).
			at("2026-07-01T23:00:00Z").do(Run{}, "became_past_due", "dunning_began").do(Run{}).status(StatusPastDue)
		owed := renewed.state.Owed[0].Invoice
		renewed.
			refused(Upgrade{Terms: business}, "payment_past_due").
			refused(ChangeSeats{Seats: 4}, "payment_past_due").
			refused(Pause{}, "invalid_transition").
			do(Settle{Invoice: owed}, "invoice_settled", "recovered").do(Settle{Invoice: owed}).status(StatusActive)
	})
	t.Run("as soon as a payment failed", func(t *testing.T) {
		t.Parallel()
		renewed := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
		owed := renewed.state.Owed[0].Invoice
		renewed.do(MissPayment{Invoice: "other"}).do(MissPayment{Invoice: owed}, "became_past_due", "dunning_began").do(MissPayment{Invoice: owed}).status(StatusPastDue).
			at("07-02").do(Run{}).do(Settle{Invoice: owed}, "invoice_settled", "recovered").status(StatusActive)
	})
	t.Run("of an invoice that is sent, when its day is over", func(t *testing.T) {
		t.Parallel()
		late := unpaid(t).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").status(StatusActive).
			at("07-02").do(Run{}, "became_past_due", "dunning_began").status(StatusPastDue)
		// Who is sent invoices may buy more until the subscription is restricted.
		late.do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -29.03 58.06").
			actions(ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancel, ActionPause, ActionChangeCollection, ActionApplyDiscount).
			at("07-15").do(Run{}, "restricted").refused(ChangeSeats{Seats: 4}, "payment_past_due").refused(Pause{}, "invalid_transition")
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
