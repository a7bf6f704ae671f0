package seating

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Stream names the seat pool of a workspace.
func Stream(workspace string) domain.Stream { return domain.NewStream("seating", workspace) }

// State describes the seat pool of a workspace. It is a value: what an event changes is copied, the rest is shared.
type State struct {
	limits   Limits // of no plan yet while Source is empty
	use      Use
	members  roster[Seat]
	expiring roster[string] // member by deadline, so that lapsed invitations are found without walking all members
}

// Seat describes the seat of a member.
type Seat struct {
	Role      Role       `json:"role"`
	State     Status     `json:"state"`
	Since     time.Time  `json:"since"`      // when the present state began
	ExpiresAt *time.Time `json:"expires_at"` // of an invitation that lapses
}

// MarshalJSON shows the limits, what is in use, and the members by their names.
func (s State) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Limits  Limits          `json:"limits"`
		Use     Use             `json:"use"`
		Members map[string]Seat `json:"members"`
	}{s.Limits(), s.use, maps.Collect(s.members.all())})
}

// Limits gives those copied last; a pool without any has those of no plan, which admit nobody.
func (s State) Limits() Limits {
	if s.limits.Source == "" {
		return noPlan
	}
	return s.limits
}

// Use counts the seats in use, including those of invitations that lapsed before any event said so; see [State.At].
func (s State) Use() Use { return s.use }

// SeatsInUse counts what admins and members use, allocated and reserved: as many must be bought.
func (s State) SeatsInUse() int64 { return s.use.Seats() }

// Member finds the seat of a member.
func (s State) Member(name string) (Seat, bool) { return s.members.get(name) }

// Members runs through all members by name.
func (s State) Members() iter.Seq2[string, Seat] { return s.members.all() }

// Len counts the members, invited ones included.
func (s State) Len() int { return s.members.Len() }

// At gives the state with the invitations expired that have lapsed by now.
func (s State) At(now time.Time) State { return fold(s, s.lapsedEvents(now)) }

// lapsedEvents expire the invitations that lapsed by now, the earliest first.
func (s State) lapsedEvents(now time.Time) []Fact {
	var events []Fact
	for _, member := range s.expiring.all() {
		seat, _ := s.members.get(member)
		if seat.ExpiresAt.After(now) {
			break
		}
		events = append(events, ReservationExpired{Member: member, Role: seat.Role, ExpiresAt: *seat.ExpiresAt})
	}
	return events
}

// NextLapse tells when the next invitation lapses.
func (s State) NextLapse() (at time.Time, ok bool) {
	for _, member := range s.expiring.all() {
		seat, _ := s.members.get(member)
		return *seat.ExpiresAt, true
	}
	return at, false
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 200 + 260*s.members.Len() + 120*s.expiring.Len() }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// evolveAll folds many events without a copy for each of them.
func evolveAll(s State, events []domain.Event) State {
	return s.edited(func(s State) State {
		for _, event := range events {
			s = Evolve(s, event)
		}
		return s
	})
}

// edited makes many changes to the state, of which nobody sees those between.
func (s State) edited(change func(State) State) State {
	e := &edit{}
	s.members.edit, s.expiring.edit = e, e
	s = change(s)
	s.members.edit, s.expiring.edit = nil, nil
	return s
}

func fold(s State, facts []Fact) State {
	for _, fact := range facts {
		s = fact.evolve(s)
	}
	return s
}

// withSeat gives a member this seat instead of the one that the member has, if any.
func (s State) withSeat(member string, seat Seat) State {
	s = s.withoutUse(member)
	s.use = s.use.Add(seat.Role, seat.State, 1)
	s.members = s.members.with(member, seat)
	if seat.ExpiresAt != nil {
		s.expiring = s.expiring.with(deadlineKey(member, *seat.ExpiresAt), member)
	}
	return s
}

func (s State) withoutSeat(member string) State {
	s = s.withoutUse(member)
	s.members = s.members.without(member)
	return s
}

// withoutUse takes the member's seat out of everything but the members.
func (s State) withoutUse(member string) State {
	seat, ok := s.members.get(member)
	if !ok {
		return s
	}
	s.use = s.use.Add(seat.Role, seat.State, -1)
	if seat.ExpiresAt != nil {
		s.expiring = s.expiring.without(deadlineKey(member, *seat.ExpiresAt))
	}
	return s
}

// deadlineKey sorts by time, then member. Times are checked to lie in years of four digits.
func deadlineKey(member string, at time.Time) string {
	return fmt.Sprintf("%s %s", at.UTC().Format("2006-01-02T15:04:05.000000"), member)
}
