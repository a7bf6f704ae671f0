package invoice

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

func prorating(lines ...CreditedLine) Prorate { return Prorate{CreditedOn: "later", Lines: lines} }

// A line that a later bill credits is credited on this invoice too: by amount, by line and as a whole only the rest is
// left.
func TestProrate(t *testing.T) {
	t.Parallel()
	third := CreditedLine{Key: "a", Amount: usd(2000), Tax: usd(200)}
	unpaid := []domain.Event{hundred(), finalized(0, 11000, PaymentPending)}
	changed := append(unpaid[:2:2], prorated(third))
	byLine := func(amount *money.Amount) Credit {
		return Credit{CreditNote: "n", Number: "CN-000001", Lines: []CreditLine{{Key: "a", Amount: amount}}, Reason: "sorry"}
	}
	rest := CreditedLine{Key: "a", Amount: usd(4000), Tax: usd(400)}
	other := CreditedLine{Key: "b", Amount: usd(4000), Tax: usd(400)}
	gives := CreditedLine{Key: "a", Amount: usd(-500), Tax: usd(-50)}
	late := Prorate{CreditedOn: "later", Lines: []CreditedLine{{Key: "a", Amount: usd(5000), Tax: usd(450)}}, Late: true}
	// More seats can make a plan cheaper, so that their line and its credit are the other way round.
	cheaper := []domain.Event{drafting(bill(line("less", -500, -50), line("a", 6000, 600))), finalized(0, 6050, PaymentPending)}
	back := CreditedLine{Key: "less", Amount: usd(-250), Tax: usd(-25)}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  domain.Event
	}{
		"a line":                {unpaid, prorating(third), prorated(third)},
		"the line again":        {changed, prorating(third), prorated(third)},
		"a negative line":       {cheaper, prorating(back), prorated(back)},
		"gives back":            {changed, prorating(gives), prorated(gives)},
		"of an earlier release": {changed, late, prorated(CreditedLine{Key: "a", Amount: usd(4000), Tax: usd(400)})},
		"leaves an amount":      {changed, creditOf(8800), noted(8800, 800, 8800, 0, 0, PaymentPending, rest, other)},
		"leaves some of a line": {changed, byLine(nil), noted(4400, 400, 4400, 0, 0, PaymentPending, rest)},
		// The credit is the later invoice's, so all is still owed.
		"leaves all owed": {changed, WriteOff{Reason: "gone"}, WrittenOff{ID: "i", Amount: usd(11000), Reason: "gone", WrittenOffAt: now, LinesStay: true,
			Lines: []CreditedLine{{Key: "a", Amount: usd(6000), Tax: usd(600)}, other}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
	for name, test := range map[string]struct {
		when Command
		code string
	}{
		"more than is left":           {creditOf(8801), "credit_exceeds_invoice"},
		"more than is left of a line": {byLine(new(usd(4001))), "credit_exceeds_line"},
		"a void":                      {Void{Reason: "wrong"}, "invoice_credited"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rejection := spec.Given(changed...).When(test.when).ThenRejected(t, test.code)
			want := []string{ActionRecordPayment, ActionCredit, ActionWriteOff}
			if rejection.Kind == domain.KindConflict && !slices.Equal(rejection.Actions, want) {
				t.Errorf("actions %v, want %v", rejection.Actions, want)
			}
		})
	}
}

// The invoice with the credit lines can't be void either, since its credit was given, except while nothing of it has
// happened yet. Its own credit lines make no difference to what is left of its charge, which they paid in part.
func TestTheInvoiceThatProrates(t *testing.T) {
	t.Parallel()
	credit, charge := line("old", -2000, 0), line("new", 5000, 0)
	credit.Kind, credit.SourceLine = pricing.LineKindCredit, new("a")
	later := drafting(bill(credit, charge))
	again := []domain.Event{later, finalized(0, 3000, PaymentPending), prorated(CreditedLine{Key: "new", Amount: usd(1000), Tax: usd(0)})}
	t.Run("can't be void", func(t *testing.T) {
		t.Parallel()
		spec.Given(again[:2]...).When(Void{Reason: "wrong"}).ThenRejected(t, "invoice_credited")
	})
	t.Run("can be void while it is open", func(t *testing.T) {
		t.Parallel()
		spec.Given(later, Opened{ID: "i", OpenedAt: now, CreditApplied: usd(0), AmountDue: usd(3000)}).When(Void{Reason: "wrong"}).
			Then(t, Voided{ID: "i", Reason: "wrong", VoidedAt: now, CreditReturned: usd(0), PaidReturned: usd(0)})
	})
	t.Run("gives back no more than is left of its charge", func(t *testing.T) {
		t.Parallel()
		spec.Given(again...).When(creditOf(4001)).ThenRejected(t, "credit_exceeds_invoice")
	})
	t.Run("gives back more than its total", func(t *testing.T) {
		t.Parallel()
		spec.Given(again...).When(creditOf(4000)).
			Then(t, noted(4000, 0, 3000, 1000, 0, PaymentNotRequired, CreditedLine{Key: "new", Amount: usd(4000), Tax: usd(0)}))
	})
}

// The credit of a line by which more seats made the plan cheaper is no charge.
func TestTheCreditOfWhatMadeThePlanCheaper(t *testing.T) {
	t.Parallel()
	old, less, charge := line("old", -2000, 0), line("less", 500, 0), line("new", 5000, 0)
	old.Kind, less.Kind = pricing.LineKindCredit, pricing.LineKindCredit
	given := []domain.Event{drafting(bill(old, less, charge)), finalized(0, 3500, PaymentPending)}
	spec.Given(given...).When(creditOf(5001)).ThenRejected(t, "credit_exceeds_invoice")
	spec.Given(given...).When(Credit{CreditNote: "n", Number: "CN-000001", Lines: []CreditLine{{Key: "less"}}, Reason: "sorry"}).
		ThenRejected(t, "line_not_found")
	spec.Given(given...).When(creditOf(5000)).
		Then(t, noted(5000, 0, 3500, 1500, 0, PaymentNotRequired, CreditedLine{Key: "new", Amount: usd(5000), Tax: usd(0)}))
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
		{"more than it took", after(prorated(part)), prorating(CreditedLine{Key: "a", Amount: usd(-3001), Tax: usd(0)})},
		{"no such line", unpaid, prorating(CreditedLine{Key: "c", Amount: usd(1), Tax: usd(0)})},
		{"no line", unpaid, prorating()},
		{"no later invoice", unpaid, Prorate{Lines: []CreditedLine{part}}},
		{"credited before", after(noted(3850, 350, 3850, 0, 0, PaymentPending, CreditedLine{Key: "a", Amount: usd(3500), Tax: usd(350)})), prorating(part)},
		{"prorated before", after(prorated(CreditedLine{Key: "a", Amount: usd(3500), Tax: usd(350)})), prorating(part)},
		{"void", after(Voided{ID: "i"}), prorating(part)},
		{"not issued", unpaid[:1], prorating(part)},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			state := State{}
			for _, event := range c.given {
				state = Evolve(state, event)
			}
			if facts, err := Decide(state, c.command, spec.Meta); err == nil {
				t.Errorf("%+v", facts)
			}
		})
	}
}
