package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType[domain.Event]("subscription", Evolve,
	Created{}, Activated{}, Expired{},
	Upgraded{}, Downgraded{}, SeatsChanged{},
	ChangeScheduled{}, ChangeUnscheduled{},
	UpdatePending{}, UpdateApplied{},
	UpdateExpired{}, UpdateCanceled{},
	Billed{}, LinesCredited{}, Renewed{},
	CancellationScheduled{}, CancellationRevoked{},
	Canceled{}, Paused{}, Resumed{},
	BecamePastDue{}, InvoiceSettled{},
	Recovered{}, Restricted{},
	CollectionChanged{},
	DiscountApplied{}, DiscountRemoved{},
	TrialExtended{}, ConversionScheduled{}, TrialConverted{},
)

// Status is where a subscription is in its life.
type Status string

const (
	StatusIncomplete        Status = "incomplete" // waits for its first payment
	StatusTrialing          Status = "trialing"
	StatusActive            Status = "active"
	StatusPastDue           Status = "past_due"           // an invoice is overdue
	StatusRestricted        Status = "restricted"         // and has been for long
	StatusPaused            Status = "paused"             // neither service nor bills
	StatusCanceled          Status = "canceled"           // terminal
	StatusExpired           Status = "expired"            // terminal: a trial ended without becoming paid
	StatusIncompleteExpired Status = "incomplete_expired" // terminal: the first payment never came
)

// Collection is how an invoice is paid.
type Collection string

const (
	CollectionAutomatic   Collection = "automatic"    // charged to a payment method
	CollectionSendInvoice Collection = "send_invoice" // sent, and never waited for
)

// Created carries all of a new subscription.
type Created struct {
	ID            string            `json:"id"`
	Previous      *string           `json:"previous"` // the workspace's subscription before, null for the first
	Status        Status            `json:"status"`
	Terms         pricing.Terms     `json:"terms"`
	Seats         int64             `json:"seats"`
	Collection    Collection        `json:"collection"`
	DaysUntilDue  int               `json:"days_until_due"`
	TimeZone      string            `json:"time_zone"`
	Anchor        period.Anchor     `json:"anchor"`
	CurrentPeriod period.Period     `json:"current_period"`
	Stub          bool              `json:"stub"` // the period is cut: it ends at an anchor that lay in the future
	Trial         *Trial            `json:"trial,omitempty"`
	Discount      *pricing.Discount `json:"discount,omitempty"`
}

// EventType is the stored name.
func (Created) EventType() string { return "subscription.created.v1" }

// Activated: the first payment came.
type Activated struct {
	ID          string    `json:"id"`
	ActivatedAt time.Time `json:"activated_at"`
}

// EventType is the stored name.
func (Activated) EventType() string { return "subscription.activated.v1" }

// Expired: it ended without ever having been paid for. Status is how.
type Expired struct {
	ID        string    `json:"id"`
	Status    Status    `json:"status"`
	ExpiredAt time.Time `json:"expired_at"`
}

// EventType is the stored name.
func (Expired) EventType() string { return "subscription.expired.v1" }

// Renewed: the next period began. What was scheduled for its beginning has happened before.
type Renewed struct {
	ID            string        `json:"id"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
}

// EventType is the stored name.
func (Renewed) EventType() string { return "subscription.renewed.v1" }

// Paused: neither service nor bills from now on.
type Paused struct {
	ID       string    `json:"id"`
	PausedAt time.Time `json:"paused_at"`
}

// EventType is the stored name.
func (Paused) EventType() string { return "subscription.paused.v1" }

// Resumed: service and bills again, in this period.
type Resumed struct {
	ID            string        `json:"id"`
	Change        string        `json:"change"`
	ResumedAt     time.Time     `json:"resumed_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"`
}

// EventType is the stored name.
func (Resumed) EventType() string { return "subscription.resumed.v1" }
