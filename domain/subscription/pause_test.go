package subscription

import (
	"testing"
)

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	unchanged, wrong := ResumeUnchanged, ResumeAnchor("x")
	paused := func(t *testing.T) *story {
		return sold(t, CollectionSendInvoice).at("06-11").do(Pause{}, "paused", "taken_back credit -20.00")
	}
	t.Run("a paused one does little", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionSendInvoice).at("06-11").
			do(ChangeSeats{Seats: 2}, "change_scheduled seats 07-01").
			do(Pause{}, "paused", "taken_back credit -20.00").
			actions(ActionCancelPendingChange, ActionCancel, ActionResume, ActionChangeCollection, ActionApplyDiscount).
			refused(Upgrade{Terms: business}, "invalid_transition")
		if s.state.AdmitsSeats() || !s.state.Entitled() {
			t.Errorf("state %+v", s.state)
		}
		s.at("07-16").do(Run{}).refused(Resume{Anchor: &wrong}, "anchor_invalid")
	})
	t.Run("with the periods that would have been", func(t *testing.T) {
		t.Parallel()
		paused(t).at("07-16").do(Resume{Anchor: &unchanged}, "resumed 08-01", "billed change 15.48").
			at("08-01").do(Run{}, "renewed 08-01 09-01", "billed renewal 30.00")
	})
	t.Run("with a new period", func(t *testing.T) {
		t.Parallel()
		paused(t).at("07-16").do(Resume{}, "resumed 08-16", "billed change 30.00").
			at("08-16").do(Run{}, "renewed 08-16 09-16", "billed renewal 30.00")
	})
	t.Run("once the money came", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionAutomatic).at("06-11").do(Pause{}, "paused", "taken_back credit -20.00").
			do(Resume{}, "update_pending resume 30.00").status(StatusPaused).
			at("2026-06-11T23:00:00Z").do(Run{}, "update_expired").status(StatusPaused).
			do(Resume{}, "update_pending resume 30.00").do(Complete{Invoice: "i6"}, "resumed 07-11", "update_applied").
			status(StatusActive)
	})
	t.Run("and cancel instead", func(t *testing.T) {
		t.Parallel()
		paused(t).do(Cancel{When: "period_end"}, "canceled requested")
	})
	t.Run("at once, as if nothing had been", func(t *testing.T) {
		t.Parallel()
		paused(t).do(Resume{Anchor: &unchanged}, "resumed 07-01", "billed change 20.00")
	})
	t.Run("past due, when an invoice is", func(t *testing.T) {
		t.Parallel()
		renewed := sold(t, CollectionAutomatic).at("2026-07-01T00:00:00Z").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
			at("2026-07-01T12:00:00Z").do(Pause{}, "paused", "taken_back credit -30.00").
			at("2026-07-02T12:00:00Z").do(Run{}, "became_past_due", "dunning_began").status(StatusPaused)
		owed := renewed.state.Owed[0].Invoice
		renewed.refused(Upgrade{Terms: business}, "payment_past_due").
			do(Resume{}, "update_pending resume 30.00").status(StatusPaused).
			do(Complete{Invoice: renewed.state.PendingUpdate.Invoice}, "resumed 08-02", "update_applied").status(StatusPastDue).
			do(Settle{Invoice: owed}, "invoice_settled", "recovered").status(StatusActive)
	})
}
