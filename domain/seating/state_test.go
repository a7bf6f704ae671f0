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
	// They hold no seat, and that is written with the next event.
	full.When(Allocate{Member: "bob", Role: RoleMember}).
		Then(t, expired, Allocated{Member: "bob", Role: RoleMember, Since: now})
	full.When(Allocate{Member: "ann", Role: RoleMember}).
		Then(t, expired, Allocated{Member: "ann", Role: RoleMember, Since: now})
	full.When(SetLimits{Limits: Limits(plan(2, 0))}).Then(t, expired, plan(2, 0))
	// It is not written with nothing or with a refusal.
	full.When(SetLimits{Limits: Limits(plan(1, 0))}).Then(t)
	full.When(Release{Member: "bob"}).ThenRejected(t, "member_not_found")
	full.When(ChangeRole{Member: "ann", Role: RoleMember}).ThenRejected(t, "invitation_expired")
	// Whoever wants the invitation gone gets that.
	full.When(Release{Member: "ann"}).Then(t, expired)
	full.When(Sync{Members: []SyncMember{}}).Then(t, expired)
	full.When(Sync{Members: []SyncMember{{Member: "ann", Role: RoleAdmin}}}).
		Then(t, expired, Allocated{Member: "ann", Role: RoleAdmin, Since: now})

	earliest := before.Add(-time.Hour)
	several := []domain.Event{plan(5, 0), reserved("ann", RoleAdmin, &before), reserved("bob", RoleMember, &later),
		reserved("cat", RoleMember, &earliest), reserved("dan", RoleMember, nil)}
	spec.Given(several...).When(Release{Member: "dan"}).Then(t,
		ReservationExpired{Member: "cat", Role: RoleMember, ExpiresAt: earliest}, expired,
		Released{Member: "dan", Role: RoleMember, State: StatusInvited})

	state := fold(State{}, several)
	if got := state.At(now).SeatsInUse(); got != 2 || state.SeatsInUse() != 4 {
		t.Errorf("%d of %d seats are in use now, want 2 of 4", got, state.SeatsInUse())
	}
	// Who accepted, changed role or left in time has nothing left to lapse.
	for _, event := range []domain.Event{
		Accepted{Member: "ann", Role: RoleAdmin, Since: before},
		Released{Member: "ann", Role: RoleAdmin, State: StatusInvited},
	} {
		if lapsed := fold(State{}, []domain.Event{several[1], event}).lapsed(later); len(lapsed) != 0 {
			t.Errorf("after %T: %v", event, lapsed)
		}
	}
	changed := fold(State{}, []domain.Event{several[1], RoleChanged{Member: "ann", From: RoleAdmin, To: RoleGuest, State: StatusInvited}})
	if lapsed := changed.lapsed(now); len(lapsed) != 1 || changed.At(now).Use() != (Use{}) {
		t.Errorf("after a change of role: %v, %+v", lapsed, changed.At(now).Use())
	}
}

func TestView(t *testing.T) {
	t.Parallel()
	paid := fold(State{}, []domain.Event{plan(2, 1), allocated("ann", RoleAdmin), reserved("bob", RoleMember, nil), allocated("gus", RoleGuest)})
	over := fold(paid, []domain.Event{plan(1, 0)})
	free := fold(paid, []domain.Event{LimitsChanged(*freePlan(5))})
	for name, tt := range map[string]struct {
		state                       State
		available, guests, overUsed int64
	}{
		"nothing yet": {State{}, 0, 0, 0},
		"full":        {paid, 0, 1, 0},
		"over":        {over, 0, 0, 2},
		"free":        {free, 2, 2, 0},
		"free, over":  {fold(free, []domain.Event{LimitsChanged(*freePlan(1))}), 0, 0, 2},
	} {
		limits, use := tt.state.Limits(), tt.state.Use()
		left, guests := max(0, limits.SeatsLeft(use)), max(0, limits.GuestsLeft(use))
		if over := limits.OverLimit(use); left != tt.available || guests != tt.guests || over != tt.overUsed {
			t.Errorf("%s: available %d, guests %d, over %d", name, left, guests, over)
		}
	}
	if want := (Use{Allocated: 1, Reserved: 1, Guests: 1}); paid.Use() != want || paid.SeatsInUse() != 2 || paid.Len() != 3 {
		t.Errorf("use %+v, %d seats, %d members", paid.Use(), paid.SeatsInUse(), paid.Len())
	}
	seat, ok := paid.Member("bob")
	if want := (Seat{Role: RoleMember, State: StatusInvited, Since: before}); !ok || seat != want {
		t.Errorf("bob has %+v, %v", seat, ok)
	}
	if Stream("acme") != "seating:acme" || Type.Name != Stream("acme").Type() {
		t.Errorf("stream %s of type %s", Stream("acme"), Type.Name)
	}
	if paid.Size() <= (State{}).Size() {
		t.Error("members have no size")
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
	for _, tt := range []struct {
		at   time.Time
		want []domain.Event
	}{
		{later.Add(-1), nil},
		{later, []domain.Event{ReservationExpired{Member: "ann", Role: RoleMember, ExpiresAt: later}}},
	} {
		s := domain.Spec[State, Command, domain.Event]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: tt.at}}
		s.Given(given...).When(Expire{}).Then(t, tt.want...)
		s.Given(append(given, tt.want...)...).When(Expire{}).Then(t)
	}
}
