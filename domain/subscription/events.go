package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType("subscription", Evolve,
	domain.EventType{Zero: Created{}},
	domain.EventType{Zero: Upgraded{}},
	domain.EventType{Zero: SeatsChanged{}},
)

// Status is where a subscription is in its life.
type Status string

// StatusActive has been bought and not ended.
const StatusActive Status = "active"

// Collection is how an invoice is paid.
type Collection string

const (
	CollectionAutomatic   Collection = "automatic"    // charged to a payment method
	CollectionSendInvoice Collection = "send_invoice" // sent, and never waited for
)

// Created carries all of a new subscription.
type Created struct {
	ID            string        `json:"id"`
	Previous      *string       `json:"previous"` // the workspace's subscription before, null for the first
	Status        Status        `json:"status"`
	Terms         pricing.Terms `json:"terms"`
	Seats         int64         `json:"seats"`
	Collection    Collection    `json:"collection"`
	DaysUntilDue  int           `json:"days_until_due"`
	TimeZone      string        `json:"time_zone"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"` // the period is cut: it ends at an anchor that lay in the future
}

// EventType is the stored name.
func (Created) EventType() string { return "subscription.created.v1" }

// Upgraded carries the new terms, and anchor and period as they are from now on: new ones if the interval changed, else
// those before.
type Upgraded struct {
	ID            string        `json:"id"`
	From          string        `json:"from"` // the price before
	Terms         pricing.Terms `json:"terms"`
	EffectiveAt   time.Time     `json:"effective_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"`
}

// EventType is the stored name.
func (Upgraded) EventType() string { return "subscription.upgraded.v1" }

// SeatsChanged: another number of seats is bought.
type SeatsChanged struct {
	ID          string    `json:"id"`
	From        int64     `json:"from"`
	To          int64     `json:"to"`
	EffectiveAt time.Time `json:"effective_at"`
}

// EventType is the stored name.
func (SeatsChanged) EventType() string { return "subscription.seats_changed.v1" }
