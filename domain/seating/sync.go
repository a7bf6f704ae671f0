package seating

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// decide makes the pool equal to the list: first whoever is missing from it is released, by name; then those who differ
// change and those who are new enter, each in the order of the list. Who is listed as active has any invitation
// accepted; who is active and listed as invited is released and invited anew. The limits judge the end alone, so that
// people can be swapped in a full pool. It refuses with no_seat_available, no_guest_seat_available,
// pending_change_conflict, or its fields: members_required, members_too_many, name_invalid, duplicate_member, role_invalid,
// state_invalid.
func (c Sync) decide(_, now State, at time.Time) ([]Fact, error) {
	listed, err := checkMembers(c.Members)
	if err != nil {
		return nil, err
	}
	var releases, changes, additions []Fact
	for member, seat := range now.Members() {
		if !listed[member] {
			releases = append(releases, Released{Member: member, Role: seat.Role, State: seat.State})
		}
	}
	var entering []entrant
	for _, wanted := range c.Members {
		status := wanted.status()
		seat, exists := now.Member(wanted.Member)
		if !exists {
			additions = append(additions, entryEvent(wanted.Member, wanted.Role, status, at, nil))
		} else {
			changes = append(changes, changeEvents(wanted.Member, seat, wanted.Role, status, at)...)
		}
		entering = append(entering, entrant{from: seat.Role, role: wanted.Role})
	}
	events := append(append(releases, changes...), additions...)
	end := fold(now, events)
	for _, e := range entering {
		if err := admit(now, end, e); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// changeEvents make a seat what the list wants.
func changeEvents(member string, seat Seat, role Role, status Status, at time.Time) []Fact {
	if seat.State == StatusActive && status == StatusInvited {
		return []Fact{
			Released{Member: member, Role: seat.Role, State: seat.State},
			entryEvent(member, role, status, at, nil),
		}
	}
	var events []Fact
	if seat.Role != role {
		events = append(events, RoleChanged{Member: member, From: seat.Role, To: role, State: seat.State})
	}
	if seat.State != status {
		events = append(events, Accepted{Member: member, Role: role, Since: at})
	}
	return events
}

func (m SyncMember) status() Status { return domain.Or(m.State, StatusActive) }

// checkMembers gives the names on the list.
func checkMembers(members []SyncMember) (map[string]bool, error) {
	var check domain.Check
	check.Require(members != nil, "/members", "members_required", "members is required; an empty list releases everybody")
	if !check.Require(len(members) <= SyncMax, "/members", "members_too_many", "members must be at most %d", SyncMax) {
		return nil, check.Rejection()
	}
	listed := make(map[string]bool, len(members))
	for i, wanted := range members {
		pointer := domain.Pointer("members", i, "member")
		check.Name(pointer, wanted.Member)
		check.Require(!listed[wanted.Member], pointer, "duplicate_member", "member %.64q is listed twice", wanted.Member)
		listed[wanted.Member] = true
		checkRole(&check, domain.Pointer("members", i, "role"), wanted.Role)
		checkStatus(&check, domain.Pointer("members", i, "state"), wanted.status())
	}
	return listed, check.Rejection()
}

// Changes counts members by what facts made of them: added are those who got a seat, removed those who lost it, and
// changed those who have another role or state. Invitations that lapsed were no members any more and do not count.
func Changes(facts []Fact) (added, changed, removed int) {
	type fate struct{ entered, left bool }
	fates := map[string]fate{}
	for _, fact := range facts {
		switch e := fact.(type) {
		case Allocated:
			fates[e.Member] = fate{entered: true, left: fates[e.Member].left}
		case Reserved:
			fates[e.Member] = fate{entered: true, left: fates[e.Member].left}
		case Released:
			fates[e.Member] = fate{left: true}
		case Accepted:
			fates[e.Member] = fate{entered: true, left: true}
		case RoleChanged:
			fates[e.Member] = fate{entered: true, left: true}
		}
	}
	for _, f := range fates {
		switch {
		case f.entered && f.left: // there before and after
			changed++
		case f.entered:
			added++
		default:
			removed++
		}
	}
	return added, changed, removed
}
