package account

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// TestMoneyIsGone takes money away that paid an invoice, became credit, or was spent as credit.
func TestMoneyIsGone(t *testing.T) {
	t.Parallel()
	came := MoneyReceived{Payment: "p", Invoice: "i", Amount: usd(5000), Applied: usd(3600)}
	granted := CreditGranted{ID: "g", Source: SourceOverpayment, Invoice: new("i"), Amount: usd(1400), Balance: usd(1400)}
	spent := CreditApplied{Invoice: "j", Amount: usd(900), Balance: usd(500)}
	gone := func(amount, applied, owed, balance int64, withdrawn ...Spending) MoneyReversed {
		return MoneyReversed{
			Payment: "p", Amount: usd(amount), Applied: usd(applied), Owed: usd(owed), Balance: usd(balance), Withdrawn: append([]Spending{}, withdrawn...),
		}
	}
	for name, test := range map[string]struct {
		given []domain.Event
		when  ReverseMoney
		then  domain.Event
	}{
		"all of it":             {[]domain.Event{came, granted}, ReverseMoney{Payment: "p", Amount: usd(5000)}, gone(5000, 3600, 3600, 0)},
		"credit goes first":     {[]domain.Event{came, granted}, ReverseMoney{Payment: "p", Amount: usd(1000)}, gone(1000, 0, 0, 400)},
		"then what paid":        {[]domain.Event{came, granted}, ReverseMoney{Payment: "p", Amount: usd(2000)}, gone(2000, 600, 600, 0)},
		"then what credit paid": {[]domain.Event{came, granted, spent}, ReverseMoney{Payment: "p", Amount: usd(5000)}, gone(5000, 3600, 3600, 0, Spending{"j", usd(900)})},
		"of a void invoice":     {[]domain.Event{came, granted}, ReverseMoney{Payment: "p", Amount: usd(1400), Void: true}, gone(1400, 0, 0, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
	s := fold(came, granted, spent, gone(5000, 3600, 3600, 0, Spending{"j", usd(900)}))
	if p, ok := s.Find("p"); !ok || !p.Left().IsZero() || len(s.Spent) > 0 {
		t.Errorf("%+v", s)
	}
	if len(fold(granted, spent, CreditGranted{ID: "h", Source: SourceVoided, Invoice: new("j"), Amount: usd(900), Balance: usd(1400)}).Spent) > 0 {
		t.Error("what a void invoice gave back is still spent")
	}
	for name, c := range map[string]Command{
		"more than came": ReverseMoney{Payment: "p", Amount: usd(5001)}, "nobody's money": ReverseMoney{Payment: "q", Amount: usd(1)},
		"credit that is nowhere": ReverseMoney{Payment: "p", Amount: usd(5000)}, "more credit than there is": RefundOf{ID: "r", Payment: "p", Amount: usd(1401), Reason: "x"},
	} {
		t.Run("is a fault: "+name, func(t *testing.T) {
			t.Parallel()
			given := []domain.Event{came, granted}
			if name == "credit that is nowhere" {
				given = given[:1]
			}
			if facts, err := Decide(fold(given...), c, spec.Meta); err == nil {
				t.Errorf("%+v", facts)
			}
		})
	}
}

func fold(events ...domain.Event) (s State) {
	for _, event := range events {
		s = Evolve(s, event)
	}
	return s
}
