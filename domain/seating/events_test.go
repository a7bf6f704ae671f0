package seating

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"),
		LimitsChanged{Source: SourceSubscription, Product: "pro", Purchased: 5, GuestsPerSeat: 3},
		Allocated{Member: "ann", Role: RoleAdmin, Since: now},
		Reserved{Member: "bob", Role: RoleMember, Since: now, ExpiresAt: &later},
		Accepted{Member: "bob", Role: RoleMember, Since: now},
		RoleChanged{Member: "bob", From: RoleMember, To: RoleGuest, State: StatusActive},
		Released{Member: "bob", Role: RoleGuest, State: StatusActive},
		ReservationExpired{Member: "bob", Role: RoleMember, ExpiresAt: later},
	)
	domain.CheckShape(t, os.DirFS("testdata/events"), "seating.limits_changed.v1-cap", LimitsChanged{
		Source: SourceFree, Product: "free", Purchased: 12, GuestsPerSeat: 5, Cap: Cap{Reason: CapOfPayment, Seats: 2, Guests: 10},
	})
}
