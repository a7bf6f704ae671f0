package seating

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.EvolvingAll(domain.NewStreamType[Fact]("seating", Evolve,
	LimitsChanged{}, Allocated{}, Reserved{}, Accepted{}, RoleChanged{}, Released{}, ReservationExpired{},
), evolveAll).WithSnapshot(snapshot)

// Fact is an event of a pool with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Role tells what a member may do, and so which limit counts the seat.
type Role string

const (
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
	RoleGuest  Role = "guest"
)

// Roles lists all of them.
var Roles = []Role{RoleAdmin, RoleMember, RoleGuest}

// Status tells whether a seat is taken or kept for someone.
type Status string

const (
	StatusActive  Status = "active"  // allocated
	StatusInvited Status = "invited" // reserved
)

// Statuses lists all of them.
var Statuses = []Status{StatusActive, StatusInvited}

// LimitsChanged copies the limits of a new plan.
type LimitsChanged struct {
	Source        Source `json:"source"`
	Product       string `json:"product"`
	Purchased     int64  `json:"purchased"` // of the free plan: the free seats, all roles together
	GuestsPerSeat int64  `json:"guests_per_seat"`
	Closed        bool   `json:"closed,omitempty"` // nobody gets a seat any more
	Cap           Cap    `json:"cap,omitzero"`
}

// EventType gives the stored name.
func (LimitsChanged) EventType() string { return "seating.limits_changed.v1" }

func (e LimitsChanged) evolve(s State) State {
	s.limits = Limits(e)
	return s
}

// Allocated gives a member a seat.
type Allocated struct {
	Member string    `json:"member"`
	Role   Role      `json:"role"`
	Since  time.Time `json:"since"`
}

// EventType gives the stored name.
func (Allocated) EventType() string { return "seating.allocated.v1" }

func (e Allocated) evolve(s State) State {
	return s.withSeat(e.Member, Seat{Role: e.Role, State: StatusActive, Since: e.Since})
}

// Reserved keeps a seat for someone who is invited.
type Reserved struct {
	Member    string     `json:"member"`
	Role      Role       `json:"role"`
	Since     time.Time  `json:"since"`
	ExpiresAt *time.Time `json:"expires_at"` // null: never
}

// EventType gives the stored name.
func (Reserved) EventType() string { return "seating.reserved.v1" }

func (e Reserved) evolve(s State) State {
	return s.withSeat(e.Member, Seat{Role: e.Role, State: StatusInvited, Since: e.Since, ExpiresAt: e.ExpiresAt})
}

// Accepted makes an invitation an allocation, of the same seat.
type Accepted struct {
	Member string    `json:"member"`
	Role   Role      `json:"role"`
	Since  time.Time `json:"since"`
}

// EventType gives the stored name.
func (Accepted) EventType() string { return "seating.accepted.v1" }

func (e Accepted) evolve(s State) State {
	return s.withSeat(e.Member, Seat{Role: e.Role, State: StatusActive, Since: e.Since})
}

// RoleChanged gives a member another role. The seat keeps its State.
type RoleChanged struct {
	Member string `json:"member"`
	From   Role   `json:"from"`
	To     Role   `json:"to"`
	State  Status `json:"state"`
}

// EventType gives the stored name.
func (RoleChanged) EventType() string { return "seating.role_changed.v1" }

func (e RoleChanged) evolve(s State) State {
	seat, _ := s.Member(e.Member)
	seat.Role = e.To
	return s.withSeat(e.Member, seat)
}

// Released takes a member's seat back, which had this Role and State.
type Released struct {
	Member string `json:"member"`
	Role   Role   `json:"role"`
	State  Status `json:"state"`
}

// EventType gives the stored name.
func (Released) EventType() string { return "seating.released.v1" }

func (e Released) evolve(s State) State { return s.withoutSeat(e.Member) }

// ReservationExpired frees the seat of an invitation that lapsed at ExpiresAt.
type ReservationExpired struct {
	Member    string    `json:"member"`
	Role      Role      `json:"role"`
	ExpiresAt time.Time `json:"expires_at"`
}

// EventType gives the stored name.
func (ReservationExpired) EventType() string { return "seating.reservation_expired.v1" }

func (e ReservationExpired) evolve(s State) State { return s.withoutSeat(e.Member) }
