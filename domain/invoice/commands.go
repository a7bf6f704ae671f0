package invoice

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Command is an intent about one invoice. What is tagged "-" comes from elsewhere than a request's body: ids are made at
// the edge, numbers are those of domain/numbering, and credit is what the workspace's account covers, applied to it in
// the same group.
type Command interface{ command() }

// Draft writes down what is billed.
type Draft struct {
	ID           string
	Workspace    string
	Subscription *string
	Reason       Reason
	TimeZone     string
	Period       period.Period
	Bill         pricing.Bill
	DaysUntilDue int
}

// Open lets a draft wait for its payment before it has a number.
type Open struct {
	Credit money.Amount // to apply
}

// Finalize issues a draft as of an instant.
type Finalize struct {
	Number   string
	Credit   money.Amount // to apply; nothing of a negative total, which becomes credit
	IssuedAt time.Time
}

// RecordPayment takes money received outside into account.
type RecordPayment struct {
	Amount    money.Amount `json:"amount"`
	Reference string       `json:"reference"`
	PaidAt    *time.Time   `json:"paid_at"` // now when nil
	Number    string       `json:"-"`       // where [State.Completes] says that the payment issues the invoice
}

// Prorate says that a later bill has credit lines for lines of this invoice.
type Prorate struct {
	CreditedOn string         // the invoice with the credit lines
	Lines      []CreditedLine // how much of each line, as positive as the line
}

// Void takes an invoice back that nothing was paid of.
type Void struct {
	Reason string     `json:"reason"`
	At     *time.Time `json:"-"` // when what caused it was due, now when nil
}

// Credit issues a credit note, over an amount with its tax or over lines. What it does not take off the outstanding
// amount becomes credit, or is refunded as far as it was paid.
type Credit struct {
	CreditNote string        `json:"-"`
	Number     string        `json:"-"`
	Amount     *money.Amount `json:"amount"`
	Lines      []CreditLine  `json:"lines"`
	Reason     string        `json:"reason"`
	Refund     bool          `json:"refund"`
}

// CreditLine takes back a line's amount before exclusive tax, all that is left of it when nil.
type CreditLine struct {
	Key    string        `json:"key"`
	Amount *money.Amount `json:"amount"`
}

// WriteOff gives the outstanding amount up. It may still be paid.
type WriteOff struct {
	Reason string `json:"reason"`
}

func (Draft) command()         {}
func (Open) command()          {}
func (Finalize) command()      {}
func (RecordPayment) command() {}
func (Prorate) command()       {}
func (Void) command()          {}
func (Credit) command()        {}
func (WriteOff) command()      {}
