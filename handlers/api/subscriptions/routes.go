package subscriptions

import (
	"slices"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var (
	tag      = endpoint.Tag{Name: "Subscriptions", Text: "What a workspace bought: one price for a number of seats, period after period."}
	tagTrial = endpoint.Tag{Name: "Trials", Text: "What a workspace tries before it pays, once for each family of products."}
)

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("Retries", projections.AllRetries),
	endpoint.EnumOf("Action", endpoint.ActionsOf(subscription.Actions)),
	endpoint.EnumOf("ChangeKind", subscription.ChangeKinds),
	endpoint.EnumOf("Collection", subscription.Collections),
	endpoint.EnumOf("ConvertAnchor", subscription.ConvertAnchors),
	endpoint.EnumOf("PlanAccess", []planAccess{accessFull, accessReadOnly, accessNone}),
	endpoint.EnumOf("PlanStatus", planStatuses()),
	endpoint.EnumOf("ResumeAnchor", subscription.ResumeAnchors),
	endpoint.EnumOf("Settlement", subscription.Settlements),
	endpoint.EnumOf("SubscriptionStatus", subscription.Statuses),
	endpoint.EnumOf("TrialEnd", subscription.AtEnds),
	endpoint.EnumOf("TrialStatus", trial.Statuses),
}

// Routes gives the routes of subscriptions, trials and plans.
func Routes() []endpoint.Route {
	return slices.Concat(subscriptionRoutes, changeRoutes, cancelRoutes, collectionRoutes, discountRoutes, previewRoutes, planRoutes,
		trialRoutes)
}
