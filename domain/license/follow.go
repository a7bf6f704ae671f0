package license

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Follow takes over what has become of the subscription that a billed license is.
type Follow struct {
	Product   string
	Price     string
	Seats     int64
	ExpiresAt time.Time
	Waits     bool // for its first payment
	Lapsed    bool // the first payment never came
}

// PlanChanged gives a billed license another price.
type PlanChanged struct {
	Product  string `json:"product"`
	Price    string `json:"price"`
	Sequence int64  `json:"sequence"`
}

// EventType gives the stored name.
func (PlanChanged) EventType() string { return "license.plan_changed.v1" }

func (e PlanChanged) evolve(s State) State {
	s.Product, s.Price, s.Sequence = e.Product, &e.Price, e.Sequence
	return s
}

// decide never refuses. Each thing that differs raises the sequence.
func (c Follow) decide(s State, _ domain.Meta) (facts []Fact, _ error) {
	if s.ID == "" || s.Revoked {
		return nil, nil
	}
	add := func(make func(sequence int64) Fact) {
		fact := make(s.Sequence + 1)
		facts, s = append(facts, fact), fact.evolve(s)
	}
	if c.Lapsed {
		add(func(n int64) Fact { return Revoked{Reason: "the first payment never came", Sequence: n} })
		return facts, nil
	}
	if s.Product != c.Product || domain.Or(s.Price, "") != c.Price {
		add(func(n int64) Fact { return PlanChanged{Product: c.Product, Price: c.Price, Sequence: n} })
	}
	if s.Seats != c.Seats {
		add(func(n int64) Fact { return SeatsChanged{From: s.Seats, To: c.Seats, Sequence: n} })
	}
	if !sameTime(s.ExpiresAt, &c.ExpiresAt) {
		add(func(n int64) Fact { return Renewed{ExpiresAt: &c.ExpiresAt, Sequence: n} })
	}
	switch {
	case c.Waits && !s.Suspended:
		add(func(n int64) Fact {
			return Suspended{Reason: "the first payment has not come", Unpaid: true, Sequence: n}
		})
	case !c.Waits && s.Unpaid:
		add(func(n int64) Fact { return Reinstated{Sequence: n} })
	}
	return facts, nil
}
