package payment

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
)

// Costed notes what a gateway tells of a success afterwards: what it keeps, and when the rest is in the bank. Neither says how the
// charge stands.
type Costed struct {
	N         int           `json:"n"`
	Fee       *money.Amount `json:"fee"`
	SettlesAt *time.Time    `json:"settles_at"`
	ToldAt    time.Time     `json:"told_at"`
}

// EventType gives the stored name.
func (Costed) EventType() string { return "payment.costed.v1" }

func (e Costed) evolve(s State) State {
	return s.with(e.N, func(a *Attempt) {
		if e.Fee != nil {
			a.Fee = e.Fee
		}
		if e.SettlesAt != nil {
			a.SettlesAt = e.SettlesAt
		}
		a.NextAt, a.Tries, a.Deferred = nil, 0, ""
	})
}

// cost gives what an answer to a success adds to it; ok is false where it adds nothing.
func (c Answer) cost(a Attempt, now time.Time) (costed Costed, ok bool) {
	if c.Status != StatusSucceeded || a.Status != StatusSucceeded {
		return costed, false
	}
	costed = Costed{N: c.N, ToldAt: now}
	if a.Fee == nil {
		costed.Fee = c.Fee
	}
	if a.SettlesAt == nil {
		costed.SettlesAt = c.SettlesAt
	}
	return costed, costed.Fee != nil || costed.SettlesAt != nil
}

// askCost lists after which times the gateway is asked again for what a success cost, until it is left unknown.
var askCost = []time.Duration{time.Hour, day, 2 * day, 3 * day}

// Due gives the attempt of which the gateway is asked next; ok is false where there is none.
func (s State) Due() (due Attempt, ok bool) {
	for _, a := range s.Attempts {
		if a.NextAt != nil && (!ok || a.NextAt.Before(*due.NextAt)) {
			due, ok = a, true
		}
	}
	return due, ok
}
