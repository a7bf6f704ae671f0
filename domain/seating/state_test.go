package seating

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

func TestLapsedInvitations(t *testing.T) {
	t.Parallel()
	expired := ReservationExpired{Member: "ann", Role: RoleAdmin, ExpiresAt: before}
	full := spec.Given(plan(1, 0), reserved("ann", RoleAdmin, &before))
	t.Run("hold no seat", func(t *testing.T) {
		t.Parallel()
		full.When(Allocate{Member: "bob", Role: RoleMember}).
			Then(t, expired, Allocated{Member: "bob", Role: RoleMember, Since: now})
	})
	t.Run("do not keep their member out", func(t *testing.T) {
		t.Parallel()
		full.When(Allocate{Member: "ann", Role: RoleMember}).
			Then(t, expired, Allocated{Member: "ann", Role: RoleMember, Since: now})
	})
	t.Run("are written with limits", func(t *testing.T) {
		t.Parallel()
		full.When(SetLimits{Limits: Limits(plan(2, 0))}).Then(t, expired, plan(2, 0))
	})
	t.Run("are not written with nothing", func(t *testing.T) {
		t.Parallel()
		full.When(SetLimits{Limits: Limits(plan(1, 0))}).Then(t)
	})
	t.Run("are not written with a refusal", func(t *testing.T) {
		t.Parallel()
		full.When(Release{Member: "bob"}).ThenRejected(t, "member_not_found")
	})
	t.Run("can not be changed", func(t *testing.T) {
		t.Parallel()
		full.When(ChangeRole{Member: "ann", Role: RoleMember}).ThenRejected(t, "invitation_expired")
	})
	t.Run("can be released", func(t *testing.T) {
		t.Parallel()
		full.When(Release{Member: "ann"}).Then(t, expired)
	})
	t.Run("can be listed away", func(t *testing.T) {
		t.Parallel()
		full.When(Sync{Members: []SyncMember{}}).Then(t, expired)
	})
	t.Run("can be replaced by a list", func(t *testing.T) {
		t.Parallel()
		full.When(Sync{Members: []SyncMember{{Member: "ann", Role: RoleAdmin}}}).
			Then(t, expired, Allocated{Member: "ann", Role: RoleAdmin, Since: now})
	})

	earliest := before.Add(-time.Hour)
	several := []Fact{plan(5, 0), reserved("ann", RoleAdmin, &before), reserved("bob", RoleMember, &later),
		reserved("cat", RoleMember, &earliest), reserved("dan", RoleMember, nil)}
	t.Run("are written earliest first", func(t *testing.T) {
		t.Parallel()
		spec.Given(domain.Events(several)...).When(Release{Member: "dan"}).Then(t,
			ReservationExpired{Member: "cat", Role: RoleMember, ExpiresAt: earliest}, expired,
			Released{Member: "dan", Role: RoleMember, State: StatusInvited})
	})

	t.Run("are out of the state of now", func(t *testing.T) {
		t.Parallel()
		state := fold(State{}, several)
		if got := state.At(now).SeatsInUse(); got != 2 || state.SeatsInUse() != 4 {
			t.Errorf("%d of %d seats are in use now, want 2 of 4", got, state.SeatsInUse())
		}
	})
	for name, event := range map[string]Fact{
		"accepted in time": Accepted{Member: "ann", Role: RoleAdmin, Since: before},
		"released in time": Released{Member: "ann", Role: RoleAdmin, State: StatusInvited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if lapsed := fold(State{}, []Fact{several[1], event}).lapsedEvents(later); len(lapsed) != 0 {
				t.Errorf("%v", lapsed)
			}
		})
	}
	t.Run("lapse after a change of role", func(t *testing.T) {
		t.Parallel()
		changed := fold(State{}, []Fact{several[1], RoleChanged{Member: "ann", From: RoleAdmin, To: RoleGuest, State: StatusInvited}})
		if lapsed := changed.lapsedEvents(now); len(lapsed) != 1 || changed.At(now).Use() != (Use{}) {
			t.Errorf("%v, %+v", lapsed, changed.At(now).Use())
		}
	})
}

func TestView(t *testing.T) {
	t.Parallel()
	paid := fold(State{}, []Fact{plan(2, 1), allocated("ann", RoleAdmin), reserved("bob", RoleMember, nil), allocated("gus", RoleGuest)})
	over := fold(paid, []Fact{plan(1, 0)})
	free := fold(paid, []Fact{LimitsChanged(*freePlan(5))})
	for name, tt := range map[string]struct {
		state                       State
		available, guests, overUsed int64
	}{
		"nothing yet": {State{}, 0, 0, 0},
		"full":        {paid, 0, 1, 0},
		"over":        {over, 0, 0, 2},
		"free":        {free, 2, 2, 0},
		"free, over":  {fold(free, []Fact{LimitsChanged(*freePlan(1))}), 0, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits, use := tt.state.Limits(), tt.state.Use()
			left, guests := max(0, limits.SeatsLeft(use)), max(0, limits.GuestsLeft(use))
			if over := limits.OverLimit(use); left != tt.available || guests != tt.guests || over != tt.overUsed {
				t.Errorf("available %d, guests %d, over %d", left, guests, over)
			}
		})
	}
	t.Run("counts", func(t *testing.T) {
		t.Parallel()
		if want := (Use{Allocated: 1, Reserved: 1, Guests: 1}); paid.Use() != want || paid.SeatsInUse() != 2 || paid.Len() != 3 {
			t.Errorf("use %+v, %d seats, %d members", paid.Use(), paid.SeatsInUse(), paid.Len())
		}
		if paid.Size() <= (State{}).Size() {
			t.Error("members have no size")
		}
	})
	t.Run("a member", func(t *testing.T) {
		t.Parallel()
		seat, ok := paid.Member("bob")
		if want := (Seat{Role: RoleMember, State: StatusInvited, Since: before}); !ok || seat != want {
			t.Errorf("bob has %+v, %v", seat, ok)
		}
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	if Stream("acme") != "seating:acme" || Type.Name != Stream("acme").Type() {
		t.Errorf("stream %s of type %s", Stream("acme"), Type.Name)
	}
}

func TestExpire(t *testing.T) {
	t.Parallel()
	later := now.Add(time.Hour)
	given := []domain.Event{
		LimitsChanged{Source: SourceSubscription, Product: "pro", Purchased: 5},
		Reserved{Member: "ann", Role: RoleMember, Since: now, ExpiresAt: &later},
		Reserved{Member: "bob", Role: RoleMember, Since: now},
	}
	for name, test := range map[string]struct {
		at   time.Time
		want []domain.Event
	}{
		"before it lapses": {later.Add(-1), nil},
		"once it lapsed":   {later, []domain.Event{ReservationExpired{Member: "ann", Role: RoleMember, ExpiresAt: later}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: test.at}}
			s.Given(given...).When(Expire{}).Then(t, test.want...)
			s.Given(append(given[:3:3], test.want...)...).When(Expire{}).Then(t)
		})
	}
}
