package license

import (
	"encoding/json"
	"time"

	"github.com/tallystick/tallystick/domain"
)

const reasonMax = 500

// ChangeSeats changes the number of seats. Fewer take hold at an installation with its next file.
type ChangeSeats struct{ Seats int64 }

// SeatsChanged changes the number of seats.
type SeatsChanged struct {
	From     int64 `json:"from"`
	To       int64 `json:"to"`
	Sequence int64 `json:"sequence"`
}

// EventType gives the stored name.
func (SeatsChanged) EventType() string { return "license.seats_changed.v1" }

func (e SeatsChanged) evolve(s State) State {
	s.Seats, s.Sequence = e.To, e.Sequence
	return s
}

// decide changes nothing where there are so many already. It refuses with license_not_found, license_revoked or seats_out_of_range.
func (c ChangeSeats) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := CheckSeats(c.Seats); err != nil {
		return nil, err
	}
	if err := s.Check(); err != nil || c.Seats == s.Seats {
		return nil, err
	}
	return []Fact{SeatsChanged{From: s.Seats, To: c.Seats, Sequence: s.Sequence + 1}}, nil
}

// ChangeFeatures replaces the features that are laid over the product's. The caller has checked what they are.
type ChangeFeatures struct{ Features map[string]json.RawMessage }

// FeaturesChanged replaces the features that are laid over the product's.
type FeaturesChanged struct {
	Features map[string]json.RawMessage `json:"features"`
	Sequence int64                      `json:"sequence"`
}

// EventType gives the stored name.
func (FeaturesChanged) EventType() string { return "license.features_changed.v1" }

func (e FeaturesChanged) evolve(s State) State {
	s.Features, s.Sequence = e.Features, e.Sequence
	return s
}

// decide changes nothing where it is so already. It refuses with license_not_found or license_revoked.
func (c ChangeFeatures) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.Check(); err != nil || sameFeatures(c.Features, s.Features) {
		return nil, err
	}
	return []Fact{FeaturesChanged{Features: c.Features, Sequence: s.Sequence + 1}}, nil
}

// Suspend lets nobody use the license until it is reinstated.
type Suspend struct{ Reason string }

// Suspended lets nobody use the license until it is reinstated.
type Suspended struct {
	Reason   string `json:"reason"`
	Unpaid   bool   `json:"unpaid,omitempty"` // the subscription that it is waits for its first payment
	Sequence int64  `json:"sequence"`
}

// EventType gives the stored name.
func (Suspended) EventType() string { return "license.suspended.v1" }

func (e Suspended) evolve(s State) State {
	s.Suspended, s.Unpaid, s.Sequence = true, e.Unpaid, e.Sequence
	return s
}

// decide changes nothing the second time. It refuses with license_not_found, license_revoked or reason_invalid.
func (c Suspend) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.checkReason(c.Reason); err != nil || s.Suspended {
		return nil, err
	}
	return []Fact{Suspended{Reason: c.Reason, Sequence: s.Sequence + 1}}, nil
}

// Reinstate takes a suspension back.
type Reinstate struct{}

// Reinstated takes a suspension back.
type Reinstated struct {
	Sequence int64 `json:"sequence"`
}

// EventType gives the stored name.
func (Reinstated) EventType() string { return "license.reinstated.v1" }

func (e Reinstated) evolve(s State) State {
	s.Suspended, s.Unpaid, s.Sequence = false, false, e.Sequence
	return s
}

// decide refuses with license_not_found, license_revoked, or license_not_suspended.
func (c Reinstate) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if !s.Suspended {
		return nil, s.Conflict("license_not_suspended", "the license is not suspended")
	}
	return []Fact{Reinstated{Sequence: s.Sequence + 1}}, nil
}

// Renew gives the license another end; nil is none.
type Renew struct{ ExpiresAt *time.Time }

// Renewed gives the license another end.
type Renewed struct {
	ExpiresAt *time.Time `json:"expires_at"`
	Sequence  int64      `json:"sequence"`
}

// EventType gives the stored name.
func (Renewed) EventType() string { return "license.renewed.v1" }

func (e Renewed) evolve(s State) State {
	s.ExpiresAt, s.Sequence = e.ExpiresAt, e.Sequence
	return s
}

// decide changes nothing where that is the end already. It refuses with license_not_found, license_revoked, license_billed or
// expires_at_invalid.
func (c Renew) decide(s State, meta domain.Meta) ([]Fact, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if s.Subscription != nil {
		return nil, s.Conflict("license_billed", "the license is a subscription, whose periods renew it")
	}
	var check domain.Check
	checkExpiresAt(&check, c.ExpiresAt, meta.Now)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if sameTime(c.ExpiresAt, s.ExpiresAt) {
		return nil, nil
	}
	return []Fact{Renewed{ExpiresAt: c.ExpiresAt, Sequence: s.Sequence + 1}}, nil
}

// Revoke ends the license for good.
type Revoke struct{ Reason string }

// Revoked ends the license for good.
type Revoked struct {
	Reason   string `json:"reason"`
	Sequence int64  `json:"sequence"`
}

// EventType gives the stored name.
func (Revoked) EventType() string { return "license.revoked.v1" }

func (e Revoked) evolve(s State) State {
	s.Revoked, s.Sequence = true, e.Sequence
	return s
}

// decide refuses with license_not_found, license_revoked or reason_invalid.
func (c Revoke) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.checkReason(c.Reason); err != nil {
		return nil, err
	}
	return []Fact{Revoked{Reason: c.Reason, Sequence: s.Sequence + 1}}, nil
}

// RotateKey lets another key open the license, and the one before no more.
type RotateKey struct{ KeyID string }

// KeyRotated lets another key open the license, and the one before no more.
type KeyRotated struct {
	KeyID string `json:"key_id"`
}

// EventType gives the stored name.
func (KeyRotated) EventType() string { return "license.key_rotated.v1" }

func (e KeyRotated) evolve(s State) State {
	s.KeyID = e.KeyID
	return s
}

// decide refuses with license_not_found or license_revoked.
func (c RotateKey) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return []Fact{KeyRotated(c)}, nil
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

func (s State) checkReason(reason string) error {
	if err := s.Check(); err != nil {
		return err
	}
	var check domain.Check
	check.Require(domain.IsLine(reason, reasonMax), "/reason", "reason_invalid",
		"reason must be one line of at most %d characters, and not blank", reasonMax)
	return check.Rejection()
}
