package account

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

var spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve}

func usd(minor int64) money.Amount { return amount("USD", minor) }

func amount(currency money.Currency, minor int64) money.Amount {
	a, err := money.FromMinor(currency, minor)
	if err != nil {
		panic(err)
	}
	return a
}

// atMost gives as much credit as a client may let a balance grow to.
func atMost() CreditGranted {
	most, err := money.Parse("USD", "999999999999999999.99")
	if err != nil {
		panic(err)
	}
	return CreditGranted{ID: "g", Source: SourceManual, Amount: most, Reason: "sorry", Balance: most}
}

func granted(minor, balance int64) CreditGranted {
	return CreditGranted{ID: "g", Source: SourceManual, Amount: usd(minor), Reason: "sorry", Balance: usd(balance)}
}

func TestCredit(t *testing.T) {
	t.Parallel()
	given, full := granted(2000, 2000), atMost()
	late := Grant{ID: "g", Source: SourceVoided, Amount: usd(1), Reason: "r", Due: true}
	applied := CreditApplied{Invoice: "i", Amount: usd(2000), Balance: usd(0)}
	grant := Grant{ID: "g", Source: SourceManual, Amount: usd(2000), Reason: "sorry"}
	euros := Grant{ID: "g", Source: SourceInvoice, Invoice: new("i"), Amount: amount("EUR", 5), Reason: "sorry"}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"is granted":        {nil, grant, []domain.Event{given}},
		"is granted on top": {[]domain.Event{given}, grant, []domain.Event{granted(2000, 4000)}},
		"is granted by a deadline": {[]domain.Event{full}, late, []domain.Event{CreditGranted{
			ID: "g", Source: SourceVoided, Amount: usd(1), Reason: "r", Balance: full.Balance.Plus(usd(1))}}},
		"is applied to an invoice":  {[]domain.Event{given}, Apply{Invoice: "i", Amount: usd(2000)}, []domain.Event{applied}},
		"is not applied to nothing": {nil, Apply{Invoice: "i", Amount: usd(0)}, nil},
		"is refunded": {[]domain.Event{given, received("p", 700, 200)}, Refund{ID: "r", Amount: usd(500), Reason: "asked"}, []domain.Event{
			CreditRefunded{ID: "r", Amount: usd(500), Reason: "asked", Balance: usd(1500), Back: []Return{{"p", "of-p", usd(500)}}}}},
		"is kept for each currency": {[]domain.Event{given}, euros, []domain.Event{CreditGranted{
			ID: "g", Source: SourceInvoice, Invoice: new("i"), Amount: amount("EUR", 5), Reason: "sorry", Balance: amount("EUR", 5)}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
}

func TestCreditIsRefused(t *testing.T) {
	t.Parallel()
	given := granted(2000, 2000)
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		code  string
	}{
		"a grant of nothing":       {nil, Grant{ID: "g", Source: SourceManual, Amount: usd(0), Reason: "x"}, "amount_invalid"},
		"a grant of less":          {nil, Grant{ID: "g", Source: SourceManual, Amount: usd(-1), Reason: "x"}, "amount_invalid"},
		"a grant of too much":      {[]domain.Event{atMost()}, Grant{ID: "g", Source: SourceManual, Amount: usd(1), Reason: "x"}, "amount_out_of_range"},
		"a grant in no currency":   {nil, Grant{ID: "g", Source: SourceManual, Reason: "x"}, "amount_invalid"},
		"a refund of less":         {nil, Refund{ID: "g", Amount: usd(-1), Reason: "x"}, "amount_invalid"},
		"a grant without a reason": {nil, Grant{ID: "g", Source: SourceManual, Amount: usd(1)}, "reason_invalid"},
		"a refund of what was taken": {[]domain.Event{given, CreditApplied{Invoice: "i", Amount: usd(2000), Balance: usd(0)}},
			Refund{ID: "r", Amount: usd(1), Reason: "x"}, "credit_too_small"},
		"a refund of what was given": {[]domain.Event{given, received("p", 400, 400)}, Refund{ID: "r", Amount: usd(401), Reason: "x"}, "refund_exceeds_payments"},
		"a refund of what went back before payments had names": {
			[]domain.Event{given, CreditRefunded{ID: "old", Amount: usd(300), Balance: usd(1700)}, received("p", 400, 400)},
			Refund{ID: "r", Amount: usd(101), Reason: "x"}, "refund_exceeds_payments"},
		"a refund before the payments of before are known": {
			[]domain.Event{given, CreditRefunded{ID: "old", Amount: usd(300), Balance: usd(1700)}}, Refund{ID: "r", Amount: usd(1), Reason: "x"}, "refund_exceeds_payments"},
		"a refund of what went back": {[]domain.Event{given, received("p", 400, 400), returned("p", 400, 400)},
			Refund{ID: "r", Amount: usd(1), Reason: "x"}, "refund_exceeds_payments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
}

func TestFaultsAreNoRefusals(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]Command{
		"more applied than there is": Apply{Invoice: "i", Amount: usd(1)},
		"applied to no invoice":      Apply{Amount: usd(1)},
		"a grant without an id":      Grant{},
		"a refund without an id":     Refund{},
		"an invoice without number":  OpenReceivable{Receivable{Invoice: "i", Currency: "USD", IssuedAt: issued}},
		"no money":                   ReceiveMoney{Payment: "p", Invoice: "i", Amount: usd(0), Applied: usd(0)},
		"money back that never came": ReturnMoney{Refund: "r", Payment: "p", Amount: usd(1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Decide(State{}, command, domain.Meta{}); err == nil || errors.As(err, new(*domain.Rejection)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	state := Evolve(State{}, granted(500, 500))
	for due, want := range map[int64]int64{-100: 0, 0: 0, 400: 400, 500: 500, 600: 500} {
		t.Run(fmt.Sprint(due), func(t *testing.T) {
			t.Parallel()
			if got, err := state.Covers(usd(due)); err != nil || !got.Equal(usd(want)) {
				t.Errorf("%v, %v, want %d", got, err, want)
			}
		})
	}
	t.Run("no currency", func(t *testing.T) {
		t.Parallel()
		if _, err := state.Covers(money.Amount{}); err == nil {
			t.Error("nothing of no currency is covered")
		}
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	if Stream("acme") != "account:acme" || Type.Name != Stream("acme").Type() || (State{}).Size() <= 0 {
		t.Errorf("stream %s of type %s", Stream("acme"), Type.Name)
	}
}

// Whatever is asked for, in any order, no balance is ever negative, and each is the sum of what happened to it.
func TestBalanceProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var state State
		sums := map[money.Currency]money.Amount{"USD": amount("USD", 0), "JPY": amount("JPY", 0)}
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			change := amount(rapid.SampledFrom([]money.Currency{"USD", "JPY"}).Draw(t, "currency"), rapid.Int64Range(-500, 500).Draw(t, "amount"))
			var command Command = Grant{ID: "g", Source: SourceManual, Amount: change, Reason: "x"}
			if change.Sign() < 0 {
				command = Refund{ID: "r", Amount: change.Neg(), Reason: "x"}
			}
			events, err := Decide(state, command, domain.Meta{})
			if err != nil {
				continue
			}
			state = Evolve(state, events[0])
			sums[change.Currency()], _ = sums[change.Currency()].Add(change)
		}
		for currency, sum := range sums {
			if credit, err := state.Credit(currency); err != nil || credit.Sign() < 0 || !credit.Equal(sum) {
				t.Fatalf("credit %v, want %v, %v", credit, sum, err)
			}
		}
	})
}
