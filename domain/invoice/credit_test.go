package invoice

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

func TestCredit(t *testing.T) {
	t.Parallel()
	whole := []CreditedLine{{Key: "a", Amount: usd(6000), Tax: usd(600)}, {Key: "b", Amount: usd(4000), Tax: usd(400)}}
	half := []CreditedLine{{Key: "a", Amount: usd(3000), Tax: usd(300)}, {Key: "b", Amount: usd(2000), Tax: usd(200)}}
	first := []CreditedLine{{Key: "a", Amount: usd(1500), Tax: usd(150)}}
	unpaid := []domain.Event{hundred(), finalized(0, 11000, PaymentPending)}
	fully := append(unpaid[:2:2], paid(11000, 11000, 0, 11000, PaymentSucceeded))
	partly := append(unpaid[:2:2], paid(10000, 10000, 0, 10000, PaymentPending))

	refund := creditOf(5500)
	refund.Refund, refund.Payments = true, []Refund{back(11000)}
	little := refund
	little.Payments = []Refund{back(3000)}
	byCredit := []domain.Event{hundred(), finalized(8000, 3000, PaymentPending), paid(3000, 3000, 0, 3000, PaymentSucceeded)}
	ofLine := func(amount *money.Amount) Credit {
		return Credit{CreditNote: "n", Number: "CN-000001", Lines: []CreditLine{{Key: "a", Amount: amount}}, Reason: "sorry"}
	}
	note := noted(1650, 150, 0, 1650, 0, PaymentSucceeded, first...)
	for name, test := range map[string]struct {
		given []domain.Event
		when  Credit
		then  Credited
	}{
		"reduces what is outstanding":       {unpaid, creditOf(5500), noted(5500, 500, 5500, 0, 0, PaymentPending, half...)},
		"reduces all that is outstanding":   {unpaid, creditOf(11000), noted(11000, 1000, 11000, 0, 0, PaymentNotRequired, whole...)},
		"reduces what is outstanding first": {partly, creditOf(5500), noted(5500, 500, 1000, 4500, 0, PaymentSucceeded, half...)},
		"makes credit of what was paid":     {fully, creditOf(5500), noted(5500, 500, 0, 5500, 0, PaymentSucceeded, half...)},
		"refunds what was paid":             {fully, refund, noted(5500, 500, 0, 0, 5500, PaymentSucceeded, half...)},
		"refunds no more than was paid":     {byCredit, little, noted(5500, 500, 0, 2500, 3000, PaymentSucceeded, half...)},
		"takes a part of a line":            {fully, ofLine(new(usd(1500))), note},
		"takes all that is left of a line": {append(fully[:3:3], note), ofLine(nil), noted(4950, 450, 0, 4950, 0, PaymentSucceeded,
			CreditedLine{Key: "a", Amount: usd(4500), Tax: usd(450)})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
}

// Where the tax is in the amounts the net of a part is rounded: that of 9.99 of 119.94 is exactly 8.325. All parts together
// have all of the tax.
func TestCreditOfInclusiveTax(t *testing.T) {
	t.Parallel()
	inclusive := line("a", 999, 166)
	inclusive.TaxBehavior = pricing.TaxBehaviorInclusive
	issued := []domain.Event{drafting(bill(inclusive)), finalized(0, 999, PaymentPending)}
	first := noted(333, 55, 333, 0, 0, PaymentPending, CreditedLine{Key: "a", Amount: usd(333), Tax: usd(55)})
	byLine := Credit{CreditNote: "n", Number: "CN-000001", Lines: []CreditLine{{Key: "a", Amount: new(usd(333))}}, Reason: "sorry"}
	tie := line("a", 11994, 1999)
	tie.TaxBehavior = pricing.TaxBehaviorInclusive
	for name, test := range map[string]struct {
		given []domain.Event
		when  Credit
		then  Credited
	}{
		"a part by amount": {issued, creditOf(333), first},
		"a part by line":   {issued, byLine, first},
		"the rest": {append(issued[:2:2], first), creditOf(666),
			noted(666, 111, 666, 0, 0, PaymentNotRequired, CreditedLine{Key: "a", Amount: usd(666), Tax: usd(111)})},
		"a tie": {[]domain.Event{drafting(bill(tie)), finalized(0, 11994, PaymentPending)}, creditOf(999),
			noted(999, 166, 999, 0, 0, PaymentPending, CreditedLine{Key: "a", Amount: usd(999), Tax: usd(166)})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
}

func TestCreditIsRefused(t *testing.T) {
	t.Parallel()
	issued := spec.Given(hundred(), finalized(0, 11000, PaymentPending))
	by := func(lines ...CreditLine) Credit {
		return Credit{CreditNote: "n", Number: "CN-000001", Lines: lines, Reason: "sorry"}
	}
	for code, command := range map[string]Credit{
		"reason_invalid":         {CreditNote: "n", Number: "1", Amount: new(usd(1))},
		"amount_or_lines":        by(),
		"amount_invalid":         creditOf(0),
		"credit_exceeds_invoice": creditOf(11001),
		"line_not_found":         by(CreditLine{Key: "c"}),
		"line_repeated":          by(CreditLine{Key: "a"}, CreditLine{Key: "a"}),
		"credit_exceeds_line":    by(CreditLine{Key: "a", Amount: new(usd(6001))}),
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			issued.When(command).ThenRejected(t, code)
		})
	}
	voided := Voided{ID: "i", CreditReturned: usd(0), PaidReturned: usd(0)}
	both := creditOf(1)
	both.Lines = by(CreditLine{Key: "a"}).Lines
	negative := []domain.Event{drafting(bill(line("a", -5000, -500))), finalized(-5500, 0, PaymentNotRequired)}
	old := line("old", -3000, -300)
	old.Kind, old.SourceInvoice = pricing.LineKindCredit, "j"
	mixed := []domain.Event{drafting(bill(old, line("new", 5000, 500))), finalized(0, 2200, PaymentPending)}
	cheaper := []domain.Event{drafting(bill(line("less", -3000, -300), line("new", 5000, 500))), finalized(0, 2200, PaymentPending)}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Credit
		code  string
	}{
		"amount and lines":         {[]domain.Event{hundred(), finalized(0, 11000, PaymentPending)}, both, "amount_or_lines"},
		"a draft":                  {[]domain.Event{hundred()}, creditOf(1), "invoice_not_finalized"},
		"a void one":               {[]domain.Event{hundred(), finalized(0, 11000, PaymentPending), voided}, creditOf(1), "invoice_voided"},
		"a negative total":         {negative, creditOf(1), "nothing_to_credit"},
		"more than the charges":    {mixed, creditOf(5501), "credit_exceeds_invoice"},
		"more than a cheaper plan": {cheaper, creditOf(2201), "credit_exceeds_invoice"},
		"a credit line":            {mixed, by(CreditLine{Key: "old"}), "line_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
	t.Run("a credit note without an id", func(t *testing.T) {
		t.Parallel()
		if _, err := Decide(State{ID: "i"}, Credit{}, spec.Meta); err == nil {
			t.Error("it is issued")
		}
	})
}

// Whatever is billed, paid, credited and prorated: of no line and of no invoice more is taken back than was billed, no
// more is refunded than was paid, and every payment and credit note is accounted for to the minor unit.
func TestCreditProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := Evolve(State{}, drafting(drawBill(t)))
		state = drawDecide(t, state, Finalize{Number: "1", Credit: usd(0), IssuedAt: now})
		for range rapid.IntRange(0, 6).Draw(t, "steps") {
			state = drawDecide(t, state, drawCommand(t, state))
			if state.Outstanding().Sign() < 0 {
				t.Fatalf("%v outstanding", state.Outstanding())
			}
		}
		if state.Credited.Sign() > 0 && !covers(state.Bill.Total, state.Credited) {
			t.Fatalf("too much taken back: %+v", state)
		}
		for i, line := range state.Lines {
			if left, tax := state.left(i); state.Bill.Lines[i].Base().Sign() > 0 && (left.Sign() < 0 || tax.Sign() < 0) {
				t.Fatalf("line %s: %v and %v left", line.Key, left, tax)
			}
		}
	})
}

func drawBill(t *rapid.T) pricing.Bill {
	var lines []pricing.Line
	for i := range rapid.IntRange(1, 4).Draw(t, "lines") {
		l := line(string(rune('a'+i)), rapid.Int64Range(-500, 2000).Draw(t, "amount"), 0)
		l.Tax = usd(l.Amount.Minor().Int64() / rapid.Int64Range(3, 20).Draw(t, "tax"))
		l.TaxBehavior = rapid.SampledFrom([]pricing.TaxBehavior{pricing.TaxBehaviorExclusive, pricing.TaxBehaviorInclusive}).Draw(t, "behavior")
		lines = append(lines, l)
	}
	return bill(lines...)
}

func drawCommand(t *rapid.T, s State) Command {
	amount := usd(rapid.Int64Range(1, 1500).Draw(t, "amount"))
	switch rapid.SampledFrom([]string{"pay", "credit", "line", "write off", "prorate"}).Draw(t, "command") {
	case "prorate":
		at := rapid.IntRange(0, len(s.Lines)-1).Draw(t, "line")
		base, tax := s.left(at)
		part := rapid.Int64Range(0, 4).Draw(t, "quarters")
		return Prorate{CreditedOn: "later", Lines: []CreditedLine{{Key: s.Lines[at].Key,
			Amount: usd(base.Minor().Int64() * part / 4), Tax: usd(tax.Minor().Int64() * part / 4)}}}
	case "pay":
		return pay(amount.Minor().Int64())
	case "credit":
		c := creditOf(amount.Minor().Int64())
		c.Refund = rapid.Bool().Draw(t, "refund")
		return c
	case "line":
		wanted := CreditLine{Key: rapid.SampledFrom(s.Bill.Lines).Draw(t, "line").Key}
		if rapid.Bool().Draw(t, "part") {
			wanted.Amount = &amount
		}
		return Credit{CreditNote: "n", Number: "1", Lines: []CreditLine{wanted}, Reason: "sorry", Refund: rapid.Bool().Draw(t, "refund")}
	}
	return WriteOff{Reason: "gone"}
}

func drawDecide(t *rapid.T, s State, c Command) State {
	events, err := Decide(s, c, spec.Meta)
	if err != nil && !errors.As(err, new(*domain.Rejection)) {
		t.Fatal(err)
	}
	for _, event := range events {
		if note, ok := event.(Credited); ok {
			sum := note.Reduced.Plus(note.Credit).Plus(note.Refund)
			lines := usd(0)
			for _, l := range note.Lines {
				lines = lines.Plus(s.gross(s.index(l.Key), l.Amount, l.Tax))
			}
			if !sum.Equal(note.Total) || !lines.Equal(note.Total) {
				t.Fatalf("note %+v", note)
			}
		}
		s = Evolve(s, event)
	}
	return s
}
