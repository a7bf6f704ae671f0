package subscriptions

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	tag      = endpoint.Tag{Name: "Subscriptions", Text: "What workspaces bought."}
	tagTrial = endpoint.Tag{Name: "Trials", Text: "What they try first."}
)

// Routes serve subscriptions, trials and plans.
func Routes() []endpoint.Route {
	return slices.Concat(subscriptionRoutes, changeRoutes, cancelRoutes, collectionRoutes, discountRoutes, previewRoutes, planRoutes,
		trialRoutes)
}
