package subscriptions

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	tag      = endpoint.Tag{Name: "Subscriptions", Text: "What a workspace bought: one price for a number of seats, period after period."}
	tagTrial = endpoint.Tag{Name: "Trials", Text: "What a workspace tries before it pays, once for each family of products."}
)

// Enums are the enumerations that no rule knows.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("PlanStatus", planStatuses()),
	endpoint.EnumOf("PlanAccess", []planAccess{accessFull, accessReadOnly, accessNone}),
}

// Routes gives the routes of subscriptions, trials and plans.
func Routes() []endpoint.Route {
	return slices.Concat(subscriptionRoutes, changeRoutes, cancelRoutes, collectionRoutes, discountRoutes, previewRoutes, planRoutes,
		trialRoutes)
}
