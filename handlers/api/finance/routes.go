package finance

import (
	"slices"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Finance", Text: "The books: double entry of all that moved money, the periods, and reports on them as of any time."}

// Routes gives the routes of the books.
func Routes() []endpoint.Route { return slices.Concat(bookRoutes, reportRoutes()) }

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("RecognitionMethod", journal.Methods), endpoint.EnumOf("PeriodStatus", periodStatuses),
}
