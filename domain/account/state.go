package account

import (
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Stream names a workspace's account.
func Stream(workspace string) domain.Stream { return domain.NewStream("account", workspace) }

// State holds what a workspace and the seller owe each other. Its slices are never written to.
type State struct {
	Balances    []money.Amount `json:"balances"`    // one for each currency that there ever was credit in
	Receivables []Receivable   `json:"receivables"` // in the order in which credit pays them
	Payments    []Payment      `json:"payments"`    // in the order in which they came
	// Gone adds up the credit of each currency that was paid back before refunds named their payments.
	Gone []money.Amount `json:"gone,omitempty"`
	// Spent lists what credit paid, in the order in which it did.
	Spent []Spending `json:"spent,omitempty"`
}

// Credit gives the balance in a currency, which must be a valid one.
func (s State) Credit(currency money.Currency) (money.Amount, error) {
	for _, balance := range s.Balances {
		if balance.Currency() == currency {
			return balance, nil
		}
	}
	return money.FromMinor(currency, 0)
}

// Covers tells how much of an amount the balance pays for: nothing of a negative one.
func (s State) Covers(amount money.Amount) (money.Amount, error) {
	credit, err := s.Credit(amount.Currency())
	if err != nil || amount.Sign() <= 0 {
		return amount.Mul(0), err
	}
	if more, err := credit.Cmp(amount); err != nil || more >= 0 {
		return amount, err
	}
	return credit, nil
}

// Size estimates the bytes of the state.
func (s State) Size() int {
	return 100 + 100*(len(s.Balances)+len(s.Gone)) + 250*len(s.Receivables) + 300*len(s.Payments) + 150*len(s.Spent)
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

func (s State) withBalance(balance money.Amount) State {
	s.Balances = withAmount(s.Balances, balance)
	return s
}

// withAmount gives the amounts with this one in place of that of its currency.
func withAmount(amounts []money.Amount, amount money.Amount) []money.Amount {
	amounts = slices.Clone(amounts)
	at := slices.IndexFunc(amounts, func(a money.Amount) bool { return a.Currency() == amount.Currency() })
	if at < 0 {
		return append(amounts, amount)
	}
	amounts[at] = amount
	return amounts
}

// amountIn finds the amount of a currency.
func amountIn(amounts []money.Amount, currency money.Currency) money.Amount {
	for _, amount := range amounts {
		if amount.Currency() == currency {
			return amount
		}
	}
	return money.Zero(currency)
}
