package invoice

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"),
		hundred(),
		Opened{ID: "i", OpenedAt: now, CreditApplied: usd(1000), AmountDue: usd(10000)},
		finalized(1000, 10000, PaymentPending),
		paid(12000, 10000, 2000, 10000, PaymentSucceeded),
		Voided{ID: "i", Reason: "wrong", VoidedAt: now, CreditReturned: usd(1000), PaidReturned: usd(0)},
		noted(110, 10, 60, 20, 30, PaymentSucceeded, CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)}),
		WrittenOff{ID: "i", Amount: usd(110), Lines: []CreditedLine{{Key: "a", Amount: usd(100), Tax: usd(10)}}, Reason: "gone",
			WrittenOffAt: now},
		prorated(CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)}),
	)
}

// A document of a ledger with a seller names the version of the profile.
func TestDocumentsOfASellerKeepTheirShape(t *testing.T) {
	t.Parallel()
	files := os.DirFS("testdata/events")
	issued := finalized(1000, 10000, PaymentPending)
	issued.Seller = new(int64(3))
	domain.CheckShape(t, files, "invoice.finalized.v1.seller", issued)
	note := noted(110, 10, 60, 20, 30, PaymentSucceeded, CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)})
	note.Seller = new(int64(3))
	domain.CheckShape(t, files, "invoice.credited.v1.seller", note)
}
