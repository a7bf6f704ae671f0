package command

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// StatusReleased is a seat's state in the answer to its release. No stored seat has it.
const StatusReleased seating.Status = "released"

// Seat is a member's seat as a command leaves it.
type Seat struct {
	Member string
	Role   seating.Role
	State  seating.Status
	Since  time.Time // when State began
}

// SeatChanges counts the members that [SyncSeats] added, changed and removed.
type SeatChanges struct {
	Added, Changed, Removed int
}

// AllocateSeat allocates a seat to a member or reserves one. The caller fills in all of c but Free.
func AllocateSeat(name string, c seating.Allocate) Command[Seat] {
	return onMember(name, c.Member, func(free *seating.Limits) seating.Command {
		c := c
		c.Free = free
		return c
	})
}

// AcceptSeat turns an invitation into an allocation.
func AcceptSeat(name, member string) Command[Seat] {
	return onMember(name, member, func(free *seating.Limits) seating.Command {
		return seating.Accept{Member: member, Free: free}
	})
}

// ChangeSeatRole gives a member another role. The caller fills in all of c but Free.
func ChangeSeatRole(name string, c seating.ChangeRole) Command[Seat] {
	return onMember(name, c.Member, func(free *seating.Limits) seating.Command {
		c := c
		c.Free = free
		return c
	})
}

// ReleaseSeat takes a member's seat back; the purchased seats stay.
func ReleaseSeat(name, member string) Command[Seat] {
	return onPool(name, func(d *eventstore.Decision, pool domain.Stream) (Seat, error) {
		seat, _ := eventstore.StateOf[seating.State](d, pool).Member(member)
		c := seating.Release{Member: member, Free: freePlan(d)}
		if _, err := apply(d, pool, seating.Decide, seating.Command(c)); err != nil {
			return Seat{}, err
		}
		return Seat{Member: member, Role: seat.Role, State: StatusReleased, Since: d.Now()}, nil
	})
}

// SyncSeats makes the pool's members equal to a list. The caller fills in all of c but Free.
func SyncSeats(name string, c seating.Sync) Command[SeatChanges] {
	return onPool(name, func(d *eventstore.Decision, pool domain.Stream) (SeatChanges, error) {
		c := c
		c.Free = freePlan(d)
		facts, err := decideAt(d, pool, seating.Decide, seating.Command(c), d.Now())
		if err != nil {
			return SeatChanges{}, err
		}
		added, changed, removed := seating.Changes(facts)
		return SeatChanges{Added: added, Changed: changed, Removed: removed}, nil
	})
}

// ExpireInvitations writes down which invitations had lapsed by an instant. Every command on the pool does the same before
// itself, so this command matters to readers only.
func ExpireInvitations(name string, at time.Time) Command[struct{}] {
	return onPool(name, func(d *eventstore.Decision, pool domain.Stream) (struct{}, error) {
		_, err := applyAt(d, pool, seating.Decide, seating.Command(seating.Expire{Free: freePlan(d)}), at)
		return struct{}{}, err
	})
}

// Room tells how many seats a workspace has left, and the code that refuses those who were asked for; "" where all are admitted.
type Room struct {
	Limits seating.Limits
	Use    seating.Use
	Code   string
}

// CheckSeats tells whether so many more admins or members, and so many more guests, would get a seat now. It writes nothing.
func CheckSeats(name string, seats, guests int64) Command[Room] {
	return onPool(name, func(d *eventstore.Decision, pool domain.Stream) (Room, error) {
		s := eventstore.StateOf[seating.State](d, pool).At(d.Now())
		room := Room{Limits: s.Today(freePlan(d)), Use: s.Use()}
		room.Code = room.Limits.Refusal(room.Use, seats, guests)
		if refused, ok := errors.AsType[*domain.Rejection](outOfSync(d, name, domain.Conflict(room.Code, ""))); ok {
			room.Code = refused.Code
		}
		return room, nil
	})
}

// onMember decides a command that leaves the member with a seat.
func onMember(name, member string, complete func(free *seating.Limits) seating.Command) Command[Seat] {
	return onPool(name, func(d *eventstore.Decision, pool domain.Stream) (Seat, error) {
		after, err := apply(d, pool, seating.Decide, complete(freePlan(d)))
		if err != nil {
			return Seat{}, err
		}
		seat, _ := after.Member(member)
		return Seat{Member: member, Role: seat.Role, State: seat.State, Since: seat.Since}, nil
	})
}

// onPool decides on a workspace's seat pool. It reads the catalog, because the free plan's limits may have changed since the
// pool copied them. It reads the subscription and carries out the deadlines due there first, so that nobody gets a seat of
// a plan that has ended.
func onPool[R any](name string, decide func(*eventstore.Decision, domain.Stream) (R, error)) Command[R] {
	pool := seating.Stream(name)
	return Command[R]{
		Resource: pool,
		Reads:    []domain.Stream{catalog.Stream(), subscription.Stream(name)},
		Writes:   []domain.Stream{pool},
		Decide: func(d *eventstore.Decision) (R, error) {
			if err := (&workspace{d: d, name: name}).catchUpForSeats(); err != nil {
				var none R
				return none, err
			}
			result, err := decide(d, pool)
			return result, outOfSync(d, name, err)
		},
	}
}

// closeByClock closes the seats of a license that has expired, whether or not anybody has noted that.
func (w *workspace) closeByClock() error {
	if eventstore.StateOf[seating.State](w.d, seating.Stream(w.name)).Limits().Source != seating.SourceLicense {
		return nil
	}
	return w.copySeats(w.d.Now())
}

// outOfSync refuses with license_out_of_sync what finds no seat because the license was not confirmed for too long.
func outOfSync(d *eventstore.Decision, name string, err error) error {
	refused, ok := errors.AsType[*domain.Rejection](err)
	if !ok || refused.Code != "no_seat_available" && refused.Code != "no_guest_seat_available" {
		return err
	}
	limits := eventstore.StateOf[seating.State](d, seating.Stream(name)).Limits()
	if limits.Source != seating.SourceLicense || !(&workspace{d: d, name: name}).licensed().Closed(d.Now()) {
		return err
	}
	conflict := domain.Conflict("license_out_of_sync", "the license was not confirmed for too long, and admits nobody until it is")
	conflict.Details = refused.Details
	return conflict
}

// catchUpForSeats carries out the subscription's deadlines as far as they may be: bills that wait for an operator keep
// nobody from the seats. A license is taken as it is now.
func (w *workspace) catchUpForSeats() error {
	err := w.catchUp()
	if refused, ok := errors.AsType[*domain.Rejection](err); ok && refused.Code == subscription.CodeTooFarBehind {
		err = nil
	}
	if err != nil {
		return err
	}
	return w.closeByClock()
}
