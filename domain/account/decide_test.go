package account

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

var spec = domain.Spec[State, Command, domain.Event]{Decide: Decide, Evolve: Evolve}

func usd(minor int64) money.Amount { return amount("USD", minor) }

func amount(currency money.Currency, minor int64) money.Amount {
	a, err := money.FromMinor(currency, minor)
	if err != nil {
		panic(err)
	}
	return a
}

func granted(minor, balance int64) CreditGranted {
	return CreditGranted{ID: "g", Source: SourceManual, Amount: usd(minor), Reason: "sorry", Balance: usd(balance)}
}

// 28: credit of 20, then a bill of 100 takes it; what is credited later comes on top.
func TestCredit(t *testing.T) {
	t.Parallel()
	grant := Grant{ID: "g", Source: SourceManual, Amount: usd(2000), Reason: "sorry"}
	spec.Given().When(grant).Then(t, granted(2000, 2000))
	spec.Given(granted(2000, 2000)).When(grant).Then(t, granted(2000, 4000))
	applied := CreditApplied{Invoice: "i", Amount: usd(2000), Balance: usd(0)}
	spec.Given(granted(2000, 2000)).When(Apply{Invoice: "i", Amount: usd(2000)}).Then(t, applied)
	spec.Given().When(Apply{Invoice: "i", Amount: usd(0)}).Then(t)
	spec.Given(granted(2000, 2000)).When(Refund{ID: "r", Amount: usd(500), Reason: "asked"}).
		Then(t, CreditRefunded{ID: "r", Amount: usd(500), Reason: "asked", Balance: usd(1500)})
	spec.Given(granted(2000, 2000), applied).When(Refund{ID: "r", Amount: usd(1), Reason: "x"}).ThenRejected(t, "credit_too_small")

	// Another currency is another balance.
	euros := Grant{ID: "g", Source: SourceInvoice, Invoice: new("i"), Amount: amount("EUR", 5), Reason: "sorry"}
	spec.Given(granted(2000, 2000)).When(euros).Then(t, CreditGranted{
		ID: "g", Source: SourceInvoice, Invoice: new("i"), Amount: amount("EUR", 5), Reason: "sorry", Balance: amount("EUR", 5)})

	for _, command := range []Command{
		Grant{ID: "g", Source: SourceManual, Amount: usd(0), Reason: "x"},
		Grant{ID: "g", Source: SourceManual, Amount: usd(-1), Reason: "x"},
		Grant{ID: "g", Source: SourceManual, Reason: "x"},
		Refund{ID: "g", Amount: usd(-1), Reason: "x"},
	} {
		spec.Given().When(command).ThenRejected(t, "amount_invalid")
	}
	spec.Given().When(Grant{ID: "g", Source: SourceManual, Amount: usd(1)}).ThenRejected(t, "reason_invalid")
	for _, command := range []Command{
		Apply{Invoice: "i", Amount: usd(1)}, Apply{Amount: usd(1)}, Grant{}, Refund{}, nil,
	} {
		_, err := Decide(State{}, command, domain.Meta{})
		if _, refused := err.(*domain.Rejection); err == nil || refused {
			t.Errorf("%+v: %v", command, err)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	state := Evolve(State{}, granted(500, 500))
	for due, want := range map[int64]int64{-100: 0, 0: 0, 400: 400, 500: 500, 600: 500} {
		if got, err := state.Covers(usd(due)); err != nil || !got.Equal(usd(want)) {
			t.Errorf("of %d: %v, %v, want %d", due, got, err, want)
		}
	}
	if _, err := state.Covers(money.Amount{}); err == nil {
		t.Error("nothing of no currency is covered")
	}
	if Stream("acme") != "account:acme" || Type.Name != Stream("acme").Type() || state.Size() <= 0 {
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
