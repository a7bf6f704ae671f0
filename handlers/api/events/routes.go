package events

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/engine"
)

// Tag is also of the sealed log.
var Tag = endpoint.Tag{Name: "Audit", Text: "The log of all that happened, and the read models that follow it."}

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("ProjectionStatus", engine.Statuses),
}

// Routes gives the routes of the log and of the read models that follow it.
func Routes(log Log, models *engine.Engine) []endpoint.Route {
	return slices.Concat(eventRoutes(log), timelineRoutes(log), projectionRoutes(models))
}
