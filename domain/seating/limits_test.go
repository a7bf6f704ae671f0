package seating

import "testing"

func TestAdmits(t *testing.T) {
	t.Parallel()
	paid, free := Limits(plan(3, 1)), *freePlan(3)
	closed := paid
	closed.Closed = true
	use := Use{Allocated: 1, Reserved: 1, Guests: 2}
	for name, tt := range map[string]struct {
		limits        Limits
		use           Use
		seats, guests int64
		want          bool
	}{
		"a seat and a guest place of their own":      {paid, use, 1, 1, true},
		"one seat too many":                          {paid, use, 2, 0, false},
		"one guest too many":                         {paid, use, 0, 2, false},
		"guests over their limit leave seats free":   {paid, Use{Guests: 9}, 3, 0, true},
		"asking for nobody is allowed in any pool":   {paid, Use{Guests: 9}, 0, 0, true},
		"a guest of the free plan takes a seat":      {free, Use{Allocated: 2}, 0, 1, true},
		"the free plan's last seat goes to only one": {free, Use{Allocated: 2}, 1, 1, false},
		"guests fill the free plan":                  {free, Use{Guests: 3}, 1, 0, false},
		"a closed pool":                              {closed, Use{}, 1, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.limits.Admits(tt.use, tt.seats, tt.guests); got != tt.want {
				t.Errorf("%+v with %+v admits %d and %d guests: %v", tt.limits, tt.use, tt.seats, tt.guests, got)
			}
		})
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	use := Use{Allocated: 1, Reserved: 2, Guests: 4}
	if got := Limits(plan(9, 1)).InUse(use); got != 3 {
		t.Errorf("%d seats of a plan are in use", got)
	}
	if got := freePlan(9).InUse(use); got != 7 {
		t.Errorf("%d seats of the free plan are in use", got)
	}
}

// A plan that waits bounds who enters, beside the plan that there is, each role by its own limit.
func TestCap(t *testing.T) {
	t.Parallel()
	payment, change := Cap{Reason: CapOfPayment, Seats: 2, Guests: 1}, Cap{Reason: CapOfChange, Seats: 2}
	capped := func(limits LimitsChanged, c Cap) LimitsChanged {
		limits.Cap = c
		return limits
	}
	unpaid, waiting := capped(LimitsChanged(*freePlan(4)), payment), capped(plan(4, 1), change)
	ann, bob := allocated("ann", RoleAdmin), reserved("bob", RoleMember, nil)
	gus := allocated("gus", RoleGuest)
	free := freePlan(4)
	t.Run("of a payment, for a member", func(t *testing.T) {
		t.Parallel()
		spec.Given(unpaid, ann, bob).When(Allocate{Member: "cat", Role: RoleMember, Free: free}).ThenRejected(t, "no_seat_available")
	})
	t.Run("of a payment, for a guest", func(t *testing.T) {
		t.Parallel()
		spec.Given(unpaid, ann, bob).When(Allocate{Member: "gus", Role: RoleGuest, Free: free}).
			Then(t, Allocated{Member: "gus", Role: RoleGuest, Since: now})
		spec.Given(unpaid, gus).When(Allocate{Member: "hal", Role: RoleGuest, Free: free}).ThenRejected(t, "no_guest_seat_available")
	})
	t.Run("of a payment, for a guest who becomes a member", func(t *testing.T) {
		t.Parallel()
		spec.Given(unpaid, ann, bob, gus).When(ChangeRole{Member: "gus", Role: RoleMember, Free: free}).ThenRejected(t, "no_seat_available")
		spec.Given(unpaid, ann, bob).When(ChangeRole{Member: "bob", Role: RoleAdmin, Free: free}).
			Then(t, RoleChanged{Member: "bob", From: RoleMember, To: RoleAdmin, State: StatusInvited})
	})
	t.Run("of a payment, for a list", func(t *testing.T) {
		t.Parallel()
		list := []SyncMember{{Member: "ann", Role: RoleAdmin}, {Member: "cat", Role: RoleMember}}
		spec.Given(unpaid, ann, bob).When(Sync{Members: list, Free: free}).
			Then(t, Released{Member: "bob", Role: RoleMember, State: StatusInvited}, Allocated{Member: "cat", Role: RoleMember, Since: now})
		list = append(list, SyncMember{Member: "dan", Role: RoleMember})
		spec.Given(unpaid, ann, bob).When(Sync{Members: list, Free: free}).ThenRejected(t, "no_seat_available")
	})
	t.Run("of a payment, while the free plan has less", func(t *testing.T) {
		t.Parallel()
		spec.Given(unpaid, ann).When(Allocate{Member: "bob", Role: RoleMember, Free: freePlan(1)}).ThenRejected(t, "no_seat_available")
		spec.Given(unpaid).When(Allocate{Member: "ann", Role: RoleAdmin, Free: freePlan(3)}).
			Then(t, capped(LimitsChanged(*freePlan(3)), payment), Allocated{Member: "ann", Role: RoleAdmin, Since: now})
	})
	t.Run("of a change", func(t *testing.T) {
		t.Parallel()
		spec.Given(waiting, ann, bob).When(Allocate{Member: "cat", Role: RoleMember}).ThenRejected(t, "pending_change_conflict")
		spec.Given(waiting, ann, bob).When(Allocate{Member: "gus", Role: RoleGuest}).
			Then(t, Allocated{Member: "gus", Role: RoleGuest, Since: now})
		spec.Given(capped(plan(2, 1), change), ann, bob).When(Allocate{Member: "cat", Role: RoleMember}).
			ThenRejected(t, "no_seat_available")
	})
	for name, tt := range map[string]struct {
		limits                      LimitsChanged
		use                         Use
		seats, guests, leftS, leftG int64
		allowed                     bool
	}{
		"a seat and a guest":          {unpaid, Use{Allocated: 1}, 1, 1, 1, 1, true},
		"two seats":                   {unpaid, Use{Allocated: 1}, 2, 0, 1, 1, false},
		"two guests":                  {unpaid, Use{Allocated: 1}, 0, 2, 1, 1, false},
		"less than both together":     {capped(LimitsChanged(*freePlan(2)), payment), Use{Allocated: 1}, 1, 1, 1, 1, false},
		"guests where seats wait":     {waiting, Use{Allocated: 2}, 0, 4, 0, 4, true},
		"seats that the next has not": {waiting, Use{Allocated: 2}, 1, 0, 0, 4, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := Limits(tt.limits)
			if l.Admits(tt.use, tt.seats, tt.guests) != tt.allowed || l.SeatsLeft(tt.use) != tt.leftS || l.GuestsLeft(tt.use) != tt.leftG {
				t.Errorf("%+v admits %v, %d and %d are left", l, l.Admits(tt.use, tt.seats, tt.guests), l.SeatsLeft(tt.use), l.GuestsLeft(tt.use))
			}
		})
	}
}
