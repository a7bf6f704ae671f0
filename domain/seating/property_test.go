package seating

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

// Whatever is asked for: use never rises above a limit, a refusal writes nothing, the state is what its events add up
// to, and a state that was decided on stays what it was.
func TestPoolProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state, at := State{}, now
		var history []Fact
		for range rapid.IntRange(20, 60).Draw(t, "commands") {
			at = at.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes")) * time.Minute)
			command := drawCommand(t, at)
			earlier := shown(state)
			events, err := Decide(state, command, domain.Meta{Now: at})
			next := fold(state, events)
			if shown(state) != earlier {
				t.Fatalf("%+v changed the state it was decided on", command)
			}
			if err != nil {
				if len(events) > 0 {
					t.Fatalf("refused (%v) with events %v", err, events)
				}
				continue
			}
			history = append(history, events...)
			if err := neverRose(state.At(at), next.At(at)); err != nil {
				t.Fatalf("%+v: %v", command, err)
			}
			if sync, ok := command.(Sync); ok {
				checkSynced(t, next, sync)
			}
			if again, err := Decide(next, command, domain.Meta{Now: at}); err == nil && len(again) > 0 {
				t.Fatalf("%+v again: %v", command, again)
			}
			state = next
		}
		if folded := fold(State{}, history); !reflect.DeepEqual(folded, state) {
			t.Fatalf("the events add up to %s, not %s", shown(folded), shown(state))
		}
		checkCounts(t, state)
		checkFoldedTogether(t, state, history)
		checkKept(t, state)
	})
}

// checkFoldedTogether folds the history in two parts, and nothing of the second may be seen in what the first left.
func checkFoldedTogether(t *rapid.T, state State, history []Fact) {
	cut := rapid.IntRange(0, len(history)).Draw(t, "cut")
	first := evolveAll(State{}, domain.Events(history[:cut]))
	before := shown(first)
	if whole := evolveAll(first, domain.Events(history[cut:])); !reflect.DeepEqual(whole, state) {
		t.Fatalf("folded together the events add up to %s, not %s", shown(whole), shown(state))
	}
	if shown(first) != before {
		t.Fatalf("folding more changed the state before it")
	}
}

// checkKept takes the state to its snapshot and back.
func checkKept(t *rapid.T, state State) {
	data, err := encodePool(state)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := decodePool(data); err != nil || !reflect.DeepEqual(back, state) {
		t.Fatalf("%s comes back as %s, %v, want %s", data, shown(back), err, shown(state))
	}
}

// neverRose compares each class with its use before and its limit. SetLimits raises no use, so it needs no exception.
func neverRose(before, after State) error {
	limits := after.Limits()
	if was, is := before.SeatsInUse(), after.SeatsInUse(); is > was && limits.Cap.Reason != "" && is > limits.Cap.Seats {
		return fmt.Errorf("use of seats rose from %d to %d, above %+v", was, is, limits.Cap)
	}
	if was, is := before.Use().Guests, after.Use().Guests; is > was && limits.Cap.Reason == CapOfPayment && is > limits.Cap.Guests {
		return fmt.Errorf("guests rose from %d to %d, above %+v", was, is, limits.Cap)
	}
	if limits.Source == SourceFree {
		was, is := before.Use().Seats()+before.Use().Guests, after.Use().Seats()+after.Use().Guests
		if is > was && is > limits.Purchased {
			return fmt.Errorf("use of all rose from %d to %d of %d", was, is, limits.Purchased)
		}
		return nil
	}
	if was, is := before.SeatsInUse(), after.SeatsInUse(); is > was && is > limits.Purchased {
		return fmt.Errorf("use of seats rose from %d to %d of %d", was, is, limits.Purchased)
	}
	if was, is := before.Use().Guests, after.Use().Guests; is > was && is > limits.Guests() {
		return fmt.Errorf("guests rose from %d to %d of %d", was, is, limits.Guests())
	}
	return nil
}

func checkSynced(t *rapid.T, s State, sync Sync) {
	if s.Len() != len(sync.Members) {
		t.Fatalf("%d members of a list of %d", s.Len(), len(sync.Members))
	}
	for _, wanted := range sync.Members {
		if seat, ok := s.Member(wanted.Member); !ok || seat.Role != wanted.Role || seat.State != wanted.status() {
			t.Fatalf("%+v has %+v", wanted, seat)
		}
	}
}

// checkCounts counts the hard way.
func checkCounts(t *rapid.T, s State) {
	use, lapsing := Use{}, 0
	for _, seat := range s.Members() {
		use = use.Add(seat.Role, seat.State, 1)
		if seat.ExpiresAt != nil {
			lapsing++
		}
	}
	if use != s.Use() || lapsing != s.expiring.Len() {
		t.Fatalf("use is %+v, counted %+v; %d lapse, found %d", use, s.Use(), lapsing, s.expiring.Len())
	}
}

func shown(s State) string {
	text := fmt.Sprintf("%+v %+v %d", s.limits, s.use, s.expiring.Len())
	for member, seat := range s.Members() {
		text += fmt.Sprintf(" %s %s %s %v", member, seat.Role, seat.State, seat.Since)
	}
	return text
}

var (
	drawMember = rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("m%d", rapid.IntRange(0, 7).Draw(t, "member")) })
	drawRole   = rapid.SampledFrom([]Role{RoleAdmin, RoleMember, RoleGuest})
	drawState  = rapid.SampledFrom([]*Status{nil, &active, &invited})
	drawFree   = rapid.SampledFrom([]*Limits{nil, freePlan(2), freePlan(4)})
)

func drawCap(t *rapid.T) Cap {
	c := Cap{Reason: rapid.SampledFrom([]CapReason{"", CapOfPayment, CapOfChange}).Draw(t, "cap")}
	if c.Reason != "" {
		c.Seats, c.Guests = rapid.Int64Range(0, 4).Draw(t, "cap of seats"), rapid.Int64Range(0, 4).Draw(t, "cap of guests")
	}
	return c
}

func drawCommand(t *rapid.T, at time.Time) Command {
	member, role, free := drawMember.Draw(t, "member"), drawRole.Draw(t, "role"), drawFree.Draw(t, "free")
	switch rapid.IntRange(0, 9).Draw(t, "command") {
	case 0:
		limits := Limits(plan(rapid.Int64Range(0, 4).Draw(t, "purchased"), rapid.Int64Range(0, 2).Draw(t, "guests")))
		limits.Cap = drawCap(t)
		return SetLimits{Limits: limits}
	case 1:
		limits := *freePlan(rapid.Int64Range(0, 4).Draw(t, "seats"))
		limits.Cap = drawCap(t)
		return SetLimits{Limits: limits}
	case 2:
		return Accept{Member: member, Free: free}
	case 3, 4:
		return ChangeRole{Member: member, Role: role, Free: free}
	case 5:
		return Release{Member: member, Free: free}
	case 6:
		members := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) SyncMember {
			return SyncMember{Member: drawMember.Draw(t, "member"), Role: drawRole.Draw(t, "role"), State: drawState.Draw(t, "state")}
		}), 0, 5, func(m SyncMember) string { return m.Member }).Draw(t, "members")
		return Sync{Members: append([]SyncMember{}, members...), Free: free}
	}
	command := Allocate{Member: member, Role: role, State: drawState.Draw(t, "state"), Free: free}
	if command.State == &invited && rapid.Bool().Draw(t, "lapses") {
		command.ExpiresAt = new(at.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "lifetime")) * time.Minute))
	}
	return command
}
