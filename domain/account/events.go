package account

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType[domain.Event]("account", Evolve,
	CreditGranted{},
	CreditApplied{},
	CreditRefunded{},
)

// Source is where credit comes from. It decides how it is booked.
type Source string

const (
	SourceManual      Source = "manual"      // given by hand
	SourceInvoice     Source = "invoice"     // the total of an invoice is negative
	SourceOverpayment Source = "overpayment" // more was paid than due, or after it was void
	SourceCreditNote  Source = "credit_note" // a credit note on something paid
	SourceVoided      Source = "voided"      // credit that was applied to an invoice that is void now
)

// CreditGranted: the balance is more.
type CreditGranted struct {
	ID      string       `json:"id"`
	Source  Source       `json:"source"`
	Invoice *string      `json:"invoice"` // null when given by hand
	Amount  money.Amount `json:"amount"`
	Reason  string       `json:"reason"`
	Balance money.Amount `json:"balance"` // afterwards
}

// EventType is the stored name.
func (CreditGranted) EventType() string { return "account.credit_granted.v1" }

// CreditApplied: the balance paid for an invoice, or for a part of it.
type CreditApplied struct {
	Invoice string       `json:"invoice"`
	Amount  money.Amount `json:"amount"`
	Balance money.Amount `json:"balance"` // afterwards
}

// EventType is the stored name.
func (CreditApplied) EventType() string { return "account.credit_applied.v1" }

// CreditRefunded: a part of the balance is to be paid back.
type CreditRefunded struct {
	ID      string       `json:"id"`
	Amount  money.Amount `json:"amount"`
	Reason  string       `json:"reason"`
	Balance money.Amount `json:"balance"` // afterwards
}

// EventType is the stored name.
func (CreditRefunded) EventType() string { return "account.credit_refunded.v1" }
