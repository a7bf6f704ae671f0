package seats

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Seats", Text: "Who sits on the seats."}

// Routes serve seats.
func Routes() []endpoint.Route { return slices.Concat(seatRoutes, poolRoutes, usageRoutes) }
