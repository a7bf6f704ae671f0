package paper

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// Status is what the paper must not be mistaken for.
type Status string

const (
	StatusIssued Status = ""
	StatusDraft  Status = "DRAFT" // it has no number, and nothing is owed by it yet
	StatusVoid   Status = "VOID"  // it was taken back
)

// Invoice is what stands on the paper. All amounts are of one currency.
type Invoice struct {
	ID       string
	Number   string // empty before it is issued
	Status   Status
	Seller   string
	Customer Customer
	// Workspace stands for a customer without details.
	Workspace string
	Issued    *time.Time // nil before it is issued, as is Due
	Due       *time.Time
	Period    period.Period
	Zone      *time.Location // that days are counted in

	Lines         []Line
	Subtotal      money.Amount // of the lines, without tax
	Discount      money.Amount // off Subtotal
	Total         money.Amount // with tax
	CreditApplied money.Amount // negative where a negative total became credit
	AmountDue     money.Amount
	Paid          money.Amount
	Reduced       money.Amount // what credit notes took off what is to be paid
	Outstanding   money.Amount
	CreditNotes   []CreditNote
}

// Customer is whom the invoice is for. What is empty is left out; Address may have several lines.
type Customer struct {
	Name, Email, Address, TaxID, Country string
}

// Line is one line of the bill.
type Line struct {
	Description string
	Period      period.Period
	Quantity    int64
	Ratio       *period.Ratio // the share of the full amount, nil for all of it
	Amount      money.Amount  // before the discount and before exclusive tax
	Discount    money.Amount
	Net         money.Amount // what is taxed, without the tax
	Tax         money.Amount
	TaxRate     string // "0.19" is 19 %
	TaxIncluded bool   // in Amount
}

// CreditNote is what took a part of the invoice back.
type CreditNote struct {
	Number  string
	Issued  time.Time
	Reason  string
	Total   money.Amount // Reduced + Credit + Refund
	Reduced money.Amount // off what was to be paid
	Credit  money.Amount // to the customer's credit
	Refund  money.Amount // paid back
}
