package license

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Noted tells which end was told of so far: that it was near, and that it was there.
type Noted struct {
	Expiring *time.Time `json:"expiring,omitempty"`
	Expired  *time.Time `json:"expired,omitempty"`
}

// NextDeadline tells when there is news of the license's end next.
func (s State) NextDeadline() (at time.Time, ok bool) {
	switch {
	case s.ID == "" || s.Revoked || s.ExpiresAt == nil || sameTime(s.Noted.Expired, s.ExpiresAt):
		return at, false
	case sameTime(s.Noted.Expiring, s.ExpiresAt):
		return *s.ExpiresAt, true
	}
	return s.ExpiresAt.Add(-ExpiringFor), true
}

// Run tells of the license's end as far as that is due.
type Run struct{}

// Expiring tells that the license's end is near.
type Expiring struct {
	ExpiresAt time.Time `json:"expires_at"`
}

// EventType gives the stored name.
func (Expiring) EventType() string { return "license.expiring.v1" }

func (e Expiring) evolve(s State) State {
	s.Noted.Expiring = &e.ExpiresAt
	return s
}

// Expired tells that the license has ended, by the clock.
type Expired struct {
	ExpiresAt time.Time `json:"expires_at"`
}

// EventType gives the stored name.
func (Expired) EventType() string { return "license.expired.v1" }

func (e Expired) evolve(s State) State {
	s.Noted = Noted{Expiring: &e.ExpiresAt, Expired: &e.ExpiresAt}
	return s
}

// decide never refuses.
func (Run) decide(s State, meta domain.Meta) (facts []Fact, _ error) {
	at, ok := s.NextDeadline()
	switch {
	case !ok || meta.Now.Before(at):
		return nil, nil
	case s.Expired(meta.Now):
		return []Fact{Expired{ExpiresAt: *s.ExpiresAt}}, nil
	}
	return []Fact{Expiring{ExpiresAt: *s.ExpiresAt}}, nil
}
