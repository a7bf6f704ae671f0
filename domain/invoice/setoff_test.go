package invoice

import (
	"errors"
	"slices"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

func lowered(amount, writtenOff int64, status PaymentStatus) Lowered {
	return Lowered{ID: "i", By: "n", Number: "CN-000001", Amount: usd(amount), WrittenOff: usd(writtenOff), PaymentStatus: status}
}

func claim(id string, outstanding, writtenOff int64) Claim {
	return Claim{Invoice: id, Outstanding: usd(outstanding), WrittenOff: usd(writtenOff)}
}

func lowering(amount, writtenOff int64) Lower {
	return Lower{By: "n", Number: "CN-000001", Amount: usd(amount), WrittenOff: usd(writtenOff)}
}

// TestLower: another document makes less of the invoice to be paid, or to be missed.
func TestLower(t *testing.T) {
	t.Parallel()
	unpaid := []domain.Event{hundred(), finalized(0, 11000, PaymentPending)}
	partly := append(unpaid[:2:2], paid(6000, 6000, 0, 6000, PaymentPending))
	given := append(partly[:3:3], WrittenOff{ID: "i", Amount: usd(5000), LinesStay: true})
	for name, test := range map[string]struct {
		given []domain.Event
		when  Lower
		then  Lowered
	}{
		"a part":                         {unpaid, lowering(1000, 0), lowered(1000, 0, PaymentPending)},
		"all of what nothing is paid of": {unpaid, lowering(11000, 0), lowered(11000, 0, PaymentNotRequired)},
		"all of what is partly paid":     {partly, lowering(5000, 0), lowered(5000, 0, PaymentSucceeded)},
		"a part of what was written off": {given, lowering(1000, 1000), lowered(1000, 1000, PaymentUncollectible)},
		"all of what was written off":    {given, lowering(5000, 5000), lowered(5000, 5000, PaymentSucceeded)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
	t.Run("and it can't be void any more", func(t *testing.T) {
		t.Parallel()
		spec.Given(append(unpaid[:2:2], lowered(1000, 0, PaymentPending))...).When(Void{Reason: "wrong"}).ThenRejected(t, "invoice_credited")
	})
}

// TestNegativeTotal: it lowers what is owed before anything of it becomes credit.
func TestNegativeTotal(t *testing.T) {
	t.Parallel()
	issue := Finalize{Number: "INV-000001", Credit: usd(0), IssuedAt: now, Claims: []Claim{claim("a", 3000, 0), claim("b", 0, 0), claim("c", 0, 1000)}}
	want := finalized(-5500, 0, PaymentNotRequired)
	want.DueAt, want.SettledAgainst = nil, []Settled{{"a", usd(3000), usd(0)}, {"c", usd(1000), usd(1000)}}
	draft := drafting(bill(line("a", -5000, -500)))
	spec.Given(draft).When(issue).Then(t, want)
	if !want.Credit().Equal(usd(1500)) {
		t.Errorf("%v becomes credit", want.Credit())
	}
	if sources := Evolve(Evolve(State{}, draft), want).Sources(); !slices.Equal(sources, []string{"a", "c"}) {
		t.Errorf("it leads back to %v", sources)
	}
}

// TestApplyCredit pays an issued invoice, in part or in whole.
func TestApplyCredit(t *testing.T) {
	t.Parallel()
	issued := []domain.Event{hundred(), finalized(1000, 10000, PaymentPending)}
	applied := func(amount, all int64, status PaymentStatus) CreditApplied {
		return CreditApplied{ID: "i", Amount: usd(amount), AppliedAt: now, CreditApplied: usd(all), AmountDue: usd(11000 - all), PaymentStatus: status}
	}
	for name, test := range map[string]struct {
		given []domain.Event
		when  ApplyCredit
		then  CreditApplied
	}{
		"a part":               {issued, ApplyCredit{usd(4000)}, applied(4000, 5000, PaymentPending)},
		"all":                  {issued, ApplyCredit{usd(10000)}, applied(10000, 11000, PaymentNotRequired)},
		"the rest, after some": {append(issued[:2:2], paid(6000, 6000, 0, 6000, PaymentPending)), ApplyCredit{usd(4000)}, applied(4000, 5000, PaymentSucceeded)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
}

// TestCreditNoteSettles: what is owed comes first, of the invoice itself and then of those behind it, and only then anything
// goes back or becomes credit.
func TestCreditNoteSettles(t *testing.T) {
	t.Parallel()
	lines := []CreditedLine{{Key: "a", Amount: usd(3000), Tax: usd(300)}, {Key: "b", Amount: usd(2000), Tax: usd(200)}}
	partly := []domain.Event{hundred(), finalized(0, 11000, PaymentPending), paid(10000, 10000, 0, 10000, PaymentPending)}
	given := []domain.Event{hundred(), finalized(0, 11000, PaymentPending), paid(7000, 7000, 0, 7000, PaymentPending),
		WrittenOff{ID: "i", Amount: usd(4000), LinesStay: true}}
	behind := creditOf(5500)
	behind.Claims = []Claim{claim("j", 500, 0), claim("k", 0, 700)}
	back := behind
	back.Refund, back.Payments = true, []Refund{{"r1", "q", "i", usd(1000)}, {"r2", "p", "j", usd(9000)}}
	settled := noted(5500, 500, 2200, 3300, 0, PaymentSucceeded, lines...)
	settled.SettledAgainst = []Settled{{"i", usd(1000), usd(0)}, {"j", usd(500), usd(0)}, {"k", usd(700), usd(700)}}
	refunded := settled
	refunded.Credit, refunded.Refund = usd(0), usd(3300)
	refunded.Refunds = []Refund{{"r1", "q", "i", usd(1000)}, {"r2", "p", "j", usd(2300)}}
	writtenOff := noted(5500, 500, 4000, 1500, 0, PaymentSucceeded, lines...)
	writtenOff.SettledAgainst[0].WrittenOff = usd(4000)
	takeBack := TakeBack{CreditNote: "n", Number: "CN-000001", Lines: lines, Total: usd(5500), Reason: "sorry", From: now, Settles: behind.Settles}
	taken := settled
	taken.From = &now
	// A line of the invoice j has the key of a line of this invoice, and takes nothing of that one.
	cheaper := CreditedLine{Key: "a", Amount: usd(-1000), Tax: usd(-100), Invoice: "j"}
	withOther, takenLess := takeBack, noted(4400, 400, 1000, 3400, 0, PaymentSucceeded, append(slices.Clip(lines), cheaper)...)
	withOther.Lines, withOther.Total, withOther.Claims = takenLess.Lines, usd(4400), nil
	takenLess.From = &now
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  domain.Event
	}{
		"what is owed behind it":  {partly, behind, settled},
		"and pays the rest back":  {partly, back, refunded},
		"the written-off first":   {given, creditOf(5500), writtenOff},
		"as it was priced":        {partly, takeBack, taken},
		"less another's line":     {partly, withOther, takenLess},
		"the rest of a part paid": {partly, creditOf(1000), noted(1000, 91, 1000, 0, 0, PaymentSucceeded, CreditedLine{Key: "a", Amount: usd(545), Tax: usd(55)}, CreditedLine{Key: "b", Amount: usd(364), Tax: usd(36)})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
}

// TestEventsOfBefore: a credit note without what it settled took all of it off its own invoice, and a write-off took its
// lines out of force.
func TestEventsOfBefore(t *testing.T) {
	t.Parallel()
	old := noted(5500, 500, 5500, 0, 0, PaymentUncollectible)
	old.SettledAgainst, old.Workspace = nil, ""
	var s State
	for _, e := range []domain.Event{hundred(), finalized(0, 11000, PaymentPending), WrittenOff{ID: "i", Amount: usd(11000)}, old} {
		s = Evolve(s, e)
	}
	if !s.LinesTaken || !s.WrittenOff.Equal(usd(5500)) || !s.Outstanding().IsZero() || !s.Owed().Equal(usd(5500)) {
		t.Errorf("%+v", s)
	}
}

func TestSettlingFaults(t *testing.T) {
	t.Parallel()
	unpaid := []domain.Event{hundred(), finalized(0, 11000, PaymentPending)}
	line := CreditedLine{Key: "a", Amount: usd(6001), Tax: usd(0)}
	for name, command := range map[string]Command{
		"lowered by nobody":           Lower{Number: "1", Amount: usd(1), WrittenOff: usd(0)},
		"lowered too much":            lowering(11001, 0),
		"more than was written off":   lowering(1, 1),
		"too much credit":             ApplyCredit{usd(11001)},
		"no credit":                   ApplyCredit{usd(0)},
		"a take-back without a total": TakeBack{CreditNote: "n", Number: "1", Total: usd(0)},
		"a take-back of too much":     TakeBack{CreditNote: "n", Number: "1", Total: usd(1), Lines: []CreditedLine{line}},
		"a take-back of no line":      TakeBack{CreditNote: "n", Number: "1", Total: usd(1), Lines: []CreditedLine{{Key: "x", Amount: usd(1), Tax: usd(0)}}},
		"a payment without a name":    RecordPayment{Amount: usd(1), Reference: "wire"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s State
			for _, e := range unpaid {
				s = Evolve(s, e)
			}
			if _, err := Decide(s, command, spec.Meta); err == nil || errors.As(err, new(*domain.Rejection)) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestCreditNoteOfTwoInvoices: what a note takes back of another invoice's line counts there, and here for the total alone.
func TestCreditNoteOfTwoInvoices(t *testing.T) {
	t.Parallel()
	line := CreditedLine{Key: "a", Amount: usd(3000), Tax: usd(300)}
	other := CreditedLine{Key: "b", Amount: usd(-1000), Tax: usd(-100), Invoice: "j"}
	var s State
	for _, e := range []domain.Event{hundred(), finalized(0, 11000, PaymentPending), noted(2200, 200, 2200, 0, 0, PaymentPending, line, other, other)} {
		s = Evolve(s, e)
	}
	if !s.Lines[0].Amount.Equal(usd(3000)) || !s.Lines[1].Amount.IsZero() || !s.Outstanding().Equal(usd(8800)) {
		t.Errorf("%+v", s)
	}
	if sources := noted(2200, 200, 2200, 0, 0, PaymentPending, line, other, other).Sources(); !slices.Equal(sources, []string{"j"}) {
		t.Errorf("%v", sources)
	}
}
