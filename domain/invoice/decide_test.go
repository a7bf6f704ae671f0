package invoice

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

func TestIssue(t *testing.T) {
	t.Parallel()
	issue := func(credit int64) Finalize { return Finalize{Number: "INV-000001", Credit: usd(credit), IssuedAt: now} }
	undue := finalized(-5500, 0, PaymentNotRequired)
	undue.DueAt = nil
	for name, test := range map[string]struct {
		given Drafted
		when  Command
		then  domain.Event
	}{
		"finalized":                   {hundred(), issue(0), finalized(0, 11000, PaymentPending)},
		"finalized with some credit":  {hundred(), issue(1000), finalized(1000, 10000, PaymentPending)},
		"finalized with all credit":   {hundred(), issue(11000), finalized(11000, 0, PaymentNotRequired)},
		"a negative total is credit":  {drafting(bill(line("a", -5000, -500))), issue(0), undue},
		"finalized without any lines": {drafting(bill()), issue(0), finalized(0, 0, PaymentNotRequired)},
		"opened":                      {hundred(), Open{Credit: usd(1000)}, Opened{ID: "i", OpenedAt: now, CreditApplied: usd(1000), AmountDue: usd(10000)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given).When(test.when).Then(t, test.then)
		})
	}
	t.Run("drafted", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(Draft(hundred())).Then(t, hundred())
	})
}

func TestFaultsAreNoRefusals(t *testing.T) {
	t.Parallel()
	issue := Finalize{Number: "INV-000001", Credit: usd(0), IssuedAt: now}
	for name, tt := range map[string]struct {
		given   []domain.Event
		command Command
	}{
		"twice":            {[]domain.Event{hundred()}, Draft(hundred())},
		"no id":            {nil, Draft{}},
		"open nothing":     {nil, Open{Credit: usd(0)}},
		"finalize nothing": {nil, issue},
		"no number":        {[]domain.Event{hundred()}, Finalize{Credit: usd(0), IssuedAt: now}},
		"credit too much":  {[]domain.Event{hundred()}, Finalize{Number: "1", Credit: usd(11001), IssuedAt: now}},
		"negative credit":  {[]domain.Event{hundred()}, Open{Credit: usd(-1)}},
		"no currency":      {[]domain.Event{hundred()}, Open{}},
		"issued":           {[]domain.Event{hundred(), finalized(0, 11000, PaymentPending)}, issue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var state State
			for _, event := range tt.given {
				state = Evolve(state, event)
			}
			if _, err := Decide(state, tt.command, spec.Meta); err == nil || errors.As(err, new(*domain.Rejection)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestRecordPayment(t *testing.T) {
	t.Parallel()
	issued := []domain.Event{hundred(), finalized(1000, 10000, PaymentPending)}
	earlier := paid(1, 1, 0, 1, PaymentPending)
	late := paid(500, 0, 500, 0, PaymentNotRequired)
	late.Late = true
	earlier.PaidAt = now.Add(-time.Hour)
	recovered := paid(11000, 11000, 0, 11000, PaymentSucceeded)
	recovered.Recovered = []CreditedLine{{Key: "a", Amount: usd(6000), Tax: usd(600)}, {Key: "b", Amount: usd(4000), Tax: usd(400)}}
	part := paid(1100, 1100, 0, 1100, PaymentUncollectible)
	part.Recovered = []CreditedLine{{Key: "a", Amount: usd(600), Tax: usd(60)}, {Key: "b", Amount: usd(400), Tax: usd(40)}}
	for name, test := range map[string]struct {
		given []domain.Event
		when  RecordPayment
		then  domain.Event
	}{
		"a part":   {issued, pay(4000), paid(4000, 4000, 0, 4000, PaymentPending)},
		"all":      {issued, pay(10000), paid(10000, 10000, 0, 10000, PaymentSucceeded)},
		"too much": {issued, pay(12000), paid(12000, 10000, 2000, 10000, PaymentSucceeded)},
		"more than the rest": {append(issued[:2:2], paid(4000, 4000, 0, 4000, PaymentPending)), pay(7000),
			paid(7000, 6000, 1000, 10000, PaymentSucceeded)},
		"paid earlier": {issued, RecordPayment{Payment: "p", Amount: usd(1), Reference: "wire", PaidAt: &earlier.PaidAt}, earlier},
		"written off before, line by line": {
			[]domain.Event{hundred(), finalized(0, 11000, PaymentPending), WrittenOff{ID: "i", Amount: usd(11000)}}, pay(11000), recovered},
		"a part of what was written off": {
			[]domain.Event{hundred(), finalized(0, 11000, PaymentPending), WrittenOff{ID: "i", Amount: usd(11000)}}, pay(1100), part},
		"paid already":       {append(issued[:2:2], paid(10000, 10000, 0, 10000, PaymentSucceeded)), pay(500), paid(500, 0, 500, 10000, PaymentSucceeded)},
		"nothing to be paid": {[]domain.Event{hundred(), finalized(11000, 0, PaymentNotRequired)}, pay(500), paid(500, 0, 500, 0, PaymentNotRequired)},
		"void":               {append(issued[:2:2], Voided{ID: "i"}), pay(500), late},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
}

func TestRecordPaymentIsRefused(t *testing.T) {
	t.Parallel()
	issued := []domain.Event{hundred(), finalized(1000, 10000, PaymentPending)}
	for code, command := range map[string]RecordPayment{
		"amount_invalid":    pay(0),
		"currency_mismatch": {Payment: "p", Reference: "wire"},
		"reference_invalid": {Payment: "p", Amount: usd(1)},
		"paid_at_invalid":   {Payment: "p", Amount: usd(1), Reference: "wire", PaidAt: new(now.Add(time.Second))},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given(issued...).When(command).ThenRejected(t, code)
		})
	}
	for code, given := range map[string][]domain.Event{
		"invoice_not_found":     nil,
		"invoice_not_finalized": {hundred()},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given(given...).When(pay(1)).ThenRejected(t, code)
		})
	}
}

// An invoice that waits for money is issued by the payment that completes it, and no other.
func TestRecordPaymentOfOpen(t *testing.T) {
	t.Parallel()
	opened := Opened{ID: "i", OpenedAt: now, CreditApplied: usd(1000), AmountDue: usd(10000)}
	partly := []domain.Event{hundred(), opened, paid(4000, 4000, 0, 4000, PaymentPending)}
	voided := Voided{ID: "i", Reason: "expired", VoidedAt: now, CreditReturned: usd(1000), PaidReturned: usd(4000)}
	late := paid(6000, 0, 6000, 4000, PaymentNotRequired)
	late.Late = true
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"a part": {[]domain.Event{hundred(), opened}, pay(4000), partly[2:]},
		"the rest": {partly, pay(6500), []domain.Event{paid(6500, 6000, 500, 10000, PaymentSucceeded),
			finalized(1000, 10000, PaymentSucceeded)}},
		"void gives back what was applied": {partly, Void{Reason: "expired"}, []domain.Event{voided}},
		"too late":                         {append(partly[:3:3], voided), pay(6000), []domain.Event{late}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
}

func TestVoid(t *testing.T) {
	t.Parallel()
	issued := []domain.Event{hundred(), finalized(1000, 10000, PaymentPending)}
	t.Run("gives credit back", func(t *testing.T) {
		t.Parallel()
		spec.Given(issued...).When(Void{Reason: "wrong"}).
			Then(t, Voided{ID: "i", Reason: "wrong", VoidedAt: now, CreditReturned: usd(1000), PaidReturned: usd(0)})
	})
	note := noted(110, 10, 110, 0, 0, PaymentPending, CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)})
	for name, test := range map[string]struct {
		given []domain.Event
		code  string
	}{
		"no invoice":       {nil, "invoice_not_found"},
		"a draft":          {issued[:1], "invoice_not_finalized"},
		"twice":            {append(issued[:2:2], Voided{ID: "i"}), "invoice_voided"},
		"partly paid":      {append(issued[:2:2], paid(1, 1, 0, 1, PaymentPending)), "invoice_paid"},
		"a negative total": {[]domain.Event{drafting(bill(line("a", -5000, -500))), finalized(-5500, 0, PaymentNotRequired)}, "invoice_credited"},
		"a credit note":    {append(issued[:2:2], note), "invoice_credited"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(Void{Reason: "wrong"}).ThenRejected(t, test.code)
		})
	}
	t.Run("without a reason", func(t *testing.T) {
		t.Parallel()
		spec.Given(issued...).When(Void{}).ThenRejected(t, "reason_invalid")
	})
}

func TestWriteOff(t *testing.T) {
	t.Parallel()
	t.Run("of what is left, line by line", func(t *testing.T) {
		t.Parallel()
		spec.Given(hundred(), finalized(0, 11000, PaymentPending), paid(1000, 1000, 0, 1000, PaymentPending)).
			When(WriteOff{Reason: "gone"}).Then(t, WrittenOff{ID: "i", Amount: usd(10000), Reason: "gone", WrittenOffAt: now, LinesStay: true, Lines: []CreditedLine{
			{Key: "a", Amount: usd(5455), Tax: usd(545)}, {Key: "b", Amount: usd(3636), Tax: usd(364)},
		}})
	})
	for code, given := range map[string][]domain.Event{
		"invoice_not_finalized": {hundred()},
		"invoice_voided":        {hundred(), finalized(0, 11000, PaymentPending), Voided{ID: "i"}},
		"nothing_due":           {hundred(), finalized(0, 11000, PaymentPending), WrittenOff{ID: "i", Amount: usd(11000)}},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given(given...).When(WriteOff{Reason: "gone"}).ThenRejected(t, code)
		})
	}
	t.Run("without a reason", func(t *testing.T) {
		t.Parallel()
		spec.Given(hundred()).When(WriteOff{}).ThenRejected(t, "reason_invalid")
	})
}

func TestState(t *testing.T) {
	t.Parallel()
	issued := Evolve(Evolve(State{}, hundred()), finalized(1000, 10000, PaymentPending))
	t.Run("a draft", func(t *testing.T) {
		t.Parallel()
		s := Evolve(State{}, hundred())
		if !s.Outstanding().IsZero() || s.Completes(usd(11000)) || len(s.AvailableActions()) > 0 {
			t.Errorf("state %+v", s)
		}
	})
	t.Run("issued", func(t *testing.T) {
		t.Parallel()
		if issued.Overdue(due) || !issued.Overdue(due.AddDate(0, 0, 1)) || !issued.AmountDue().Equal(usd(10000)) {
			t.Errorf("state %+v", issued)
		}
		want := []string{ActionRecordPayment, ActionVoid, ActionCredit, ActionWriteOff}
		if got := issued.AvailableActions(); !reflect.DeepEqual(got, want) {
			t.Errorf("actions %v, want %v", got, want)
		}
	})
	t.Run("while a gateway may be taking the money", func(t *testing.T) {
		t.Parallel()
		for _, status := range followed {
			asked := Evolve(Evolve(issued, PaymentStarted{ID: issued.ID, Payment: "p"}), PaymentFollowed{ID: issued.ID, Payment: "p", Status: status})
			want := []string{ActionRecordPayment, ActionCredit}
			if status == PaymentFailed {
				want = issued.AvailableActions()
			}
			if got := asked.AvailableActions(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: actions %v, want %v", status, got, want)
			}
		}
	})
	t.Run("paid", func(t *testing.T) {
		t.Parallel()
		s := Evolve(issued, paid(10000, 10000, 0, 10000, PaymentSucceeded))
		if s.Overdue(due) || !s.Outstanding().IsZero() {
			t.Errorf("state %+v", s)
		}
	})
	t.Run("stream and size", func(t *testing.T) {
		t.Parallel()
		if Stream("i") != "invoice:i" || Type.Name != Stream("i").Type() || issued.Size() <= 0 {
			t.Errorf("stream %s of type %s", Stream("i"), Type.Name)
		}
	})
}
