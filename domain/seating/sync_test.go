package seating

import (
	"fmt"
	"reflect"
	"testing"
)

func list(members ...SyncMember) Sync { return Sync{Members: members} }

func TestSync(t *testing.T) {
	t.Parallel()
	pool := spec.Given(plan(3, 1), allocated("ann", RoleAdmin), allocated("bob", RoleMember), reserved("cat", RoleMember, &later),
		reserved("gus", RoleGuest, nil))
	same := []SyncMember{{Member: "gus", Role: RoleGuest, State: &invited}, {Member: "ann", Role: RoleAdmin, State: &active},
		{Member: "bob", Role: RoleMember}, {Member: "cat", Role: RoleMember, State: &invited}}
	t.Run("the same list", func(t *testing.T) {
		t.Parallel()
		pool.When(list(same...)).Then(t)
	})
	t.Run("releases by name, then changes and additions by the list", func(t *testing.T) {
		t.Parallel()
		pool.When(list(
			SyncMember{Member: "eve", Role: RoleMember, State: &invited},
			SyncMember{Member: "cat", Role: RoleAdmin},
			SyncMember{Member: "dan", Role: RoleMember},
			SyncMember{Member: "gus", Role: RoleGuest},
		)).Then(t,
			Released{Member: "ann", Role: RoleAdmin, State: StatusActive},
			Released{Member: "bob", Role: RoleMember, State: StatusActive},
			RoleChanged{Member: "cat", From: RoleMember, To: RoleAdmin, State: StatusInvited},
			Accepted{Member: "cat", Role: RoleAdmin, Since: now},
			Accepted{Member: "gus", Role: RoleGuest, Since: now},
			Reserved{Member: "eve", Role: RoleMember, Since: now},
			Allocated{Member: "dan", Role: RoleMember, Since: now},
		)
	})
	t.Run("no list", func(t *testing.T) {
		t.Parallel()
		pool.When(list()).ThenRejected(t, "members_required")
	})
	t.Run("an empty list", func(t *testing.T) {
		t.Parallel()
		pool.When(Sync{Members: []SyncMember{}}).Then(t,
			Released{Member: "ann", Role: RoleAdmin, State: StatusActive},
			Released{Member: "bob", Role: RoleMember, State: StatusActive},
			Released{Member: "cat", Role: RoleMember, State: StatusInvited},
			Released{Member: "gus", Role: RoleGuest, State: StatusInvited},
		)
	})
	t.Run("an allocation becomes an invitation", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0), allocated("ann", RoleAdmin)).When(list(SyncMember{Member: "ann", Role: RoleMember, State: &invited})).
			Then(t, Released{Member: "ann", Role: RoleAdmin, State: StatusActive}, Reserved{Member: "ann", Role: RoleMember, Since: now})
	})
}

func TestSyncJudgesTheEnd(t *testing.T) {
	t.Parallel()
	full := spec.Given(plan(1, 1), allocated("ann", RoleAdmin), allocated("gus", RoleGuest))
	t.Run("one for another", func(t *testing.T) {
		t.Parallel()
		full.When(list(SyncMember{Member: "bob", Role: RoleMember}, SyncMember{Member: "gus", Role: RoleGuest})).Then(t,
			Released{Member: "ann", Role: RoleAdmin, State: StatusActive},
			Allocated{Member: "bob", Role: RoleMember, Since: now})
	})
	t.Run("two people change places", func(t *testing.T) {
		t.Parallel()
		full.When(list(SyncMember{Member: "gus", Role: RoleMember}, SyncMember{Member: "ann", Role: RoleGuest})).Then(t,
			RoleChanged{Member: "gus", From: RoleGuest, To: RoleMember, State: StatusActive},
			RoleChanged{Member: "ann", From: RoleAdmin, To: RoleGuest, State: StatusActive})
	})
	t.Run("two members of one seat", func(t *testing.T) {
		t.Parallel()
		full.When(list(SyncMember{Member: "ann", Role: RoleAdmin}, SyncMember{Member: "gus", Role: RoleMember})).
			ThenRejected(t, "no_seat_available")
	})
	t.Run("two guests of one place", func(t *testing.T) {
		t.Parallel()
		full.When(list(SyncMember{Member: "guy", Role: RoleGuest}, SyncMember{Member: "gus", Role: RoleGuest})).
			ThenRejected(t, "no_guest_seat_available")
	})
	over := spec.Given(plan(2, 0), allocated("ann", RoleAdmin), allocated("bob", RoleMember), plan(1, 0))
	t.Run("who is over the limit may stay", func(t *testing.T) {
		t.Parallel()
		over.When(list(SyncMember{Member: "ann", Role: RoleMember}, SyncMember{Member: "bob", Role: RoleMember})).
			Then(t, RoleChanged{Member: "ann", From: RoleAdmin, To: RoleMember, State: StatusActive})
	})
	t.Run("nobody enters above the limit", func(t *testing.T) {
		t.Parallel()
		over.When(list(SyncMember{Member: "ann", Role: RoleAdmin}, SyncMember{Member: "cat", Role: RoleMember})).
			ThenRejected(t, "no_seat_available")
	})
	t.Run("somebody enters when it fits again", func(t *testing.T) {
		t.Parallel()
		over.When(list(SyncMember{Member: "cat", Role: RoleMember})).Then(t,
			Released{Member: "ann", Role: RoleAdmin, State: StatusActive},
			Released{Member: "bob", Role: RoleMember, State: StatusActive},
			Allocated{Member: "cat", Role: RoleMember, Since: now})
	})
	t.Run("on the free plan", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(Sync{Members: []SyncMember{{Member: "ann", Role: RoleGuest}}, Free: freePlan(1)}).
			Then(t, LimitsChanged(*freePlan(1)), Allocated{Member: "ann", Role: RoleGuest, Since: now})
	})
}

func TestSyncIsRefusedByFields(t *testing.T) {
	t.Parallel()
	rejection := spec.Given(plan(9, 9)).When(list(
		SyncMember{Member: "ann", Role: RoleAdmin},
		SyncMember{Member: "", Role: RoleAdmin},
		SyncMember{Member: "bob", Role: "owner"},
		SyncMember{Member: "ann", Role: RoleGuest, State: new(Status(""))},
	)).ThenRejected(t, "name_invalid")
	type broken struct{ pointer, code string }
	var got []broken
	for _, field := range rejection.Fields {
		got = append(got, broken{field.Pointer, field.Code})
	}
	want := []broken{{"/members/1/member", "name_invalid"}, {"/members/2/role", "role_invalid"},
		{"/members/3/member", "duplicate_member"}, {"/members/3/state", "state_invalid"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("fields %v, want %v", got, want)
	}
}

func TestSyncOfMany(t *testing.T) {
	t.Parallel()
	many := make([]SyncMember, SyncMax+1)
	for i := range many {
		many[i] = SyncMember{Member: fmt.Sprintf("member-%d", i), Role: RoleMember}
	}
	spec.Given(plan(SyncMax+1, 0)).When(list(many...)).ThenRejected(t, "members_too_many")
	state := fold(State{}, []Fact{plan(SyncMax, 0)})
	events, err := Decide(state, list(many[:SyncMax]...), spec.Meta)
	if err != nil || len(events) != SyncMax {
		t.Fatalf("%d events, %v", len(events), err)
	}
	full := fold(state, events)
	if full.SeatsInUse() != SyncMax || full.Limits().SeatsLeft(full.Use()) != 0 {
		t.Errorf("%d of %d in use", full.SeatsInUse(), SyncMax)
	}
	if events, err := Decide(full, list(many[1:]...), spec.Meta); err != nil || len(events) != 2 {
		t.Errorf("a swap gave %d events, %v", len(events), err)
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	added, changed, removed := Changes([]Fact{
		ReservationExpired{Member: "lapsed"},
		ReservationExpired{Member: "back"},
		plan(9, 9),
		Released{Member: "gone"},
		RoleChanged{Member: "both"}, Accepted{Member: "both"},
		Released{Member: "again"}, Reserved{Member: "again"},
		RoleChanged{Member: "role"},
		Allocated{Member: "back"}, Reserved{Member: "new"},
	})
	if added != 2 || changed != 3 || removed != 1 {
		t.Errorf("added %d, changed %d, removed %d", added, changed, removed)
	}
}
