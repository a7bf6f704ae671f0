package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// AtEnd is what becomes of a trial that ends without a way to pay.
type AtEnd string

const (
	AtEndFree   AtEnd = "free" // the free plan
	AtEndCancel AtEnd = "cancel"
	AtEndPause  AtEnd = "pause"
)

// Trial is the time before the first bill.
type Trial struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	AtEnd   AtEnd     `json:"at_end"`
	Convert bool      `json:"convert"` // it becomes paid at its end, whatever AtEnd says
}

// TrialExtended: the trial ends later, by an operator, or because another plan grants more days. The periods that follow
// begin with the new end.
type TrialExtended struct {
	ID     string        `json:"id"`
	From   time.Time     `json:"from"`
	To     time.Time     `json:"to"`
	Anchor period.Anchor `json:"anchor"`
}

// EventType is the stored name.
func (TrialExtended) EventType() string { return "subscription.trial_extended.v1" }

// ConversionScheduled: the trial becomes paid at its end.
type ConversionScheduled struct {
	ID string `json:"id"`
}

// EventType is the stored name.
func (ConversionScheduled) EventType() string { return "subscription.conversion_scheduled.v1" }

// TrialConverted: the first paid period began.
type TrialConverted struct {
	ID            string        `json:"id"`
	Change        string        `json:"change"`
	Terms         pricing.Terms `json:"terms"`
	Seats         int64         `json:"seats"`
	ConvertedAt   time.Time     `json:"converted_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
}

// EventType is the stored name.
func (TrialConverted) EventType() string { return "subscription.trial_converted.v1" }
