package seating

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	now    = time.Date(2026, 1, 15, 12, 0, 0, 123456000, time.UTC)
	before = now.Add(-time.Hour)
	later  = now.Add(time.Hour)

	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}

	active, invited = StatusActive, StatusInvited
)

func plan(purchased, guestsPerSeat int64) LimitsChanged {
	return LimitsChanged{Source: SourceSubscription, Product: "pro", Purchased: purchased, GuestsPerSeat: guestsPerSeat}
}

func freePlan(seats int64) *Limits {
	return &Limits{Source: SourceFree, Product: "free", Purchased: seats, GuestsPerSeat: 5}
}

func allocated(member string, role Role) Allocated {
	return Allocated{Member: member, Role: role, Since: before}
}

func reserved(member string, role Role, expiresAt *time.Time) Reserved {
	return Reserved{Member: member, Role: role, Since: before, ExpiresAt: expiresAt}
}

func TestSetLimits(t *testing.T) {
	t.Parallel()
	t.Run("of a plan", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(SetLimits{Limits: Limits(plan(5, 2))}).Then(t, plan(5, 2))
	})
	t.Run("the same again", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(5, 2)).When(SetLimits{Limits: Limits(plan(5, 2))}).Then(t)
	})
	t.Run("of the free plan", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(5, 2)).When(SetLimits{Limits: *freePlan(3)}).Then(t, LimitsChanged(*freePlan(3)))
	})
	t.Run("of no plan", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(SetLimits{Limits: noPlan}).Then(t)
	})
	t.Run("below use nobody is removed", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(2, 0), allocated("ann", RoleAdmin), allocated("bob", RoleMember)).
			When(SetLimits{Limits: Limits(plan(1, 0))}).Then(t, plan(1, 0))
	})
	for _, bad := range []Limits{{}, {Source: "gift"}, {Source: SourceFree, Purchased: -1}, {Source: SourceTrial, GuestsPerSeat: -1}} {
		t.Run(fmt.Sprintf("%+v", bad), func(t *testing.T) {
			t.Parallel()
			if events, err := Decide(State{}, SetLimits{Limits: bad}, spec.Meta); err == nil || events != nil {
				t.Errorf("%v, %v", events, err)
			}
		})
	}
}

func TestAllocate(t *testing.T) {
	t.Parallel()
	t.Run("an admin", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0)).When(Allocate{Member: "ann", Role: RoleAdmin}).
			Then(t, Allocated{Member: "ann", Role: RoleAdmin, Since: now})
	})
	t.Run("a member", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0)).When(Allocate{Member: "ann", Role: RoleMember, State: &active}).
			Then(t, Allocated{Member: "ann", Role: RoleMember, Since: now})
	})
	t.Run("an invitation", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0)).When(Allocate{Member: "ann", Role: RoleMember, State: &invited}).
			Then(t, Reserved{Member: "ann", Role: RoleMember, Since: now})
	})
	t.Run("a guest", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 2), allocated("ann", RoleAdmin)).When(Allocate{Member: "gus", Role: RoleGuest}).
			Then(t, Allocated{Member: "gus", Role: RoleGuest, Since: now})
	})

	zone := time.FixedZone("", 3600)
	until := later.Add(999 * time.Nanosecond).In(zone)
	t.Run("an invitation that lapses", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0)).When(Allocate{Member: "ann", Role: RoleMember, State: &invited, ExpiresAt: &until}).
			Then(t, Reserved{Member: "ann", Role: RoleMember, Since: now, ExpiresAt: &later})
	})
}

func TestAllocateIsRefused(t *testing.T) {
	t.Parallel()
	pool := []domain.Event{plan(2, 1), allocated("ann", RoleAdmin), reserved("bob", RoleMember, nil), allocated("gus", RoleGuest),
		reserved("gil", RoleGuest, nil)}
	for name, tt := range map[string]struct {
		command Allocate
		code    string
	}{
		"no seat":           {Allocate{Member: "cat", Role: RoleMember}, "no_seat_available"},
		"no seat to invite": {Allocate{Member: "cat", Role: RoleAdmin, State: &invited}, "no_seat_available"},
		"no guest place":    {Allocate{Member: "guy", Role: RoleGuest}, "no_guest_seat_available"},
		"there already":     {Allocate{Member: "ann", Role: RoleMember}, "member_exists"},
		"invited already":   {Allocate{Member: "bob", Role: RoleMember}, "member_exists"},
		"name":              {Allocate{Member: "ann@example.com", Role: RoleMember}, "name_invalid"},
		"role":              {Allocate{Member: "cat", Role: "owner"}, "role_invalid"},
		"no role":           {Allocate{Member: "cat"}, "role_invalid"},
		"state":             {Allocate{Member: "cat", Role: RoleMember, State: new(Status("gone"))}, "state_invalid"},
		"active and lapses": {Allocate{Member: "cat", Role: RoleMember, ExpiresAt: &later}, "expires_at_not_allowed"},
		"lapses now":        {Allocate{Member: "cat", Role: RoleMember, State: &invited, ExpiresAt: &now}, "expires_at_invalid"},
		"lapsed before":     {Allocate{Member: "cat", Role: RoleMember, State: &invited, ExpiresAt: &before}, "expires_at_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(pool...).When(tt.command).ThenRejected(t, tt.code)
		})
	}
	t.Run("with the numbers of the pool", func(t *testing.T) {
		t.Parallel()
		rejection := spec.Given(pool...).When(Allocate{Member: "cat", Role: RoleMember}).ThenRejected(t, "no_seat_available")
		want := map[string]any{"purchased": int64(2), "allocated": int64(1), "reserved": int64(1), "guests": int64(2), "guest_limit": int64(2)}
		if rejection.Kind != domain.KindConflict || !reflect.DeepEqual(rejection.Details, want) {
			t.Errorf("%s with %v, want %v", rejection.Kind, rejection.Details, want)
		}
	})
	t.Run("with all fields at once", func(t *testing.T) {
		t.Parallel()
		all := spec.Given().When(Allocate{State: new(Status("x")), ExpiresAt: &before}).ThenRejected(t, "name_invalid")
		var pointers []string
		for _, field := range all.Fields {
			pointers = append(pointers, field.Pointer)
		}
		if want := []string{"/member", "/role", "/state", "/expires_at", "/expires_at"}; !reflect.DeepEqual(pointers, want) {
			t.Errorf("fields %v, want %v", pointers, want)
		}
	})
}

func TestFreePlan(t *testing.T) {
	t.Parallel()
	free := LimitsChanged(*freePlan(2))
	t.Run("limits are copied with the first event", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(Allocate{Member: "ann", Role: RoleAdmin, Free: freePlan(2)}).
			Then(t, free, Allocated{Member: "ann", Role: RoleAdmin, Since: now})
	})
	t.Run("limits are copied once", func(t *testing.T) {
		t.Parallel()
		spec.Given(free).When(Allocate{Member: "ann", Role: RoleAdmin, Free: freePlan(2)}).
			Then(t, Allocated{Member: "ann", Role: RoleAdmin, Since: now})
	})
	t.Run("limits of today are copied", func(t *testing.T) {
		t.Parallel()
		spec.Given(free, allocated("ann", RoleAdmin)).When(Release{Member: "ann", Free: freePlan(3)}).
			Then(t, LimitsChanged(*freePlan(3)), Released{Member: "ann", Role: RoleAdmin, State: StatusActive})
	})
	t.Run("limits are not copied with nothing", func(t *testing.T) {
		t.Parallel()
		spec.Given(free, allocated("ann", RoleAdmin)).When(ChangeRole{Member: "ann", Role: RoleAdmin, Free: freePlan(3)}).Then(t)
	})
	t.Run("limits of today judge", func(t *testing.T) {
		t.Parallel()
		spec.Given(free).When(Allocate{Member: "ann", Role: RoleAdmin, Free: freePlan(0)}).ThenRejected(t, "no_seat_available")
	})
	t.Run("limits are not copied with an empty list", func(t *testing.T) {
		t.Parallel()
		spec.Given(free).When(Sync{Members: []SyncMember{}, Free: freePlan(3)}).Then(t)
	})

	// All roles share the seats.
	full := spec.Given(free, allocated("ann", RoleAdmin), allocated("gus", RoleGuest))
	t.Run("a guest finds no seat", func(t *testing.T) {
		t.Parallel()
		full.When(Allocate{Member: "guy", Role: RoleGuest, Free: freePlan(2)}).ThenRejected(t, "no_guest_seat_available")
	})
	t.Run("a member finds no seat", func(t *testing.T) {
		t.Parallel()
		full.When(Allocate{Member: "bob", Role: RoleMember, Free: freePlan(2)}).ThenRejected(t, "no_seat_available")
	})
	t.Run("a guest becomes a member", func(t *testing.T) {
		t.Parallel()
		full.When(ChangeRole{Member: "gus", Role: RoleMember, Free: freePlan(2)}).
			Then(t, RoleChanged{Member: "gus", From: RoleGuest, To: RoleMember, State: StatusActive})
	})
	t.Run("no free product has no seat", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(Allocate{Member: "ann", Role: RoleAdmin}).ThenRejected(t, "no_seat_available")
	})
	t.Run("no free product lets stay who sits", func(t *testing.T) {
		t.Parallel()
		spec.Given(free, allocated("ann", RoleAdmin)).When(Release{Member: "ann"}).
			Then(t, LimitsChanged(noPlan), Released{Member: "ann", Role: RoleAdmin, State: StatusActive})
	})
	t.Run("a paid plan does not care what is free", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0)).When(Allocate{Member: "ann", Role: RoleAdmin, Free: freePlan(9)}).
			Then(t, Allocated{Member: "ann", Role: RoleAdmin, Since: now})
	})
}

func TestAccept(t *testing.T) {
	t.Parallel()
	t.Run("an invitation", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0), reserved("ann", RoleAdmin, &later)).When(Accept{Member: "ann"}).
			Then(t, Accepted{Member: "ann", Role: RoleAdmin, Since: now})
	})
	t.Run("above the limit", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0), reserved("ann", RoleAdmin, nil), plan(0, 0)).When(Accept{Member: "ann"}).
			Then(t, Accepted{Member: "ann", Role: RoleAdmin, Since: now})
	})
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0)).When(Accept{Member: "ann"}).ThenRejected(t, "member_not_found")
	})
	t.Run("too late", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0), reserved("ann", RoleAdmin, &now)).When(Accept{Member: "ann"}).ThenRejected(t, "invitation_expired")
	})
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		rejection := spec.Given(plan(1, 0), allocated("ann", RoleAdmin)).When(Accept{Member: "ann"}).ThenRejected(t, "invalid_transition")
		if want := []string{"change_role", "release"}; !reflect.DeepEqual(rejection.Actions, want) {
			t.Errorf("actions %v, want %v", rejection.Actions, want)
		}
	})
}

func TestChangeRole(t *testing.T) {
	t.Parallel()
	pool := spec.Given(plan(1, 1), allocated("ann", RoleAdmin), reserved("gus", RoleGuest, nil))
	t.Run("within the class", func(t *testing.T) {
		t.Parallel()
		pool.When(ChangeRole{Member: "ann", Role: RoleMember}).
			Then(t, RoleChanged{Member: "ann", From: RoleAdmin, To: RoleMember, State: StatusActive})
	})
	t.Run("the same role", func(t *testing.T) {
		t.Parallel()
		pool.When(ChangeRole{Member: "ann", Role: RoleAdmin}).Then(t)
	})
	t.Run("no seat", func(t *testing.T) {
		t.Parallel()
		pool.When(ChangeRole{Member: "gus", Role: RoleMember}).ThenRejected(t, "no_seat_available")
	})
	t.Run("no place for a guest", func(t *testing.T) {
		t.Parallel()
		pool.When(ChangeRole{Member: "ann", Role: RoleGuest}).ThenRejected(t, "no_guest_seat_available")
	})
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		pool.When(ChangeRole{Member: "bob", Role: RoleGuest}).ThenRejected(t, "member_not_found")
	})
	t.Run("no role", func(t *testing.T) {
		t.Parallel()
		pool.When(ChangeRole{Member: "ann", Role: "owner"}).ThenRejected(t, "role_invalid")
	})
	t.Run("of an invitation", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 1), reserved("gus", RoleGuest, nil)).When(ChangeRole{Member: "gus", Role: RoleAdmin}).
			Then(t, RoleChanged{Member: "gus", From: RoleGuest, To: RoleAdmin, State: StatusInvited})
	})
	// Above the limit, a change within the class is no entry, and a change to the other class leaves this one.
	over := spec.Given(plan(2, 1), allocated("ann", RoleAdmin), allocated("bob", RoleMember), plan(1, 1))
	t.Run("within the class above the limit", func(t *testing.T) {
		t.Parallel()
		over.When(ChangeRole{Member: "ann", Role: RoleMember}).
			Then(t, RoleChanged{Member: "ann", From: RoleAdmin, To: RoleMember, State: StatusActive})
	})
	t.Run("to the other class above the limit", func(t *testing.T) {
		t.Parallel()
		over.When(ChangeRole{Member: "ann", Role: RoleGuest}).
			Then(t, RoleChanged{Member: "ann", From: RoleAdmin, To: RoleGuest, State: StatusActive})
	})
	t.Run("nobody enters above the limit", func(t *testing.T) {
		t.Parallel()
		over.When(Allocate{Member: "cat", Role: RoleMember}).ThenRejected(t, "no_seat_available")
	})
}

func TestRelease(t *testing.T) {
	t.Parallel()
	t.Run("a seat", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0), allocated("ann", RoleAdmin)).When(Release{Member: "ann"}).
			Then(t, Released{Member: "ann", Role: RoleAdmin, State: StatusActive})
	})
	t.Run("an invitation", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0), reserved("ann", RoleAdmin, nil)).When(Release{Member: "ann"}).
			Then(t, Released{Member: "ann", Role: RoleAdmin, State: StatusInvited})
	})
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(1, 0), allocated("ann", RoleAdmin)).When(Release{Member: "bob"}).ThenRejected(t, "member_not_found")
	})
}

// A paused plan keeps who has a seat and admits nobody, whatever room there would be.
func TestClosedPool(t *testing.T) {
	t.Parallel()
	paused := plan(5, 2)
	paused.Closed = true
	t.Run("is closed by a pause", func(t *testing.T) {
		t.Parallel()
		spec.Given(plan(5, 2)).When(SetLimits{Limits: Limits(paused)}).Then(t, paused)
	})
	closed := spec.Given(paused, allocated("ann", RoleAdmin), reserved("bob", RoleMember, nil), allocated("gus", RoleGuest))
	t.Run("admits no member", func(t *testing.T) {
		t.Parallel()
		closed.When(Allocate{Member: "cat", Role: RoleMember}).ThenRejected(t, "no_seat_available")
	})
	t.Run("admits no guest", func(t *testing.T) {
		t.Parallel()
		closed.When(Allocate{Member: "guy", Role: RoleGuest}).ThenRejected(t, "no_guest_seat_available")
	})
	t.Run("admits no guest among the members", func(t *testing.T) {
		t.Parallel()
		closed.When(ChangeRole{Member: "gus", Role: RoleMember}).ThenRejected(t, "no_seat_available")
	})
	t.Run("admits no list", func(t *testing.T) {
		t.Parallel()
		closed.When(Sync{Members: []SyncMember{{Member: "cat", Role: RoleMember}}}).ThenRejected(t, "no_seat_available")
	})
	t.Run("lets who is invited accept", func(t *testing.T) {
		t.Parallel()
		closed.When(Accept{Member: "bob"}).Then(t, Accepted{Member: "bob", Role: RoleMember, Since: now})
	})
	t.Run("lets who is there leave", func(t *testing.T) {
		t.Parallel()
		closed.When(Release{Member: "ann"}).Then(t, Released{Member: "ann", Role: RoleAdmin, State: StatusActive})
	})
	t.Run("has no room and is not over it", func(t *testing.T) {
		t.Parallel()
		state := Evolve(State{}, paused)
		limits, use := state.Limits(), state.Use()
		if limits.SeatsLeft(use) != 0 || limits.GuestsLeft(use) != 0 || limits.OverLimit(use) != 0 {
			t.Errorf("closed, but %+v", state)
		}
	})
}
