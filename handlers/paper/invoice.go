package paper

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// Status says whether the paper is the invoice, or a draft or void and marked as such.
type Status string

const (
	StatusIssued Status = ""
	StatusDraft  Status = "DRAFT" // has no number; nobody owes anything by it yet
	StatusVoid   Status = "VOID"  // was taken back
)

// Invoice holds all that the paper says. All amounts have one currency.
type Invoice struct {
	ID       string
	Number   string // empty before it is issued
	Status   Status
	Seller   string
	Customer Customer
	// Workspace stands in place of a customer without details.
	Workspace string
	Issued    *time.Time // nil before it is issued, as is Due
	Due       *time.Time
	Period    period.Period
	Zone      *time.Location // the time zone of all dates

	Lines         []Line
	Subtotal      money.Amount // of the lines, without tax
	Discount      money.Amount // off Subtotal
	Total         money.Amount // with tax
	CreditApplied money.Amount // negative where a negative total became credit
	AmountDue     money.Amount
	Paid          money.Amount
	Reduced       money.Amount // the part of AmountDue that credit notes took off
	Outstanding   money.Amount
	CreditNotes   []CreditNote
}

// Customer names the invoice's recipient. The paper leaves out empty fields; Address may have several lines.
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
	Net         money.Amount // the base of the tax, without the tax
	Tax         money.Amount
	TaxRate     string // "0.19" is 19 %
	TaxIncluded bool   // in Amount
}

// CreditNote took a part of the invoice back.
type CreditNote struct {
	Number  string
	Issued  time.Time
	Reason  string
	Total   money.Amount // Reduced + Credit + Refund
	Reduced money.Amount // taken off AmountDue
	Credit  money.Amount // added to the customer's credit
	Refund  money.Amount // to be paid back
}
