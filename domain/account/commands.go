package account

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Command asks a workspace's account for something. Ids are made at the edge.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Grant adds credit. A client gives Amount and Reason, and the source is manual then; all other sources come with the
// commands that cause them.
type Grant struct {
	ID      string
	Source  Source
	Invoice *string
	Amount  money.Amount
	Reason  string
	// Due tells that it comes of a deadline. Nobody can be refused that then, and no money may be lost, so nothing bounds the
	// balance.
	Due bool
}

// Apply takes credit for an invoice. The credit must cover it: the caller reads the balance, in the same decision.
type Apply struct {
	Invoice string
	Amount  money.Amount
}

// Refund takes credit to be paid back.
type Refund struct {
	ID     string
	Amount money.Amount
	Reason string
}

// RefundOf takes credit to be paid back of one payment.
type RefundOf struct {
	ID      string
	Payment string
	Amount  money.Amount
	Reason  string
}
