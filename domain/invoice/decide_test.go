package invoice

import (
	"reflect"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

func TestIssue(t *testing.T) {
	t.Parallel()
	spec.Given().When(Draft(hundred())).Then(t, hundred())
	issue := Finalize{Number: "INV-000001", Credit: usd(0), IssuedAt: now}
	spec.Given(hundred()).When(issue).Then(t, finalized(0, 11000, PaymentPending))
	issue.Credit = usd(1000)
	spec.Given(hundred()).When(issue).Then(t, finalized(1000, 10000, PaymentPending))
	issue.Credit = usd(11000)
	spec.Given(hundred()).When(issue).Then(t, finalized(11000, 0, PaymentNotRequired))

	// A negative total becomes credit, and then nothing is due.
	issue.Credit = usd(0)
	spec.Given(drafting(bill(line("a", -5000, -500)))).When(issue).Then(t, finalized(-5500, 0, PaymentNotRequired))
	spec.Given(drafting(bill())).When(issue).Then(t, finalized(0, 0, PaymentNotRequired))

	opened := Opened{ID: "i", OpenedAt: now, CreditApplied: usd(1000), AmountDue: usd(10000)}
	spec.Given(hundred()).When(Open{Credit: usd(1000)}).Then(t, opened)

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
		"unknown":          {[]domain.Event{hundred()}, nil},
	} {
		var state State
		for _, event := range tt.given {
			state = Evolve(state, event)
		}
		_, err := Decide(state, tt.command, spec.Meta)
		if _, refused := err.(*domain.Rejection); err == nil || refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRecordPayment(t *testing.T) {
	t.Parallel()
	given := spec.Given(hundred(), finalized(1000, 10000, PaymentPending))
	given.When(pay(4000)).Then(t, paid(4000, 4000, 0, 4000, PaymentPending))
	given.When(pay(10000)).Then(t, paid(10000, 10000, 0, 10000, PaymentSucceeded))
	given.When(pay(12000)).Then(t, paid(12000, 10000, 2000, 10000, PaymentSucceeded))
	spec.Given(hundred(), finalized(1000, 10000, PaymentPending), paid(4000, 4000, 0, 4000, PaymentPending)).
		When(pay(7000)).Then(t, paid(7000, 6000, 1000, 10000, PaymentSucceeded))
	earlier := paid(1, 1, 0, 1, PaymentPending)
	earlier.PaidAt = now.Add(-time.Hour)
	given.When(RecordPayment{Amount: usd(1), Reference: "wire", PaidAt: &earlier.PaidAt}).Then(t, earlier)
	// What is written off may still be paid, line by line as it was written off.
	recovered := paid(11000, 11000, 0, 11000, PaymentSucceeded)
	recovered.Recovered = []CreditedLine{{Key: "a", Amount: usd(6000), Tax: usd(600)}, {Key: "b", Amount: usd(4000), Tax: usd(400)}}
	spec.Given(hundred(), finalized(0, 11000, PaymentPending), WrittenOff{ID: "i", Amount: usd(11000)}).
		When(pay(11000)).Then(t, recovered)

	for code, command := range map[string]RecordPayment{
		"amount_invalid":    pay(0),
		"currency_mismatch": {Reference: "wire"},
		"reference_invalid": {Amount: usd(1)},
		"paid_at_invalid":   {Amount: usd(1), Reference: "wire", PaidAt: new(now.Add(time.Second))},
	} {
		given.When(command).ThenRejected(t, code)
	}
	spec.Given().When(pay(1)).ThenRejected(t, "invoice_not_found")
	spec.Given(hundred()).When(pay(1)).ThenRejected(t, "invoice_not_finalized")
	spec.Given(hundred(), finalized(11000, 0, PaymentNotRequired)).When(pay(1)).ThenRejected(t, "nothing_due")
	twice := spec.Given(hundred(), finalized(0, 11000, PaymentPending), paid(11000, 11000, 0, 11000, PaymentSucceeded)).
		When(pay(1)).ThenRejected(t, "invoice_paid")
	if want := []string{ActionCredit}; !reflect.DeepEqual(twice.Actions, want) {
		t.Errorf("actions %v, want %v", twice.Actions, want)
	}
	spec.Given(hundred(), finalized(0, 11000, PaymentPending), Voided{ID: "i"}).When(pay(1)).ThenRejected(t, "invoice_voided")
}

// An invoice that waits for money is issued by the payment that completes it, and no other.
func TestRecordPaymentOfOpen(t *testing.T) {
	t.Parallel()
	opened := Opened{ID: "i", OpenedAt: now, CreditApplied: usd(1000), AmountDue: usd(10000)}
	spec.Given(hundred(), opened).When(pay(4000)).Then(t, paid(4000, 4000, 0, 4000, PaymentPending))
	spec.Given(hundred(), opened, paid(4000, 4000, 0, 4000, PaymentPending)).When(pay(6500)).
		Then(t, paid(6500, 6000, 500, 10000, PaymentSucceeded), finalized(1000, 10000, PaymentSucceeded))

	// What was applied to it comes back when it does not come to be, and later payments become credit whole.
	partly := []domain.Event{hundred(), opened, paid(4000, 4000, 0, 4000, PaymentPending)}
	voided := Voided{ID: "i", Reason: "expired", VoidedAt: now, CreditReturned: usd(1000), PaidReturned: usd(4000)}
	spec.Given(partly...).When(Void{Reason: "expired"}).Then(t, voided)
	late := paid(6000, 0, 6000, 4000, PaymentNotRequired)
	late.Late = true
	spec.Given(append(partly, voided)...).When(pay(6000)).Then(t, late)
}

func TestVoid(t *testing.T) {
	t.Parallel()
	spec.Given(hundred(), finalized(1000, 10000, PaymentPending)).When(Void{Reason: "wrong"}).
		Then(t, Voided{ID: "i", Reason: "wrong", VoidedAt: now, CreditReturned: usd(1000), PaidReturned: usd(0)})
	for code, given := range map[string][]domain.Event{
		"invoice_not_found":     {},
		"invoice_not_finalized": {hundred()},
		"invoice_voided":        {hundred(), finalized(0, 11000, PaymentPending), Voided{ID: "i"}},
		"invoice_paid":          {hundred(), finalized(0, 11000, PaymentPending), paid(1, 1, 0, 1, PaymentPending)},
		"invoice_credited":      {drafting(bill(line("a", -5000, -500))), finalized(-5500, 0, PaymentNotRequired)},
	} {
		spec.Given(given...).When(Void{Reason: "wrong"}).ThenRejected(t, code)
	}
	spec.Given(hundred(), finalized(0, 11000, PaymentPending)).When(Void{}).ThenRejected(t, "reason_invalid")
	note := noted(110, 10, 110, 0, 0, PaymentPending, CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)})
	spec.Given(hundred(), finalized(0, 11000, PaymentPending), note).When(Void{Reason: "wrong"}).ThenRejected(t, "invoice_credited")
}

func TestWriteOff(t *testing.T) {
	t.Parallel()
	spec.Given(hundred(), finalized(0, 11000, PaymentPending), paid(1000, 1000, 0, 1000, PaymentPending)).
		When(WriteOff{Reason: "gone"}).Then(t, WrittenOff{ID: "i", Amount: usd(10000), Reason: "gone", WrittenOffAt: now, Lines: []CreditedLine{
		{Key: "a", Amount: usd(5455), Tax: usd(545)}, {Key: "b", Amount: usd(3636), Tax: usd(364)},
	}})
	for code, given := range map[string][]domain.Event{
		"invoice_not_finalized": {hundred()},
		"invoice_voided":        {hundred(), finalized(0, 11000, PaymentPending), Voided{ID: "i"}},
		"nothing_due":           {hundred(), finalized(0, 11000, PaymentPending), WrittenOff{ID: "i"}},
	} {
		spec.Given(given...).When(WriteOff{Reason: "gone"}).ThenRejected(t, code)
	}
	spec.Given(hundred()).When(WriteOff{}).ThenRejected(t, "reason_invalid")
}

func TestState(t *testing.T) {
	t.Parallel()
	state := Evolve(Evolve(State{}, hundred()), finalized(1000, 10000, PaymentPending))
	if state.Overdue(due.Add(-1)) || !state.Overdue(due) || !state.AmountDue().Equal(usd(10000)) {
		t.Errorf("state %+v", state)
	}
	want := []string{ActionRecordPayment, ActionVoid, ActionCredit, ActionWriteOff}
	if got := state.AvailableActions(); !reflect.DeepEqual(got, want) {
		t.Errorf("actions %v, want %v", got, want)
	}
	state = Evolve(state, paid(10000, 10000, 0, 10000, PaymentSucceeded))
	if state.Overdue(due) || !state.Outstanding().IsZero() {
		t.Errorf("paid, but %+v", state)
	}
	if state := Evolve(State{}, hundred()); !state.Outstanding().IsZero() || state.Completes(usd(11000)) || len(state.AvailableActions()) > 0 {
		t.Errorf("a draft, but %+v", state)
	}
	if Stream("i") != "invoice:i" || Type.Name != Stream("i").Type() || state.Size() <= 0 {
		t.Errorf("stream %s of type %s", Stream("i"), Type.Name)
	}
}
