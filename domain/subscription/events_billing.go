package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Reason is why something is billed.
type Reason string

const (
	ReasonCreate  Reason = "create"
	ReasonChange  Reason = "change"
	ReasonRenewal Reason = "renewal"
)

// Billed: an invoice with this bill is issued, in the same group of events.
type Billed struct {
	ID           string        `json:"id"`
	Change       string        `json:"change"`
	Invoice      string        `json:"invoice"`
	Reason       Reason        `json:"reason"`
	BilledAt     time.Time     `json:"billed_at"`
	DaysUntilDue int           `json:"days_until_due"`
	Period       period.Period `json:"period"`
	Bill         pricing.Bill  `json:"bill"`
	Refund       *money.Amount `json:"refund"`  // of the credit that comes of the bill, to be paid back
	Collect      bool          `json:"collect"` // money is to come for it, though nothing waits for that
}

// EventType is the stored name.
func (Billed) EventType() string { return "subscription.billed.v1" }

// Update is a change that is priced: what will be, and the bill for it. It happens as it stands or not at all.
type Update struct {
	Change        string        `json:"change"`
	Kind          ChangeKind    `json:"kind"`
	Reason        Reason        `json:"reason"`
	Terms         pricing.Terms `json:"terms"`
	Seats         int64         `json:"seats"`
	EffectiveAt   time.Time     `json:"effective_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"`
	Bill          pricing.Bill  `json:"bill"`
	Quote         string        `json:"quote,omitempty"` // the token of the quote that it keeps to
}

// Period is the time that the bill is for.
func (u Update) Period() period.Period { return span(u.Bill) }

// PendingUpdate waits for money.
type PendingUpdate struct {
	Update
	Invoice      string    `json:"invoice"` // whose payment completes it
	ExpiresAt    time.Time `json:"expires_at"`
	DaysUntilDue int       `json:"days_until_due"`
}

// UpdatePending: an invoice with its bill is opened, in the same group of events.
type UpdatePending struct {
	ID string `json:"id"`
	PendingUpdate
}

// EventType is the stored name.
func (UpdatePending) EventType() string { return "subscription.update_pending.v1" }

// UpdateApplied: the invoice was paid, and what waited for it has happened.
type UpdateApplied struct {
	ID      string `json:"id"`
	Change  string `json:"change"`
	Invoice string `json:"invoice"`
}

// EventType is the stored name.
func (UpdateApplied) EventType() string { return "subscription.update_applied.v1" }

// UpdateExpired: the money did not come in time; the invoice is void.
type UpdateExpired struct {
	ID        string    `json:"id"`
	Change    string    `json:"change"`
	Invoice   string    `json:"invoice"`
	ExpiredAt time.Time `json:"expired_at"`
}

// EventType is the stored name.
func (UpdateExpired) EventType() string { return "subscription.update_expired.v1" }

// UpdateCanceled: it is not wanted any more; the invoice is void.
type UpdateCanceled struct {
	ID      string `json:"id"`
	Change  string `json:"change"`
	Invoice string `json:"invoice"`
}

// EventType is the stored name.
func (UpdateCanceled) EventType() string { return "subscription.update_canceled.v1" }

// LinesCredited: a credit note, a void or a write-off took parts of lines in force back, so that no change credits them
// again. What is negative may be credited again: it was written off and then paid.
type LinesCredited struct {
	ID    string         `json:"id"`
	Lines []CreditedLine `json:"lines"`
}

// EventType is the stored name.
func (LinesCredited) EventType() string { return "subscription.lines_credited.v1" }

// CreditedLine is what was taken back of a line: of its amount less discount, and of its tax.
type CreditedLine struct {
	Key    string       `json:"key"`
	Amount money.Amount `json:"amount"`
	Tax    money.Amount `json:"tax"`
}

// CollectionChanged: invoices are paid in another way from now on.
type CollectionChanged struct {
	ID           string     `json:"id"`
	Collection   Collection `json:"collection"`
	DaysUntilDue int        `json:"days_until_due"`
}

// EventType is the stored name.
func (CollectionChanged) EventType() string { return "subscription.collection_changed.v1" }

// DiscountApplied: from the next period on; until then what there was before stays.
type DiscountApplied struct {
	ID       string           `json:"id"`
	Discount pricing.Discount `json:"discount"`
}

// EventType is the stored name.
func (DiscountApplied) EventType() string { return "subscription.discount_applied.v1" }

// DiscountRemoved: no charge has it from now on.
type DiscountRemoved struct {
	ID     string `json:"id"`
	Coupon string `json:"coupon"`
}

// EventType is the stored name.
func (DiscountRemoved) EventType() string { return "subscription.discount_removed.v1" }

// BecamePastDue: an invoice is overdue, perhaps beside others.
type BecamePastDue struct {
	ID      string    `json:"id"`
	Invoice string    `json:"invoice"`
	Since   time.Time `json:"since"`
}

// EventType is the stored name.
func (BecamePastDue) EventType() string { return "subscription.became_past_due.v1" }

// InvoiceSettled: no money is expected for an invoice any more.
type InvoiceSettled struct {
	ID      string `json:"id"`
	Invoice string `json:"invoice"`
}

// EventType is the stored name.
func (InvoiceSettled) EventType() string { return "subscription.invoice_settled.v1" }

// Recovered: nothing is overdue any more.
type Recovered struct {
	ID          string    `json:"id"`
	RecoveredAt time.Time `json:"recovered_at"`
}

// EventType is the stored name.
func (Recovered) EventType() string { return "subscription.recovered.v1" }

// Restricted: it has been past due for too long.
type Restricted struct {
	ID           string    `json:"id"`
	RestrictedAt time.Time `json:"restricted_at"`
}

// EventType is the stored name.
func (Restricted) EventType() string { return "subscription.restricted.v1" }
