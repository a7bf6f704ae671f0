package invoices

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Invoices", Text: "Bills with what was paid and credited of them, and the credit of workspaces."}

// Routes gives the routes of invoices and credit.
func Routes() []endpoint.Route {
	return slices.Concat(invoiceRoutes, upcomingRoutes, balanceRoutes, creditNoteRoutes, creditRoutes, refundRoutes, paperRoutes, linkRoutes, taxRoutes, itemRoutes)
}
