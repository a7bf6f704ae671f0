package invoice

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

func prorating(lines ...CreditedLine) Prorate { return Prorate{CreditedOn: "later", Lines: lines} }

// A line that a later bill credits is credited on this invoice too: by amount, by line and as a whole only the rest is left.
func TestProrate(t *testing.T) {
	t.Parallel()
	third := CreditedLine{Key: "a", Amount: usd(2000), Tax: usd(200)}
	unpaid := []domain.Event{hundred(), finalized(0, 11000, PaymentPending)}
	spec.Given(unpaid...).When(prorating(third)).Then(t, prorated(third))
	changed := spec.Given(append(unpaid, prorated(third))...)
	changed.When(prorating(third)).Then(t, prorated(third))

	changed.When(creditOf(8801)).ThenRejected(t, "credit_exceeds_invoice")
	changed.When(creditOf(8800)).Then(t, noted(8800, 800, 8800, 0, 0, PaymentPending,
		CreditedLine{Key: "a", Amount: usd(4000), Tax: usd(400)}, CreditedLine{Key: "b", Amount: usd(4000), Tax: usd(400)}))
	byLine := Credit{CreditNote: "n", Number: "CN-000001", Lines: []CreditLine{{Key: "a", Amount: new(usd(4001))}}, Reason: "sorry"}
	changed.When(byLine).ThenRejected(t, "credit_exceeds_line")
	byLine.Lines[0].Amount = nil
	changed.When(byLine).Then(t, noted(4400, 400, 4400, 0, 0, PaymentPending, CreditedLine{Key: "a", Amount: usd(4000), Tax: usd(400)}))
	// What is owed is owed all the same: the credit is the later invoice's.
	changed.When(WriteOff{Reason: "gone"}).Then(t, WrittenOff{ID: "i", Amount: usd(11000), Lines: []CreditedLine{
		{Key: "a", Amount: usd(6000), Tax: usd(600)}, {Key: "b", Amount: usd(4000), Tax: usd(400)}}, Reason: "gone", WrittenOffAt: now})
	if rejection := changed.When(Void{Reason: "wrong"}).ThenRejected(t, "invoice_credited"); !slices.Equal(rejection.Actions,
		[]string{ActionRecordPayment, ActionCredit, ActionWriteOff}) {
		t.Errorf("actions %v", rejection.Actions)
	}

	// The later invoice can't be void either, since its credit was given, except while nothing of it has happened yet.
	credit, charge := line("old", -2000, 0), line("new", 5000, 0)
	credit.Kind, credit.SourceLine = pricing.LineKindCredit, new("a")
	later := drafting(bill(credit, charge))
	spec.Given(later, finalized(0, 3000, PaymentPending)).When(Void{Reason: "wrong"}).ThenRejected(t, "invoice_credited")
	spec.Given(later, Opened{ID: "i", OpenedAt: now, CreditApplied: usd(0), AmountDue: usd(3000)}).When(Void{Reason: "wrong"}).
		Then(t, Voided{ID: "i", Reason: "wrong", VoidedAt: now, CreditReturned: usd(0), PaidReturned: usd(0)})
	// Its own credit lines make no difference to what is left of its charge, but of its total no more is taken back.
	again := []domain.Event{later, finalized(0, 3000, PaymentPending), prorated(CreditedLine{Key: "new", Amount: usd(1000), Tax: usd(0)})}
	spec.Given(again...).When(creditOf(3001)).ThenRejected(t, "credit_exceeds_invoice")
	spec.Given(again...).When(creditOf(3000)).Then(t, noted(3000, 0, 3000, 0, 0, PaymentNotRequired,
		CreditedLine{Key: "new", Amount: usd(3000), Tax: usd(0)}))

	// More seats can make a plan cheaper, so that their line and its credit are the other way round.
	cheaper := spec.Given(drafting(bill(line("less", -500, -50), line("a", 6000, 600))), finalized(0, 6050, PaymentPending))
	back := CreditedLine{Key: "less", Amount: usd(-250), Tax: usd(-25)}
	cheaper.When(prorating(back)).Then(t, prorated(back))
}

// A bill that credits what is not there is a fault and never an event.
func TestProrateFails(t *testing.T) {
	t.Parallel()
	part := CreditedLine{Key: "a", Amount: usd(3000), Tax: usd(300)}
	unpaid := []domain.Event{hundred(), finalized(0, 11000, PaymentPending)}
	after := func(more domain.Event) []domain.Event { return append(unpaid[:2:2], more) }
	for _, c := range []struct {
		what    string
		given   []domain.Event
		command Prorate
	}{
		{"too much", unpaid, prorating(CreditedLine{Key: "a", Amount: usd(6001), Tax: usd(0)})},
		{"too much tax", unpaid, prorating(CreditedLine{Key: "a", Amount: usd(1), Tax: usd(601)})},
		{"less than nothing", unpaid, prorating(CreditedLine{Key: "a", Amount: usd(-1), Tax: usd(0)})},
		{"no such line", unpaid, prorating(CreditedLine{Key: "c", Amount: usd(1), Tax: usd(0)})},
		{"no line", unpaid, prorating()},
		{"no later invoice", unpaid, Prorate{Lines: []CreditedLine{part}}},
		{"credited before", after(noted(3850, 350, 3850, 0, 0, PaymentPending, CreditedLine{Key: "a", Amount: usd(3500), Tax: usd(350)})), prorating(part)},
		{"prorated before", after(prorated(CreditedLine{Key: "a", Amount: usd(3500), Tax: usd(350)})), prorating(part)},
		{"void", after(Voided{ID: "i"}), prorating(part)},
		{"not issued", unpaid[:1], prorating(part)},
	} {
		state := State{}
		for _, event := range c.given {
			state = Evolve(state, event)
		}
		if events, err := Decide(state, c.command, spec.Meta); err == nil {
			t.Errorf("%s: %+v", c.what, events)
		}
	}
}
