package entitlement

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// License is a license that is the workspace's plan.
type License struct {
	ID       string                     `json:"id"`
	Product  string                     `json:"product"`
	Seats    int64                      `json:"seats"`
	Features map[string]json.RawMessage `json:"features"` // laid over those of the product
	StartsAt time.Time                  `json:"starts_at"`
	// Subscription is the one that a billed license is, which has the product and the seats; nil for any other.
	Subscription *string    `json:"subscription"`
	ExpiresAt    *time.Time `json:"expires_at"`
	// Restricts tells that the workspace may only look at what it has once the license has expired.
	Restricts bool `json:"restricts"`
	// ReadOnly tells that it may do no more now, whatever the clock says.
	ReadOnly bool `json:"read_only"`
	// Stopped tells why it does not, where the license was revoked or suspended.
	Stopped LicenseStatus `json:"stopped,omitempty"`
	// ClosesAt is when nobody gets a seat any more, and ReadOnlyFrom when the workspace may only look at what it has, unless the
	// license is confirmed before.
	ClosesAt     *time.Time `json:"closes_at,omitempty"`
	ReadOnlyFrom *time.Time `json:"read_only_from,omitempty"`
}

// LicenseStatus tells how a license is.
type LicenseStatus string

const (
	LicenseRevoked   LicenseStatus = "revoked"
	LicenseSuspended LicenseStatus = "suspended"
	LicenseExpired   LicenseStatus = "expired"
	LicenseExpiring  LicenseStatus = "expiring" // within two weeks
	LicenseActive    LicenseStatus = "active"
)

// LicenseStatuses lists all of them. The first that holds is shown.
var LicenseStatuses = []LicenseStatus{LicenseRevoked, LicenseSuspended, LicenseExpired, LicenseExpiring, LicenseActive}

// expiringFor counts back from a license's end: from then on it is expiring.
const expiringFor = 14 * 24 * time.Hour

// Status tells how the license is at an instant.
func (l License) Status(now time.Time) LicenseStatus {
	switch {
	case l.Stopped != "":
		return l.Stopped
	case l.Expired(now):
		return LicenseExpired
	case l.ExpiresAt != nil && !now.Before(l.ExpiresAt.Add(-expiringFor)):
		return LicenseExpiring
	}
	return LicenseActive
}

// Expired reports whether the license has expired by an instant.
func (l License) Expired(now time.Time) bool { return reached(l.ExpiresAt, now) }

// Access tells what the license lets the workspace do at an instant.
func (l License) Access(now time.Time) Access {
	if l.ReadOnly || l.Restricts && l.Expired(now) || reached(l.ReadOnlyFrom, now) {
		return AccessReadOnly
	}
	return AccessFull
}

// Closed reports whether nobody gets a seat any more at an instant, because the license was not confirmed for too long.
func (l License) Closed(now time.Time) bool { return reached(l.ClosesAt, now) }

// Until tells until when the access stays as it is at an instant, if the clock changes it at all.
func (l License) Until(now time.Time) (at time.Time, ok bool) {
	for _, change := range []*time.Time{l.ExpiresAt, l.ReadOnlyFrom} {
		if change != nil && change.After(now) && (!ok || change.Before(at)) {
			at, ok = *change, true
		}
	}
	return at, ok
}

func reached(at *time.Time, now time.Time) bool { return at != nil && !now.Before(*at) }

// SetLicense makes a license the workspace's plan, or changes the one that is.
type SetLicense struct {
	License License
}

// Licensed makes a license the workspace's plan, as it is from now on.
type Licensed struct {
	License License `json:"license"`
}

// EventType gives the stored name.
func (Licensed) EventType() string { return "entitlement.licensed.v1" }

func (e Licensed) evolve(s State) State {
	s.License = &e.License
	return s
}

// decide changes nothing where it is so already. It refuses with license_active where another license is the plan.
func (c SetLicense) decide(s State, _ domain.Meta) ([]Fact, error) {
	if s.License != nil && s.License.ID != c.License.ID {
		return nil, domain.Conflict("license_active", "the license %s is the workspace's plan", s.License.ID).With("license", s.License.ID)
	}
	if s.License == nil {
		return []Fact{Licensed(c)}, nil
	}
	confirmed := LicenseConfirmed{ID: c.License.ID, ClosesAt: c.License.ClosesAt, ReadOnlyFrom: c.License.ReadOnlyFrom}
	switch same := *confirmed.evolve(s).License; {
	case reflect.DeepEqual(*s.License, c.License):
		return nil, nil
	case reflect.DeepEqual(same, c.License):
		return []Fact{confirmed}, nil
	}
	return []Fact{Licensed(c)}, nil
}

// LicenseConfirmed lets a license go on for longer, and as it is.
type LicenseConfirmed struct {
	ID           string     `json:"id"`
	ClosesAt     *time.Time `json:"closes_at"`
	ReadOnlyFrom *time.Time `json:"read_only_from"`
}

// EventType gives the stored name.
func (LicenseConfirmed) EventType() string { return "entitlement.license_confirmed.v1" }

func (e LicenseConfirmed) evolve(s State) State {
	license := *s.License
	license.ClosesAt, license.ReadOnlyFrom = e.ClosesAt, e.ReadOnlyFrom
	s.License = &license
	return s
}

// EndLicense lets a license be the workspace's plan no more.
type EndLicense struct {
	ID string
}

// Unlicensed lets a license be the workspace's plan no more.
type Unlicensed struct {
	ID string `json:"id"`
}

// EventType gives the stored name.
func (Unlicensed) EventType() string { return "entitlement.unlicensed.v1" }

func (Unlicensed) evolve(s State) State {
	s.License = nil
	return s
}

// decide never refuses.
func (c EndLicense) decide(s State, _ domain.Meta) ([]Fact, error) {
	if s.License == nil || s.License.ID != c.ID {
		return nil, nil
	}
	return []Fact{Unlicensed(c)}, nil
}
