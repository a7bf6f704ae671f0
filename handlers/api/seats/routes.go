package seats

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Seats", Text: "Places for the members of a workspace: who has one, how many are left, and their use day by day."}

// Enums are the enumerations that no rule knows.
var Enums = []endpoint.Enum{endpoint.EnumOf("SeatOutcome", seatOutcomes())}

// Routes gives the routes of seats.
func Routes() []endpoint.Route { return slices.Concat(seatRoutes, poolRoutes, usageRoutes) }
