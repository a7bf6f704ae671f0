package account

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var issued = time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC)

func expected(id, number string, day int, collected bool) ReceivableOpened {
	r := Receivable{Invoice: id, Number: number, Currency: "USD", IssuedAt: issued.AddDate(0, 0, day)}
	if collected {
		r.PastDueAt = new(r.IssuedAt.Add(23 * time.Hour))
	}
	return ReceivableOpened{r}
}

func received(payment string, amount, applied int64) MoneyReceived {
	return MoneyReceived{Payment: payment, Invoice: "of-" + payment, Amount: usd(amount), Applied: usd(applied)}
}

func returned(payment string, amount, applied int64) MoneyReturned {
	return MoneyReturned{Refund: "r", Payment: payment, Amount: usd(amount), Applied: usd(applied)}
}

func TestReceivables(t *testing.T) {
	t.Parallel()
	first, second := expected("a", "INV-000002", 0, true), expected("b", "INV-000010", 0, false)
	early, missed, late := first, first, first
	early.PastDueAt, missed.PastDueAt, late.PastDueAt = new(spec.Meta.Now.Add(time.Hour)), &spec.Meta.Now, new(spec.Meta.Now.Add(-time.Hour))
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"opened":             {nil, OpenReceivable(first), []domain.Event{first}},
		"opened twice":       {[]domain.Event{first}, OpenReceivable(first), nil},
		"closed":             {[]domain.Event{first, second}, CloseReceivable{Invoice: "a"}, []domain.Event{ReceivableClosed{Invoice: "a"}}},
		"missed":             {[]domain.Event{early}, MissPayment{Invoice: "a"}, []domain.Event{ReceivableClosed{Invoice: "a"}, missed}},
		"missed already":     {[]domain.Event{late}, MissPayment{Invoice: "a"}, nil},
		"missed by nobody":   {[]domain.Event{second}, MissPayment{Invoice: "b"}, nil},
		"missed, never open": {nil, MissPayment{Invoice: "a"}, nil},
		"closed, never open": {[]domain.Event{first}, CloseReceivable{Invoice: "b"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	t.Run("stand in the order in which credit pays them", func(t *testing.T) {
		t.Parallel()
		var s State
		for _, e := range []domain.Event{second, expected("c", "INV-000001", 1, true), expected("d", "INV-1000000", 0, true), first} {
			s = Evolve(s, e)
		}
		var order []string
		for _, r := range s.Receivables {
			order = append(order, r.Invoice)
		}
		if !slices.Equal(order, []string{"a", "b", "d", "c"}) || !s.Expects("a") || s.Expects("z") {
			t.Errorf("%v", order)
		}
		if due := s.PastDue(issued.Add(23 * time.Hour)); !slices.Equal(due, []string{"a", "d"}) {
			t.Errorf("past due %v", due)
		}
		if due := s.PastDue(issued.Add(23*time.Hour - 1)); len(due) > 0 {
			t.Errorf("past due %v too early", due)
		}
	})
}

func TestPayments(t *testing.T) {
	t.Parallel()
	history := []domain.Event{received("p", 1200, 1000), received("q", 500, 500)}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"come":                      {nil, ReceiveMoney(received("p", 1200, 1000)), history[:1]},
		"go back from the invoice":  {history, ReturnMoney{Refund: "r", Payment: "p", Amount: usd(1000)}, []domain.Event{returned("p", 1000, 1000)}},
		"go back from the credit":   {history, ReturnMoney{Refund: "r", Payment: "p", Amount: usd(150), Credit: true}, []domain.Event{returned("p", 150, 0)}},
		"go back beyond the credit": {history, ReturnMoney{Refund: "r", Payment: "p", Amount: usd(300), Credit: true}, []domain.Event{returned("p", 300, 100)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	s := Evolve(Evolve(State{}, history[0]), history[1])
	t.Run("that paid an invoice, the newest first", func(t *testing.T) {
		t.Parallel()
		want := []Return{{"q", "of-q", usd(500)}, {"p", "of-p", usd(1000)}}
		if got := s.PaidFor([]string{"of-p", "of-q"}); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v", got)
		}
	})
	t.Run("that credit goes back to: first what was too much", func(t *testing.T) {
		t.Parallel()
		for amount, want := range map[int64][]Return{
			100:  {{"p", "of-p", usd(100)}},
			600:  {{"q", "of-q", usd(400)}, {"p", "of-p", usd(200)}},
			1700: {{"q", "of-q", usd(500)}, {"p", "of-p", usd(1200)}},
		} {
			if got, err := s.returns(usd(amount)); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%d: %v, %v", amount, got, err)
			}
		}
		if _, err := s.returns(usd(1701)); err == nil {
			t.Error("more goes back than came")
		}
	})
	t.Run("count as gone when they go back", func(t *testing.T) {
		t.Parallel()
		if after := Evolve(s, returned("q", 500, 500)); !after.Knows("q") || len(after.PaidFor([]string{"of-q"})) > 0 || !after.Received("USD").Equal(usd(1200)) || !after.Received("EUR").IsZero() {
			t.Errorf("%+v", after.Payments)
		}
	})
}
