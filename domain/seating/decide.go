package seating

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Decide judges a command on a pool. Every command but SetLimits is judged by the free plan that it carries, if the pool
// is on that; lapsed invitations are out of the pool for every one. The facts of both come first in what is returned,
// and alone when they are all that a command wants, such as the release of a lapsed invitation. A refusal is a
// *[domain.Rejection] with a code named at the leaf.
func Decide(s State, command Command, meta domain.Meta) ([]domain.Event, error) {
	lapsed := s.lapsed(meta.Now)
	first := append(lapsed, freePlanChanged(s, command)...)
	now := fold(s, first)
	events, err := decide(s, now, command, meta.Now)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 && !wantsLapsed(s, now, command) {
		return nil, nil
	}
	return append(first, events...), nil
}

// decide takes the pool as it is stored and as it is now, which differ by what lapsed and by the free plan.
func decide(stored, now State, command Command, at time.Time) ([]domain.Event, error) {
	switch c := command.(type) {
	case SetLimits:
		return setLimits(now, c)
	case Allocate:
		return allocate(now, c, at)
	case Accept:
		return accept(stored, now, c, at)
	case ChangeRole:
		return changeRole(stored, now, c)
	case Release:
		return release(stored, now, c)
	case Sync:
		return syncMembers(now, c, at)
	case Expire:
		return nil, nil
	}
	return nil, fmt.Errorf("seating has no command %T", command)
}

// freePlanChanged copies the free plan's limits of today to a pool that is on it.
func freePlanChanged(s State, command Command) []domain.Event {
	if _, sets := command.(SetLimits); sets || s.Limits().Source != SourceFree {
		return nil
	}
	today := noPlan
	if free := command.freePlan(); free != nil {
		today = *free
		today.Source = SourceFree
	}
	if today == s.Limits() {
		return nil
	}
	return []domain.Event{LimitsChanged(today)}
}

// wantsLapsed reports whether a command without events of its own wants what the expiry of invitations brings about.
func wantsLapsed(stored, now State, command Command) bool {
	switch c := command.(type) {
	case Release:
		return lapsed(stored, now, c.Member)
	case Sync, Expire:
		return stored.Len() > now.Len()
	}
	return false
}

func lapsed(stored, now State, member string) bool {
	_, was := stored.Member(member)
	_, is := now.Member(member)
	return was && !is
}

// setLimits writes nothing when the limits are the present ones. Limits come from other streams, so that bad ones are
// our fault and not a client's.
func setLimits(now State, c SetLimits) ([]domain.Event, error) {
	switch c.Limits.Source {
	case SourceFree, SourceSubscription, SourceTrial, SourceLicense:
	default:
		return nil, fmt.Errorf("limits of an unknown source %q", c.Limits.Source)
	}
	if c.Limits.Purchased < 0 || c.Limits.GuestsPerSeat < 0 {
		return nil, fmt.Errorf("limits below 0: %+v", c.Limits)
	}
	if c.Limits == now.Limits() {
		return nil, nil
	}
	return []domain.Event{LimitsChanged(c.Limits)}, nil
}

// allocate is refused with member_exists, no_seat_available, no_guest_seat_available, or its fields: name_invalid,
// role_invalid, state_invalid, expires_at_not_allowed, expires_at_invalid.
func allocate(now State, c Allocate, at time.Time) ([]domain.Event, error) {
	var check domain.Check
	check.Name("/member", c.Member)
	checkRole(&check, "/role", c.Role)
	status := checkStatus(&check, "/state", c.State)
	expiresAt := checkExpiry(&check, status, c.ExpiresAt, at)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if seat, exists := now.Member(c.Member); exists {
		rejection := domain.Conflict("member_exists", "member %s has a seat already (%s, %s)", c.Member, seat.Role, seat.State)
		rejection.Actions = seat.actions()
		return nil, rejection
	}
	events := []domain.Event{entry(c.Member, c.Role, status, at, expiresAt)}
	return events, admit(now, fold(now, events), c.Role)
}

// accept is refused with member_not_found, invitation_expired, or invalid_transition when the seat is allocated.
func accept(stored, now State, c Accept, at time.Time) ([]domain.Event, error) {
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
	return []domain.Event{Accepted{Member: c.Member, Role: seat.Role, Since: at}}, nil
}

// changeRole is refused with member_not_found, invitation_expired, no_seat_available, no_guest_seat_available, or
// role_invalid. The role that the member has is no change.
func changeRole(stored, now State, c ChangeRole) ([]domain.Event, error) {
	var check domain.Check
	checkRole(&check, "/role", c.Role)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	seat, err := seatOf(stored, now, c.Member)
	if err != nil || seat.Role == c.Role {
		return nil, err
	}
	events := []domain.Event{RoleChanged{Member: c.Member, From: seat.Role, To: c.Role, State: seat.State}}
	if now.Limits().classOf(seat.Role) == now.Limits().classOf(c.Role) {
		return events, nil
	}
	return events, admit(now, fold(now, events), c.Role)
}

// release is refused with member_not_found. Of an invitation that lapsed it is the expiry that is written.
func release(stored, now State, c Release) ([]domain.Event, error) {
	if lapsed(stored, now, c.Member) {
		return nil, nil
	}
	seat, err := seatOf(stored, now, c.Member)
	if err != nil {
		return nil, err
	}
	return []domain.Event{Released{Member: c.Member, Role: seat.Role, State: seat.State}}, nil
}
