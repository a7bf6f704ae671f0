package invoice

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
)

func TestMoneyIsGone(t *testing.T) {
	t.Parallel()
	unpaid := []domain.Event{hundred(), finalized(1000, 10000, PaymentPending)}
	overdue := finalized(1000, 10000, PaymentPending)
	overdue.DueAt = new(now.AddDate(0, 0, -3))
	full := append(unpaid[:2:2], paid(10000, 10000, 0, 10000, PaymentSucceeded))
	reversed := PaymentReversed{ID: "i", Payment: "p", Amount: usd(4000), AmountPaid: usd(6000), PaymentStatus: PaymentPending, DueAt: now}
	withdrawn := CreditWithdrawn{ID: "i", Amount: usd(400), CreditApplied: usd(600), AmountDue: usd(10400), PaymentStatus: PaymentPending, DueAt: now}
	late := append(unpaid[:1:1], overdue, paid(4000, 4000, 0, 4000, PaymentPending))
	lateAgain, lateWithdrawn := reversed, withdrawn
	lateAgain.AmountPaid, lateAgain.DueAt, lateWithdrawn.DueAt = usd(0), *overdue.DueAt, *overdue.DueAt
	noted := DisputeNoted{ID: "i", Dispute: "dp_1", Payment: "p", Open: true, NotedAt: now}
	ended := noted
	ended.Open = false
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"of a payment":                  {full, ReversePayment{Payment: "p", Amount: usd(4000)}, []domain.Event{reversed}},
		"of credit":                     {full, WithdrawCredit{Amount: usd(400)}, []domain.Event{withdrawn}},
		"of one that is late":           {late, ReversePayment{Payment: "p", Amount: usd(4000)}, []domain.Event{lateAgain}},
		"of credit of one that is late": {late, WithdrawCredit{Amount: usd(400)}, []domain.Event{lateWithdrawn}},
		"a dispute begins":              {full, NoteDispute{Dispute: "dp_1", Payment: "p", Open: true}, []domain.Event{noted}},
		"it is told twice":              {append(full[:3:3], noted), NoteDispute{Dispute: "dp_1", Payment: "p", Open: true}, nil},
		"a dispute ends":                {append(full[:3:3], noted), NoteDispute{Dispute: "dp_1", Payment: "p"}, []domain.Event{ended}},
		"one that never was":            {full, NoteDispute{Dispute: "dp_1", Payment: "p"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	for name, c := range map[string]Command{
		"more than was paid": ReversePayment{Payment: "p", Amount: usd(10001)}, "more than credit paid": WithdrawCredit{Amount: usd(1001)}, "no dispute": NoteDispute{},
	} {
		t.Run("is a fault: "+name, func(t *testing.T) {
			t.Parallel()
			if facts, err := Decide(fold(full...), c, spec.Meta); err == nil {
				t.Errorf("%+v", facts)
			}
		})
	}
	s := fold(append(full[:3:3], reversed, noted)...)
	if !s.Outstanding().Equal(usd(4000)) || !s.DueAt.Equal(now) || len(s.Disputes) != 1 || fold(append(full[:3:3], noted, ended)...).Disputes != nil {
		t.Errorf("%+v", s)
	}
}

func fold(events ...domain.Event) (s State) {
	for _, event := range events {
		s = Evolve(s, event)
	}
	return s
}
