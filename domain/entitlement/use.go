package entitlement

import (
	"github.com/tallystick/tallystick/domain"
)

// amountMax bounds what is counted at once, and in all.
const amountMax = 1_000_000_000_000_000

// Use counts use of a limited feature; a negative amount gives back. Plan tells what the workspace's plan says of it.
type Use struct {
	Plan   Plan
	Amount int64
}

// Used counts use of a feature. Used is the sum in the window, the amount included.
type Used struct {
	Key    string `json:"key"`
	Amount int64  `json:"amount"`
	Used   int64  `json:"used"`
	Window *Span  `json:"window"` // nil: for ever
	// Reached tells that this was the last of what the limit allows.
	Reached bool `json:"reached,omitempty"`
}

// EventType gives the stored name.
func (Used) EventType() string { return "entitlement.used.v1" }

func (e Used) evolve(s State) State {
	s.Uses = with(s.Uses, e.Key, Count{Used: e.Used, Window: e.Window})
	return s
}

// decide refuses with amount_invalid, feature_not_limited, feature_not_in_plan, limit_reached, read_only or usage_below_zero. What
// was used can be given back whatever has become of the plan.
func (c Use) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Amount == 0 || c.Amount > amountMax || c.Amount < -amountMax {
		return nil, domain.InvalidField("/amount", "amount_invalid", "amount must be a whole number from -%d to %d, and not 0", int64(amountMax), int64(amountMax))
	}
	g := c.Plan.at(s, meta.Now)
	f := c.Plan.Resolve(s, meta.Now)
	if !f.Limited {
		return nil, domain.InvalidField("/amount", "feature_not_limited", "use of %s is not counted", c.Plan.Key)
	}
	if c.Amount > 0 {
		if err := c.admit(f); err != nil {
			return nil, err
		}
	}
	used := f.Used + c.Amount
	if used < 0 {
		return nil, domain.InvalidField("/amount", "usage_below_zero", "%d of %s were used, so no more can be given back", f.Used, c.Plan.Key)
	}
	reached := c.Amount > 0 && f.Limit != nil && used == *f.Limit
	return []Fact{Used{Key: c.Plan.Key, Amount: c.Amount, Used: used, Window: c.Plan.window(g), Reached: reached}}, nil
}

// admit judges more use.
func (c Use) admit(f Feature) error {
	switch {
	case f.Reason == ReasonRemoved || f.Reason == ReasonNotInPlan || f.Value != nil && IsZero(f.Value):
		return &domain.Rejection{Kind: domain.KindDeclined, Code: "feature_not_in_plan", Message: "the plan does not have " + c.Plan.Key}
	case f.Reason == ReasonReadOnly:
		return domain.Conflict("read_only", "the workspace may only look at what it has, so nothing of %s can be used", c.Plan.Key)
	case f.Used > amountMax-c.Amount:
		return domain.InvalidField("/amount", "amount_invalid", "no more than %d can be counted in all", int64(amountMax))
	case f.Limit != nil && f.Used+c.Amount > *f.Limit:
		return domain.Conflict("limit_reached", "%d of %d of %s are used", f.Used, *f.Limit, c.Plan.Key).With("used", f.Used).With("limit", *f.Limit)
	}
	return nil
}
