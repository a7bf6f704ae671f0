package products

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Catalog", Text: "Products, their prices, and coupons: what a ledger sells."}

// Routes gives the routes of the catalog.
func Routes() []endpoint.Route {
	return slices.Concat(productRoutes, priceRoutes, couponRoutes, offerRoutes)
}
