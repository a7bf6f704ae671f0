package account

import "github.com/tallystick/tallystick/domain/money"

// Command is an intent about a workspace's account. Ids are made at the edge.
type Command interface{ command() }

// Grant adds credit. A client gives Amount and Reason, and the source is manual then; all other sources come with the
// commands that cause them.
type Grant struct {
	ID      string       `json:"-"`
	Source  Source       `json:"-"`
	Invoice *string      `json:"-"`
	Amount  money.Amount `json:"amount"`
	Reason  string       `json:"reason"`
}

// Apply takes credit for an invoice. It must be covered: the caller reads the balance, in the same decision.
type Apply struct {
	Invoice string
	Amount  money.Amount
}

// Refund takes credit to be paid back.
type Refund struct {
	ID     string       `json:"-"`
	Amount money.Amount `json:"amount"`
	Reason string       `json:"reason"`
}

func (Grant) command()  {}
func (Apply) command()  {}
func (Refund) command() {}
