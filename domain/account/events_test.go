package account

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"),
		CreditGranted{ID: "g", Source: SourceInvoice, Invoice: new("i"), Amount: usd(2000), Reason: "sorry", Balance: usd(2500)},
		CreditApplied{Invoice: "i", Amount: usd(2000), Balance: usd(500)},
		CreditRefunded{ID: "r", Amount: usd(500), Reason: "asked", Balance: usd(0)},
		expected("i", "INV-000001", 0, true), ReceivableClosed{Invoice: "i"}, received("p", 2000, 1500), returned("p", 700, 200),
		MoneyReversed{
			Payment: "p", Amount: usd(2000), Applied: usd(1500), Owed: usd(1500), Withdrawn: []Spending{{"j", usd(200)}}, Balance: usd(0),
		},
	)
	sent := expected("i", "INV-000001", 0, false)
	sent.OverdueAt = new(sent.IssuedAt.AddDate(0, 0, 15))
	domain.CheckShape(t, os.DirFS("testdata/events"), "account.receivable_opened.v1-overdue", sent)
	domain.CheckShape(t, os.DirFS("testdata/events"), "account.credit_refunded.v1-back",
		CreditRefunded{ID: "r", Amount: usd(500), Reason: "asked", Balance: usd(0), Back: []Return{{"p", "of-p", usd(500)}}})
}
