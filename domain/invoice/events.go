package invoice

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType[domain.Event]("invoice", Evolve,
	Drafted{},
	Opened{},
	Finalized{},
	PaymentRecorded{},
	Voided{},
	Credited{},
	WrittenOff{},
	LinesProrated{},
)

// Reason is why there is an invoice.
type Reason string

const (
	ReasonCreate  Reason = "create"  // a subscription begins
	ReasonChange  Reason = "change"  // it changes within a period
	ReasonRenewal Reason = "renewal" // its next period begins
	ReasonManual  Reason = "manual"
)

// PaymentStatus is how far the money is.
type PaymentStatus string

const (
	PaymentNotRequired   PaymentStatus = "not_required"
	PaymentPending       PaymentStatus = "pending"
	PaymentSucceeded     PaymentStatus = "succeeded"
	PaymentUncollectible PaymentStatus = "uncollectible"
)

// Drafted carries all that is billed.
type Drafted struct {
	ID           string        `json:"id"`
	Workspace    string        `json:"workspace"`
	Subscription *string       `json:"subscription"`
	Reason       Reason        `json:"reason"`
	TimeZone     string        `json:"time_zone"` // that the days of its lines are counted in
	Period       period.Period `json:"period"`
	Bill         pricing.Bill  `json:"bill"`
	DaysUntilDue int           `json:"days_until_due"`
}

// EventType is the stored name.
func (Drafted) EventType() string { return "invoice.drafted.v1" }

// Opened: what it bills waits for its payment.
type Opened struct {
	ID            string       `json:"id"`
	OpenedAt      time.Time    `json:"opened_at"`
	CreditApplied money.Amount `json:"credit_applied"`
	AmountDue     money.Amount `json:"amount_due"`
}

// EventType is the stored name.
func (Opened) EventType() string { return "invoice.opened.v1" }

// Finalized: it is issued and does not change any more.
type Finalized struct {
	ID            string        `json:"id"`
	Number        string        `json:"number"`
	IssuedAt      time.Time     `json:"issued_at"`
	DueAt         time.Time     `json:"due_at"`
	CreditApplied money.Amount  `json:"credit_applied"` // negative: a negative total became credit
	AmountDue     money.Amount  `json:"amount_due"`
	PaymentStatus PaymentStatus `json:"payment_status"`
}

// EventType is the stored name.
func (Finalized) EventType() string { return "invoice.finalized.v1" }

// PaymentRecorded: money came. What is more than was due, or came after an open invoice was void, is the workspace's
// credit.
type PaymentRecorded struct {
	ID            string        `json:"id"`
	Amount        money.Amount  `json:"amount"`
	Applied       money.Amount  `json:"applied"` // to this invoice
	Credit        money.Amount  `json:"credit"`  // the rest
	Reference     string        `json:"reference"`
	PaidAt        time.Time     `json:"paid_at"`
	AmountPaid    money.Amount  `json:"amount_paid"` // all payments applied
	PaymentStatus PaymentStatus `json:"payment_status"`
	Late          bool          `json:"late"` // after the invoice was void
	// Recovered is what of each line had been written off and is paid after all.
	Recovered []CreditedLine `json:"recovered,omitempty"`
}

// EventType is the stored name.
func (PaymentRecorded) EventType() string { return "invoice.payment_recorded.v1" }

// Voided: it was not to be. What had been applied to it, credit and payments, is the workspace's credit again.
type Voided struct {
	ID             string       `json:"id"`
	Reason         string       `json:"reason"`
	VoidedAt       time.Time    `json:"voided_at"`
	CreditReturned money.Amount `json:"credit_returned"` // credit that had been applied
	PaidReturned   money.Amount `json:"paid_returned"`   // partial payments of an open invoice
}

// EventType is the stored name.
func (Voided) EventType() string { return "invoice.voided.v1" }

// Credited: a credit note takes back a part of the invoice.
type Credited struct {
	ID            string         `json:"id"`
	CreditNote    string         `json:"credit_note"`
	Number        string         `json:"number"`
	IssuedAt      time.Time      `json:"issued_at"`
	Reason        string         `json:"reason"`
	Lines         []CreditedLine `json:"lines"`
	Tax           money.Amount   `json:"tax"`
	Total         money.Amount   `json:"total"`   // = Reduced + Credit + Refund
	Reduced       money.Amount   `json:"reduced"` // off what is outstanding
	Credit        money.Amount   `json:"credit"`  // the workspace's from now on
	Refund        money.Amount   `json:"refund"`  // to be paid back
	PaymentStatus PaymentStatus  `json:"payment_status"`
}

// EventType is the stored name.
func (Credited) EventType() string { return "invoice.credited.v1" }

// CreditedLine is what is taken back of a line.
type CreditedLine struct {
	Key    string       `json:"key"`
	Amount money.Amount `json:"amount"` // before exclusive tax; inclusive tax is in it
	Tax    money.Amount `json:"tax"`
}

// WrittenOff: the rest is not expected any more.
type WrittenOff struct {
	ID           string         `json:"id"`
	Amount       money.Amount   `json:"amount"`
	Lines        []CreditedLine `json:"lines"` // what of each line the amount is, since tax and revenue are booked apart
	Reason       string         `json:"reason"`
	WrittenOffAt time.Time      `json:"written_off_at"`
}

// EventType is the stored name.
func (WrittenOff) EventType() string { return "invoice.written_off.v1" }

// LinesProrated: a later invoice credits what is not used any more of these lines, so that no credit note takes it back
// again. The credit is that invoice's: nothing here is owed less for it.
type LinesProrated struct {
	ID         string         `json:"id"`
	CreditedOn string         `json:"credited_on"` // the invoice with the credit lines
	Lines      []CreditedLine `json:"lines"`
}

// EventType is the stored name.
func (LinesProrated) EventType() string { return "invoice.lines_prorated.v1" }
