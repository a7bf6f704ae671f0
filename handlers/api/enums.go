package api

import (
	"slices"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/operations"
	"github.com/tallystick/tallystick/handlers/api/seats"
	"github.com/tallystick/tallystick/handlers/api/subscriptions"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
)

// enums names the enumerations of the document. A field or a filter of such a type refers to it by itself.
var enums = slices.Concat(operations.Enums, seats.Enums, subscriptions.Enums, []endpoint.Enum{
	endpoint.EnumOf("Action", allActions()),
	endpoint.EnumOf("ChangeKind", subscription.ChangeKinds),
	endpoint.EnumOf("Collection", subscription.Collections),
	endpoint.EnumOf("ConvertAnchor", subscription.ConvertAnchors),
	endpoint.EnumOf("CouponDuration", pricing.Durations),
	endpoint.EnumOf("CreditKind", projections.CreditKinds),
	endpoint.EnumOf("CreditSource", account.Sources),
	endpoint.EnumOf("Interval", period.Intervals),
	endpoint.EnumOf("InvoiceReason", invoice.Reasons),
	endpoint.EnumOf("InvoiceStatus", invoice.Statuses),
	endpoint.EnumOf("LedgerMode", eventstore.Modes),
	endpoint.EnumOf("LimitPer", catalog.LimitPers),
	endpoint.EnumOf("LineKind", pricing.LineKinds),
	endpoint.EnumOf("PaymentStatus", invoice.PaymentStatuses),
	endpoint.EnumOf("PriceChange", pricing.Changes),
	endpoint.EnumOf("PriceScheme", pricing.Schemes),
	endpoint.EnumOf("ProjectionStatus", engine.Statuses),
	endpoint.EnumOf("Proration", period.Prorations),
	endpoint.EnumOf("RefundStatus", refund.Statuses),
	endpoint.EnumOf("ResumeAnchor", subscription.ResumeAnchors),
	endpoint.EnumOf("Role", seating.Roles),
	endpoint.EnumOf("SeatState", seating.Statuses),
	endpoint.EnumOf("Settlement", subscription.Settlements),
	endpoint.EnumOf("SubscriptionStatus", subscription.Statuses),
	endpoint.EnumOf("TaxBehavior", pricing.TaxBehaviors),
	endpoint.EnumOf("TaxTreatment", pricing.TaxTreatments),
	endpoint.EnumOf("TrialEnd", subscription.AtEnds),
	endpoint.EnumOf("TrialStatus", trial.Statuses),
})

// allActions are those of all states together: a conflict may name what another stream allows.
func allActions() []endpoint.Action {
	var all []endpoint.Action
	for _, name := range slices.Concat(subscription.Actions, invoice.Actions, seating.Actions) {
		if action := endpoint.Action(name); !slices.Contains(all, action) {
			all = append(all, action)
		}
	}
	return all
}
