package seating

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type is how the store finds the rules of this package.
var Type = domain.EvolvingAll(domain.NewStreamType[domain.Event]("seating", Evolve,
	LimitsChanged{},
	Allocated{},
	Reserved{},
	Accepted{},
	RoleChanged{},
	Released{},
	ReservationExpired{},
), evolveAll)

// Role is what a member may do, and decides which limit counts the seat.
type Role string

const (
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
	RoleGuest  Role = "guest"
)

// Status is whether a seat is taken or kept for someone.
type Status string

const (
	StatusActive  Status = "active"  // allocated
	StatusInvited Status = "invited" // reserved
)

// LimitsChanged copies the limits of a new plan.
type LimitsChanged struct {
	Source        Source `json:"source"`
	Product       string `json:"product"`
	Purchased     int64  `json:"purchased"` // of the free plan: the free seats, all roles together
	GuestsPerSeat int64  `json:"guests_per_seat"`
	Closed        bool   `json:"closed,omitempty"` // nobody gets a seat any more
}

// EventType is the stored name.
func (LimitsChanged) EventType() string { return "seating.limits_changed.v1" }

// Allocated: a member has a seat.
type Allocated struct {
	Member string    `json:"member"`
	Role   Role      `json:"role"`
	Since  time.Time `json:"since"`
}

// EventType is the stored name.
func (Allocated) EventType() string { return "seating.allocated.v1" }

// Reserved: a seat is kept for someone who is invited.
type Reserved struct {
	Member    string     `json:"member"`
	Role      Role       `json:"role"`
	Since     time.Time  `json:"since"`
	ExpiresAt *time.Time `json:"expires_at"` // null: never
}

// EventType is the stored name.
func (Reserved) EventType() string { return "seating.reserved.v1" }

// Accepted: the invitation became an allocation, of the same seat.
type Accepted struct {
	Member string    `json:"member"`
	Role   Role      `json:"role"`
	Since  time.Time `json:"since"`
}

// EventType is the stored name.
func (Accepted) EventType() string { return "seating.accepted.v1" }

// RoleChanged: a member has another role, and State is what the seat was and stays.
type RoleChanged struct {
	Member string `json:"member"`
	From   Role   `json:"from"`
	To     Role   `json:"to"`
	State  Status `json:"state"`
}

// EventType is the stored name.
func (RoleChanged) EventType() string { return "seating.role_changed.v1" }

// Released: a member has no seat any more; Role and State are what the seat was.
type Released struct {
	Member string `json:"member"`
	Role   Role   `json:"role"`
	State  Status `json:"state"`
}

// EventType is the stored name.
func (Released) EventType() string { return "seating.released.v1" }

// ReservationExpired: an invitation lapsed at ExpiresAt, and its seat was free from then on.
type ReservationExpired struct {
	Member    string    `json:"member"`
	Role      Role      `json:"role"`
	ExpiresAt time.Time `json:"expires_at"`
}

// EventType is the stored name.
func (ReservationExpired) EventType() string { return "seating.reservation_expired.v1" }
