package seating_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
)

// A pool admits as many as the plan has seats, and says why it admits nobody else.
func ExampleDecide() {
	var pool seating.State
	for _, command := range []seating.Command{
		seating.SetLimits{Limits: seating.Limits{Source: seating.SourceSubscription, Product: "pro", Purchased: 1, GuestsPerSeat: 2}},
		seating.Allocate{Member: "ann", Role: seating.RoleAdmin},
		seating.Allocate{Member: "gus", Role: seating.RoleGuest},
		seating.Allocate{Member: "bob", Role: seating.RoleMember},
		seating.Release{Member: "ann"},
		seating.Allocate{Member: "bob", Role: seating.RoleMember},
	} {
		facts, err := seating.Decide(pool, command, domain.Meta{Now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)})
		if refused, ok := errors.AsType[*domain.Rejection](err); ok {
			fmt.Println(refused.Code)
		}
		for _, fact := range facts {
			pool = seating.Evolve(pool, fact)
			fmt.Println(fact.EventType())
		}
	}
	fmt.Printf("%+v\n", pool.Use())
	// Output:
	// seating.limits_changed.v1
	// seating.allocated.v1
	// seating.allocated.v1
	// no_seat_available
	// seating.released.v1
	// seating.allocated.v1
	// {Allocated:1 Reserved:0 Guests:1}
}

// An invitation keeps a seat until it lapses.
func ExampleState_At() {
	lapses := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	pool := seating.Evolve(seating.State{}, seating.Reserved{Member: "ann", Role: seating.RoleMember, ExpiresAt: &lapses})
	fmt.Println(pool.At(lapses.Add(-time.Second)).SeatsInUse(), pool.At(lapses).SeatsInUse())
	// Output: 1 0
}

func ExampleLimits_SeatsLeft() {
	use := seating.Use{Allocated: 3, Guests: 2}
	for _, source := range []seating.Source{seating.SourceSubscription, seating.SourceFree} {
		limits := seating.Limits{Source: source, Purchased: 6, GuestsPerSeat: 1}
		fmt.Println(source, limits.SeatsLeft(use), limits.GuestsLeft(use))
	}
	// Output:
	// subscription 3 4
	// free 1 1
}
