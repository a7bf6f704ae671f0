package products

import (
	"slices"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Catalog", Text: "Products, their prices, and coupons: what a ledger sells."}

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("CouponDuration", pricing.Durations),
	endpoint.EnumOf("FailMode", catalog.FailModes),
	endpoint.EnumOf("Interval", period.Intervals),
	endpoint.EnumOf("LimitPer", catalog.LimitPers),
	endpoint.EnumOf("PriceChange", pricing.Changes),
	endpoint.EnumOf("PriceScheme", pricing.Schemes),
	endpoint.EnumOf("Proration", period.Prorations),
}

// Routes gives the routes of the catalog.
func Routes() []endpoint.Route {
	return slices.Concat(productRoutes, priceRoutes, couponRoutes, offerRoutes)
}
