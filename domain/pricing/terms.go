package pricing

import (
	"reflect"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// Scheme tells how a number of seats becomes an amount.
type Scheme string

const (
	SchemePerUnit   Scheme = "per_unit"  // every seat costs UnitAmount
	SchemeGraduated Scheme = "graduated" // each seat costs what the tier says that it falls into
	SchemeVolume    Scheme = "volume"    // all seats cost what the tier says that their number falls into
)

// Schemes lists all of them.
var Schemes = []Scheme{SchemePerUnit, SchemeGraduated, SchemeVolume}

// TaxBehavior tells whether amounts have the tax in them.
type TaxBehavior string

const (
	TaxBehaviorExclusive TaxBehavior = "exclusive"
	TaxBehaviorInclusive TaxBehavior = "inclusive"
)

// TaxBehaviors lists all of them.
var TaxBehaviors = []TaxBehavior{TaxBehaviorExclusive, TaxBehaviorInclusive}

// Terms hold a price. They are stored by value in events of the catalog and of subscriptions and never
// change; holders must not write to Tiers. Amounts are decimal strings with exactly the currency's digits.
type Terms struct {
	Price         string           `json:"price"`
	Product       string           `json:"product"`
	Family        string           `json:"family"`
	Tier          int              `json:"tier"` // of the product; higher is an upgrade
	Currency      money.Currency   `json:"currency"`
	Interval      period.Interval  `json:"interval"`
	IntervalCount int              `json:"interval_count"`
	Scheme        Scheme           `json:"scheme"`
	UnitAmount    string           `json:"unit_amount,omitempty"` // a seat and period, with SchemePerUnit only
	Tiers         []Bracket        `json:"tiers,omitempty"`       // with the other schemes only
	TrialDays     int              `json:"trial_days"`            // 0: no trial
	MinSeats      int64            `json:"min_seats"`
	MaxSeats      *int64           `json:"max_seats"` // nil: no limit
	TaxRate       string           `json:"tax_rate"`  // a fraction: "0.19" is 19 %
	TaxBehavior   TaxBehavior      `json:"tax_behavior"`
	Proration     period.Proration `json:"proration"`
	GuestsPerSeat int64            `json:"guests_per_seat"` // guests that each purchased seat admits
}

// Bracket describes one tier of a graduated or volume price, from above the one before up to and including UpTo.
type Bracket struct {
	UpTo       *int64 `json:"up_to"` // nil: no end
	UnitAmount string `json:"unit_amount"`
	FlatAmount string `json:"flat_amount"`
}

// Cycle tells how often the price is due.
func (t Terms) Cycle() period.Cycle {
	return period.Cycle{Interval: t.Interval, Count: t.IntervalCount}
}

// Equal reports whether the terms are the same in every field.
func (t Terms) Equal(u Terms) bool { return reflect.DeepEqual(t, u) }

// SeatsMax bounds the seats of any plan, so that no sum of them is beyond what every JSON reader has exactly.
const SeatsMax = 1_000_000

// AllowsSeats reports whether so many seats may be bought: MinSeats to MaxSeats or [SeatsMax], all included.
func (t Terms) AllowsSeats(seats int64) bool {
	return seats >= 1 && seats >= t.MinSeats && seats <= SeatsMax && (t.MaxSeats == nil || seats <= *t.MaxSeats)
}
