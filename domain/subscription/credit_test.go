package subscription

import (
	"testing"
)

// What a credit note took back of a line in force is not credited again.
func TestCreditLines(t *testing.T) {
	t.Parallel()
	t.Run("are not credited again", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionSendInvoice)
		key := s.state.InForce[0].Line.Key
		s.do(CreditLines{Lines: []CreditedLine{{Key: "gone", Amount: usd(1), Tax: usd(0)}}}).
			do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(500), Tax: usd(0)}}}, "lines_credited").
			do(Upgrade{Terms: business}, "upgraded business-monthly", "billed change -25.00 60.00")
		key = s.state.InForce[0].Line.Key
		s.do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(9000), Tax: usd(1)}}}, "lines_credited").
			do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(1), Tax: usd(0)}}}).
			do(Pause{}, "paused")
	})
	t.Run("are credited again once money came, but no more than was taken back", func(t *testing.T) {
		t.Parallel()
		late := sold(t, CollectionSendInvoice)
		key := late.state.InForce[0].Line.Key
		late.do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(3000), Tax: usd(0)}}}, "lines_credited").
			do(RestoreLines{Lines: []CreditedLine{{Key: "gone", Amount: usd(1), Tax: usd(0)}, {Key: key, Amount: usd(1000), Tax: usd(0)}}}, "lines_credited").
			do(RestoreLines{Lines: []CreditedLine{{Key: key, Amount: usd(9000), Tax: usd(0)}}}, "lines_credited").
			do(RestoreLines{Lines: []CreditedLine{{Key: key, Amount: usd(1), Tax: usd(0)}}}).
			at("06-16").do(Pause{}, "paused", "taken_back credit -15.00")
	})
	t.Run("drop an update that would credit them", func(t *testing.T) {
		t.Parallel()
		waiting := sold(t, CollectionAutomatic)
		key := waiting.state.InForce[0].Line.Key
		waiting.do(ChangeSeats{Seats: 4}, "update_pending seats 10.00").
			do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(500), Tax: usd(0)}}}, "lines_credited").
			do(CancelPendingUpdate{}, "update_canceled").
			do(Upgrade{Terms: business}, "update_pending upgrade -25.00 60.00").
			do(CreditLines{Lines: []CreditedLine{{Key: key, Amount: usd(500), Tax: usd(0)}}}, "update_canceled", "lines_credited")
	})
}
