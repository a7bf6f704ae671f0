package seating

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// entrant is someone who gets a seat, or another role, which may count for another limit.
type entrant struct {
	from Role // "" for one who had no seat
	role Role
}

// enters reports whether someone counts for a class of the plan now and did not before.
func (l Limits) enters(e entrant) bool { return e.from == "" || l.classOf(e.from) != l.classOf(e.role) }

// entersCap reports the same of the cap.
func (c Cap) entersCap(e entrant) bool { return e.from == "" || capClass(e.from) != capClass(e.role) }

func capClass(role Role) class {
	if role == RoleGuest {
		return classGuests
	}
	return classSeats
}

// admit refuses when the class that someone entered has more in use afterwards than its limit or its cap, or when the pool is
// closed. Code: no_seat_available, or no_guest_seat_available for a guest, with the numbers of the pool as it is before;
// pending_change_conflict where the plan to come with the next period has no seat.
func admit(before, after State, e entrant) error {
	limits, class := after.Limits(), capClass(e.role)
	switch {
	case limits.enters(e) && (limits.Closed || limits.left(limits.classOf(e.role), after.use) < 0):
		return full(before, limits, e.role)
	case !limits.Cap.bounds(class) || !limits.Cap.entersCap(e) || limits.Cap.left(class, after.use) >= 0:
		return nil
	case limits.Cap.Reason == CapOfPayment:
		return full(before, limits, e.role)
	}
	conflict := domain.Conflict("pending_change_conflict", "the plan that begins with the next period has %d seats: %d are allocated and %d reserved",
		limits.Cap.Seats, before.use.Allocated, before.use.Reserved)
	conflict.Actions = []string{"cancel_pending_change"} // of the subscription
	return withNumbers(conflict, limits, before.use)
}

func full(before State, limits Limits, role Role) error {
	use := before.use
	var rejection *domain.Rejection
	if role == RoleGuest {
		rejection = domain.Conflict("no_guest_seat_available",
			"there is no free place for a guest: the limit is %d and %d are guests", limits.Guests(), use.Guests)
	} else {
		rejection = domain.Conflict("no_seat_available",
			"there is no free seat: of %d, %d are allocated and %d reserved", limits.Seats(), use.Allocated, use.Reserved)
	}
	if limits.Closed {
		rejection.Message += "; the plan is paused and admits nobody"
	}
	if limits.shared() {
		rejection.Message += "; on the free plan all roles share the seats"
	}
	if limits.Cap.Reason == CapOfPayment {
		rejection.Message += "; nobody gets a seat that the plan will not have which waits for its payment"
	}
	return withNumbers(rejection, limits, use)
}

func withNumbers(rejection *domain.Rejection, limits Limits, use Use) error {
	return rejection.With("purchased", limits.Seats()).With("allocated", use.Allocated).With("reserved", use.Reserved).
		With("guests", use.Guests).With("guest_limit", limits.Guests())
}

// entryEvent gives a member a seat.
func entryEvent(member string, role Role, status Status, at time.Time, expiresAt *time.Time) Fact {
	if status == StatusInvited {
		return Reserved{Member: member, Role: role, Since: at, ExpiresAt: expiresAt}
	}
	return Allocated{Member: member, Role: role, Since: at}
}

// seatOf refuses with member_not_found, or invitation_expired for an invitation that lapsed.
func seatOf(stored, now State, member string) (Seat, error) {
	if seat, ok := now.Member(member); ok {
		return seat, nil
	}
	if seat, was := stored.Member(member); was {
		expired := domain.Conflict("invitation_expired", "the invitation of member %s expired at %s", member,
			seat.ExpiresAt.Format(time.RFC3339))
		expired.Actions = []string{ActionAllocate, ActionRelease}
		return Seat{}, expired
	}
	return Seat{}, domain.NotFound("member_not_found", "there is no member %q", member)
}

// Actions that a client may take on a seat, by the names that clients see.
const (
	ActionAllocate   = "allocate"
	ActionAccept     = "accept"
	ActionChangeRole = "change_role"
	ActionRelease    = "release"
)

// Actions lists all of them.
var Actions = []string{ActionAllocate, ActionAccept, ActionChangeRole, ActionRelease}

// actions lists what can be done with a seat.
func (s Seat) actions() []string {
	if s.State == StatusInvited {
		return []string{ActionAccept, ActionChangeRole, ActionRelease}
	}
	return []string{ActionChangeRole, ActionRelease}
}

// checkRole checks role_invalid.
func checkRole(check *domain.Check, pointer string, role Role) {
	check.Require(role == RoleAdmin || role == RoleMember || role == RoleGuest, pointer, "role_invalid",
		"role must be admin, member or guest")
}

// checkStatus checks state_invalid.
func checkStatus(check *domain.Check, pointer string, status Status) {
	check.Require(status == StatusActive || status == StatusInvited, pointer, "state_invalid", "state must be active or invited")
}

// checkExpiry checks expires_at_not_allowed and expires_at_invalid, and cuts to what is stored: UTC and microseconds.
func checkExpiry(check *domain.Check, status Status, given *time.Time, now time.Time) *time.Time {
	if given == nil {
		return nil
	}
	check.Require(status == StatusInvited, "/expires_at", "expires_at_not_allowed",
		"expires_at goes with the state invited only")
	at := given.UTC().Truncate(time.Microsecond)
	check.Require(at.After(now) && at.Year() <= 9999, "/expires_at", "expires_at_invalid",
		"expires_at must be in the future")
	return &at
}
