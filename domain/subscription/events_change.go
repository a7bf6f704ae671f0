package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

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

// Downgraded: other terms from a period's beginning on, or at once in a trial.
type Downgraded struct {
	ID          string        `json:"id"`
	Change      string        `json:"change"`
	From        string        `json:"from"` // the price before
	Terms       pricing.Terms `json:"terms"`
	EffectiveAt time.Time     `json:"effective_at"`
}

// EventType is the stored name.
func (Downgraded) EventType() string { return "subscription.downgraded.v1" }

// SeatsChanged: another number of seats is bought.
type SeatsChanged struct {
	ID          string    `json:"id"`
	From        int64     `json:"from"`
	To          int64     `json:"to"`
	EffectiveAt time.Time `json:"effective_at"`
}

// EventType is the stored name.
func (SeatsChanged) EventType() string { return "subscription.seats_changed.v1" }

// ChangeKind is what a change is of.
type ChangeKind string

const (
	ChangeDowngrade ChangeKind = "downgrade" // scheduled
	ChangeUpgrade   ChangeKind = "upgrade"
	ChangeOfSeats   ChangeKind = "seats" // scheduled when fewer
	ChangeCreate    ChangeKind = "create"
	ChangeResume    ChangeKind = "resume"
	ChangeConvert   ChangeKind = "convert" // a trial to a paid subscription
)

// PendingChange waits for the period's end.
type PendingChange struct {
	Change      string        `json:"change"`
	Kind        ChangeKind    `json:"kind"`
	Terms       pricing.Terms `json:"terms"`
	Seats       int64         `json:"seats"`
	EffectiveAt time.Time     `json:"effective_at"`
}

// ChangeScheduled: it happens at the period's end.
type ChangeScheduled struct {
	ID string `json:"id"`
	PendingChange
}

// EventType is the stored name.
func (ChangeScheduled) EventType() string { return "subscription.change_scheduled.v1" }

// Why a scheduled change will not happen.
const (
	UnscheduledCanceled   = "canceled"
	UnscheduledReplaced   = "replaced"   // by another one
	UnscheduledSuperseded = "superseded" // by a change at once
	UnscheduledPaused     = "paused"
	UnscheduledEnding     = "ending" // the subscription will end
)

// ChangeUnscheduled: it does not happen.
type ChangeUnscheduled struct {
	ID     string `json:"id"`
	Change string `json:"change"`
	Reason string `json:"reason"`
}

// EventType is the stored name.
func (ChangeUnscheduled) EventType() string { return "subscription.change_unscheduled.v1" }

// CancellationScheduled: it ends at CancelAt.
type CancellationScheduled struct {
	ID         string     `json:"id"`
	CancelAt   time.Time  `json:"cancel_at"`
	Settlement Settlement `json:"settlement"`
}

// EventType is the stored name.
func (CancellationScheduled) EventType() string { return "subscription.cancellation_scheduled.v1" }

// CancellationRevoked: it goes on.
type CancellationRevoked struct {
	ID string `json:"id"`
}

// EventType is the stored name.
func (CancellationRevoked) EventType() string { return "subscription.cancellation_revoked.v1" }

// Settlement is what becomes of what was charged and will not be used.
type Settlement string

const (
	SettlementNone   Settlement = "none"
	SettlementCredit Settlement = "credit" // it becomes the workspace's credit
	SettlementRefund Settlement = "refund" // it is paid back as far as it was paid, and the rest becomes credit
)

// Why a subscription was canceled.
const (
	CanceledRequested = "requested"
	CanceledUnpaid    = "unpaid"
	CanceledTrial     = "trial" // ended, by its policy or by request
)

// Canceled is the end.
type Canceled struct {
	ID         string     `json:"id"`
	CanceledAt time.Time  `json:"canceled_at"`
	Reason     string     `json:"reason"`
	Settlement Settlement `json:"settlement"`
}

// EventType is the stored name.
func (Canceled) EventType() string { return "subscription.canceled.v1" }
