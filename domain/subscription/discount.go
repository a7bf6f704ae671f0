package subscription

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Discount holds a coupon's discount and how long it lasts.
type Discount struct {
	Value       pricing.Discount `json:"value"`
	PeriodsLeft *int             `json:"periods_left"` // that it will apply to after the current one, null for ever
	// Current holds the discount of charges in the current period, null for none: the coupon's own discount once it has
	// begun, and until then that of the coupon before it.
	Current *pricing.Discount `json:"current"`
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

func newDiscount(value, current *pricing.Discount) *Discount {
	if value == nil {
		return nil
	}
	return &Discount{Value: *value, PeriodsLeft: value.Lasts(), Current: current}
}

// next gives the discount of the next period, nil when it does not last so long.
func (d *Discount) next() *Discount {
	switch {
	case d == nil || d.PeriodsLeft != nil && *d.PeriodsLeft == 0:
		return nil
	case d.PeriodsLeft == nil:
		return &Discount{Value: d.Value, Current: &d.Value}
	}
	return &Discount{Value: d.Value, PeriodsLeft: new(*d.PeriodsLeft - 1), Current: &d.Value}
}

// current gives the discount of charges in the current period.
func (d *Discount) current() *pricing.Discount {
	if d == nil {
		return nil
	}
	return d.Current
}
