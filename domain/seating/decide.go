package seating

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Decide judges a command on a pool. It judges every command but SetLimits by the free plan that it carries, if the pool is
// on that; lapsed invitations are out of the pool for every one. The facts of both come first in what is returned, and
// alone when they are all that a command wants, such as the release of a lapsed invitation. It refuses with a
// *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) {
	first := append(s.lapsedEvents(meta.Now), s.freePlanEvents(c)...)
	now := fold(s, first)
	facts, err := c.decide(s, now, meta.Now)
	if err != nil {
		return nil, err
	}
	if len(facts) == 0 && !wantsLapsed(s, now, c) {
		return nil, nil
	}
	return append(first, facts...), nil
}

// freePlanEvents copy the free plan's limits of today to a pool that is on it.
func (s State) freePlanEvents(c Command) []Fact {
	if _, sets := c.(SetLimits); sets {
		return nil
	}
	today := s.Today(c.freePlan())
	if today == s.Limits() {
		return nil
	}
	return []Fact{LimitsChanged(today)}
}

// Today gives the limits, on the free plan those that it has today; free is nil where there is none.
func (s State) Today(free *Limits) Limits {
	if s.Limits().Source != SourceFree {
		return s.Limits()
	}
	today := noPlan
	if free != nil {
		today = *free
		today.Source = SourceFree
	}
	today.Cap = s.Limits().Cap
	return today
}

// wantsLapsed reports whether a command without facts of its own wants what the expiry of invitations brings about.
func wantsLapsed(stored, now State, c Command) bool {
	switch c := c.(type) {
	case Release:
		return hasLapsed(stored, now, c.Member)
	case Sync, Expire:
		return stored.Len() > now.Len()
	}
	return false
}

func hasLapsed(stored, now State, member string) bool {
	_, was := stored.Member(member)
	_, is := now.Member(member)
	return was && !is
}

// decide writes nothing when the limits are the present ones. Limits come from other streams, so that bad ones are our
// fault and not a client's.
func (c SetLimits) decide(_, now State, _ time.Time) ([]Fact, error) {
	switch c.Limits.Source {
	case SourceFree, SourceSubscription, SourceTrial, SourceLicense:
	default:
		return nil, fmt.Errorf("limits of an unknown source %q", c.Limits.Source)
	}
	if c.Limits.Purchased < 0 || c.Limits.GuestsPerSeat < 0 || c.Limits.Cap.Seats < 0 || c.Limits.Cap.Guests < 0 {
		return nil, fmt.Errorf("limits below 0: %+v", c.Limits)
	}
	if c.Limits == now.Limits() {
		return nil, nil
	}
	return []Fact{LimitsChanged(c.Limits)}, nil
}

// decide refuses with member_exists, no_seat_available, no_guest_seat_available, pending_change_conflict, or its fields:
// name_invalid, role_invalid, state_invalid, expires_at_not_allowed, expires_at_invalid.
func (c Allocate) decide(_, now State, at time.Time) ([]Fact, error) {
	var check domain.Check
	check.Name("/member", c.Member)
	checkRole(&check, "/role", c.Role)
	status := domain.Or(c.State, StatusActive)
	checkStatus(&check, "/state", status)
	expiresAt := checkExpiry(&check, status, c.ExpiresAt, at)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if seat, exists := now.Member(c.Member); exists {
		rejection := domain.Conflict("member_exists", "member %s has a seat already (%s, %s)", c.Member, seat.Role, seat.State)
		rejection.Actions = seat.actions()
		return nil, rejection
	}
	events := []Fact{entryEvent(c.Member, c.Role, status, at, expiresAt)}
	return events, admit(now, fold(now, events), entrant{role: c.Role})
}

// decide refuses with member_not_found, invitation_expired, or invalid_transition when the seat is allocated.
func (c Accept) decide(stored, now State, at time.Time) ([]Fact, error) {
	seat, err := seatOf(stored, now, c.Member)
	if err != nil {
		return nil, err
	}
	if seat.State != StatusInvited {
		rejection := domain.Conflict("invalid_transition", "member %s has no invitation to accept: the seat is %s",
			c.Member, seat.State)
		rejection.Actions = seat.actions()
		return nil, rejection
	}
	return []Fact{Accepted{Member: c.Member, Role: seat.Role, Since: at}}, nil
}

// decide refuses with member_not_found, invitation_expired, no_seat_available, no_guest_seat_available,
// pending_change_conflict, or role_invalid.
// The role that the member has is no change.
func (c ChangeRole) decide(stored, now State, _ time.Time) ([]Fact, error) {
	var check domain.Check
	checkRole(&check, "/role", c.Role)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	seat, err := seatOf(stored, now, c.Member)
	if err != nil || seat.Role == c.Role {
		return nil, err
	}
	events := []Fact{RoleChanged{Member: c.Member, From: seat.Role, To: c.Role, State: seat.State}}
	return events, admit(now, fold(now, events), entrant{from: seat.Role, role: c.Role})
}

// decide refuses with member_not_found. It writes the expiry of an invitation that lapsed.
func (c Release) decide(stored, now State, _ time.Time) ([]Fact, error) {
	if hasLapsed(stored, now, c.Member) {
		return nil, nil
	}
	seat, err := seatOf(stored, now, c.Member)
	if err != nil {
		return nil, err
	}
	return []Fact{Released{Member: c.Member, Role: seat.Role, State: seat.State}}, nil
}

// decide leaves it to the expiry itself, which comes with every command.
func (Expire) decide(_, _ State, _ time.Time) ([]Fact, error) { return nil, nil }
