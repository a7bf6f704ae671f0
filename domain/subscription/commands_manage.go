package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain/pricing"
)

// ChangeCollection changes how invoices are paid.
type ChangeCollection struct {
	Collection    Collection `json:"collection"`
	PaymentMethod *string    `json:"payment_method"`
	DaysUntilDue  *int       `json:"days_until_due"`
}

// ApplyDiscount takes something off the periods to come, instead of what another coupon does.
type ApplyDiscount struct {
	Coupon   string            `json:"coupon"`
	Discount *pricing.Discount `json:"-"` // nil when there is no such coupon
}

// RemoveDiscount ends the discount.
type RemoveDiscount struct{}

// CreditLines says that a credit note, a void or a write-off took parts of an invoice's lines back.
type CreditLines struct {
	Lines []CreditedLine
}

// RestoreLines says that money came after all for parts of an invoice's lines that were written off.
type RestoreLines struct {
	Lines []CreditedLine
}

// DropUpdate says that the invoice which an update waits for is void: the update won't happen, and a subscription that
// waits for its first payment ends.
type DropUpdate struct {
	Invoice string
}

// Settle says that an invoice does not expect money any more, in whatever way.
type Settle struct {
	Invoice string
}

// Restrict says that it has been past due for too long.
type Restrict struct{}

// StartTrial begins a trial. Price is required.
type StartTrial struct {
	ID         string        `json:"-"`
	Price      string        `json:"price"`
	Terms      pricing.Terms `json:"-"`
	Seats      *int64        `json:"seats"` // as many as are in use when nil
	SeatsInUse int64         `json:"-"`
	TimeZone   *string       `json:"time_zone"`
	AtEnd      *AtEnd        `json:"at_end"` // free when nil
}

// ConvertAnchor is when a converted trial's first paid period begins.
type ConvertAnchor string

const (
	ConvertNow      ConvertAnchor = "now"
	ConvertTrialEnd ConvertAnchor = "trial_end"
)

// ConvertTrial makes a trial paid before its end.
type ConvertTrial struct {
	Billing
	Price         *string        `json:"price"`
	Terms         *pricing.Terms `json:"-"`
	Seats         *int64         `json:"seats"`
	SeatsInUse    int64          `json:"-"`
	Collection    *Collection    `json:"collection"`
	PaymentMethod *string        `json:"payment_method"`
	Anchor        *ConvertAnchor `json:"anchor"` // now when nil
}

// CancelTrial ends a trial at once.
type CancelTrial struct{}

// ExtendTrial lets a trial end later.
type ExtendTrial struct {
	End    time.Time `json:"end"`
	Reason string    `json:"reason"`
}

func (ChangeCollection) command() {}
func (ApplyDiscount) command()    {}
func (RemoveDiscount) command()   {}
func (CreditLines) command()      {}
func (RestoreLines) command()     {}
func (DropUpdate) command()       {}
func (Settle) command()           {}
func (Restrict) command()         {}
func (StartTrial) command()       {}
func (ConvertTrial) command()     {}
func (CancelTrial) command()      {}
func (ExtendTrial) command()      {}
