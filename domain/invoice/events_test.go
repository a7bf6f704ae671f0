package invoice

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

var note = noted(110, 10, 60, 20, 30, PaymentSucceeded, CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)})

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	files := os.DirFS("testdata/events")
	noPayment, ofBefore := paid(12000, 10000, 2000, 10000, PaymentSucceeded), note
	noPayment.Payment = ""
	ofBefore.Workspace, ofBefore.SettledAgainst, ofBefore.Refunds = "", nil, nil
	domain.CheckShapes(t, Type, files,
		hundred(),
		Opened{ID: "i", OpenedAt: now, CreditApplied: usd(1000), AmountDue: usd(10000)},
		finalized(1000, 10000, PaymentPending),
		noPayment,
		Voided{ID: "i", Reason: "wrong", VoidedAt: now, CreditReturned: usd(1000), PaidReturned: usd(0)},
		ofBefore,
		WrittenOff{ID: "i", Amount: usd(110), Lines: []CreditedLine{{Key: "a", Amount: usd(100), Tax: usd(10)}}, Reason: "gone",
			WrittenOffAt: now},
		prorated(CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)}),
		CreditApplied{ID: "i", Amount: usd(500), AppliedAt: now, CreditApplied: usd(1500), AmountDue: usd(9500), PaymentStatus: PaymentPending},
		lowered(60, 20, PaymentUncollectible),
		PaymentStarted{ID: "i", Payment: "p", StartedAt: now},
		PaymentFollowed{ID: "i", Payment: "p", Status: PaymentUnknown},
		PaymentReversed{ID: "i", Payment: "p", Amount: usd(500), AmountPaid: usd(1500), PaymentStatus: PaymentPending, DueAt: now},
		CreditWithdrawn{ID: "i", Amount: usd(500), CreditApplied: usd(1500), AmountDue: usd(9500), PaymentStatus: PaymentPending, DueAt: now},
		DisputeNoted{ID: "i", Dispute: "dp_1", Payment: "p", Open: true, NotedAt: now},
	)
	charged := paid(12000, 10000, 2000, 10000, PaymentSucceeded)
	charged.Gateway = "sandbox"
	collected := drafting(bill())
	collected.Collection = "automatic"
	negative := finalized(-5500, 0, PaymentNotRequired)
	negative.DueAt, negative.SettledAgainst = nil, []Settled{{Invoice: "j", Amount: usd(5000), WrittenOff: usd(100)}}
	stays := WrittenOff{ID: "i", Amount: usd(110), Reason: "gone", WrittenOffAt: now, LinesStay: true}
	ofTwo := noted(99, 9, 99, 0, 0, PaymentPending, CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)},
		CreditedLine{Key: "b", Amount: usd(-10), Tax: usd(-1), Invoice: "j"})
	cheaper := drafting(bill(line("less", -500, -50)))
	cheaper.Bill.Lines[0].Lowers = []pricing.Lowered{{Line: "a", Invoice: "j", Amount: usd(500), Tax: usd(50)}}
	for name, event := range map[string]domain.Event{
		"drafted.v1.lowers":     cheaper,
		"drafted.v1.collection": collected, "finalized.v1.settled": negative, "written_off.v1.lines_stay": stays,
		"payment_recorded.v1.payment": paid(12000, 10000, 2000, 10000, PaymentSucceeded), "credited.v1.settled": note,
		"credited.v1.invoices": ofTwo, "payment_recorded.v1.gateway": charged,
	} {
		domain.CheckShape(t, files, "invoice."+name, event)
	}
}

// A document of a ledger with a seller names the version of the profile.
func TestDocumentsOfASellerKeepTheirShape(t *testing.T) {
	t.Parallel()
	files := os.DirFS("testdata/events")
	issued := finalized(1000, 10000, PaymentPending)
	issued.Seller = new(int64(3))
	domain.CheckShape(t, files, "invoice.finalized.v1.seller", issued)
	note := note
	note.Workspace, note.SettledAgainst, note.Refunds, note.Seller = "", nil, nil, new(int64(3))
	domain.CheckShape(t, files, "invoice.credited.v1.seller", note)
}
