package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Discount holds a coupon and how far its discount is.
type Discount struct {
	pricing.Deduction
	Begun bool `json:"begun"` // charges of the current period have it
	// PeriodsLeft counts the periods that it will apply to after the current one. It is null where a time ends it, or nothing.
	PeriodsLeft *int `json:"periods_left"`
	// Before holds the discount before it, which charges of the current period have until this one begins.
	Before *Discount `json:"before,omitempty"`
}

// ApplyDiscount takes something off the periods to come, instead of what another coupon does.
type ApplyDiscount struct {
	Coupon   string
	Discount *pricing.Discount // nil when there is no such coupon
}

// DiscountApplied takes something off from the next period on; until then the discount before stays.
type DiscountApplied struct {
	ID       string           `json:"id"`
	Discount pricing.Discount `json:"discount"`
}

// EventType gives the stored name.
func (DiscountApplied) EventType() string { return "subscription.discount_applied.v1" }

func (e DiscountApplied) evolve(s State) State {
	s.Discount = newDiscount(&e.Discount, s.Discount.current())
	return s
}

func (ApplyDiscount) action() string { return ActionApplyDiscount }

// decide refuses with coupon_not_found or currency_mismatch.
func (c ApplyDiscount) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	checkDiscount(&check, c.Discount, s.Terms)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	return []Fact{DiscountApplied{ID: s.ID, Discount: *c.Discount}}, nil
}

// checkDiscount checks coupon_not_found and currency_mismatch.
func checkDiscount(check *domain.Check, discount *pricing.Discount, terms pricing.Terms) {
	if check.Require(discount != nil, "/coupon", "coupon_not_found", "there is no such coupon") && discount.AmountOff != nil {
		check.Require(discount.AmountOff.Currency() == terms.Currency, "/coupon", "currency_mismatch",
			"the coupon is in %s and the price in %s", discount.AmountOff.Currency(), terms.Currency)
	}
}

// RemoveDiscount ends the discount.
type RemoveDiscount struct{}

// DiscountRemoved ends the discount: no charge has it from now on.
type DiscountRemoved struct {
	ID     string `json:"id"`
	Coupon string `json:"coupon"`
}

// EventType gives the stored name.
func (DiscountRemoved) EventType() string { return "subscription.discount_removed.v1" }

func (DiscountRemoved) evolve(s State) State {
	s.Discount = nil
	return s
}

func (RemoveDiscount) action() string { return ActionRemoveDiscount }

func (RemoveDiscount) decide(s State, _ domain.Meta) ([]Fact, error) {
	return []Fact{DiscountRemoved{ID: s.ID, Coupon: s.Discount.Value.Coupon}}, nil
}

// newDiscount gives a discount that begins with the next period; before is that of the current one.
func newDiscount(value *pricing.Discount, before *Discount) *Discount {
	if value == nil {
		return nil
	}
	return &Discount{Deduction: pricing.Deduction{Value: *value}, PeriodsLeft: value.Lasts(), Before: before}
}

// next gives the discount of a period that begins at start, nil when it does not last so long.
func (d *Discount) next(start time.Time) *Discount {
	if d == nil || d.PeriodsLeft != nil && *d.PeriodsLeft == 0 || d.EndsAt != nil && !start.Before(*d.EndsAt) {
		return nil
	}
	next := &Discount{Deduction: d.Deduction, Begun: true}
	next.Spent = ""
	if d.PeriodsLeft != nil {
		next.PeriodsLeft = new(*d.PeriodsLeft - 1)
	}
	return next
}

// current gives the discount of charges in the current period.
func (d *Discount) current() *Discount {
	if d == nil || d.Begun {
		return d
	}
	return d.Before
}

// withCurrent replaces the discount of charges in the current period by another state of it.
func (d *Discount) withCurrent(current *Discount) *Discount {
	if d.Begun {
		return current
	}
	waiting := *d
	waiting.Before = current
	return &waiting
}

// deduction gives the discount that an update's charge is priced with, and the share of the charge that lies within the
// discount's time, nil for all of it. The time begins with the first period that has the discount.
func (d *Discount) deduction(u Update, schedule period.Schedule) (*pricing.Deduction, *period.Ratio) {
	if d == nil {
		return nil, nil
	}
	used := d.Deduction
	if used.CycleMonths == 0 {
		used.CycleMonths = u.Terms.Cycle().Months()
		if months := used.Value.MonthsLong(used.CycleMonths); months > 0 {
			used.EndsAt = new(schedule.Later(u.CurrentPeriod.Start, months))
		}
	}
	switch {
	case used.EndsAt == nil || !used.EndsAt.Before(u.CurrentPeriod.End):
		return &used, nil
	case !u.EffectiveAt.Before(*used.EndsAt):
		return nil, nil
	}
	return &used, new(schedule.Part(u.CurrentPeriod, u.EffectiveAt, *used.EndsAt))
}

// withUse notes the first use of the discount, by the line that has it. A line of an earlier release tells nothing of that: its
// discount is counted by periods, as before.
func (s State) withUse(line pricing.Line) State {
	current := s.Discount.current()
	if current == nil || current.CycleMonths != 0 || line.Coupon != nil && line.Coupon.Coupon != current.Value.Coupon {
		return s
	}
	used := *current
	used.CycleMonths = s.Terms.Cycle().Months()
	if line.Coupon != nil {
		used.CycleMonths, used.EndsAt = line.Coupon.CycleMonths, line.Coupon.EndsAt
	}
	if used.EndsAt != nil {
		used.PeriodsLeft = nil
	}
	s.Discount = s.Discount.withCurrent(&used)
	return s
}

// withoutForce ends all lines in force at an instant; what they used of a voucher is spent.
func (s State) withoutForce(at time.Time) State {
	ended := s.InForce
	s.InForce = nil
	current := s.Discount.current()
	schedule, err := s.Schedule()
	if current == nil || len(ended) == 0 || err != nil {
		return s
	}
	left := *current
	left.Deduction = current.Ended(ended, schedule, at)
	s.Discount = s.Discount.withCurrent(&left)
	return s
}

// DiscountLeft counts the discount's periods that begin after the current one, and the part of its amount that the charges
// of the current period have not taken. Either is nil for a discount without it.
func (s State) DiscountLeft() (periods *int, amount *money.Amount) {
	d := s.Discount
	if d == nil {
		return nil, nil
	}
	if !d.Begun {
		return d.PeriodsLeft, d.Value.AmountOff
	}
	amount, err := d.Left(s.InForce, s.Terms.Cycle().Months())
	zone, zoneErr := period.LoadZone(s.TimeZone)
	if err != nil || zoneErr != nil || d.Value.Duration != pricing.DurationPeriods || d.EndsAt == nil {
		return d.PeriodsLeft, amount
	}
	end, months := period.DateIn(s.CurrentPeriod.End, zone), 0
	for last := period.DateIn(*d.EndsAt, zone); end.AddMonths(months).Before(last); {
		months += d.CycleMonths
	}
	return new(months / d.CycleMonths), amount
}
