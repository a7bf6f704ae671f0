package invoices

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Invoices", Text: "What it costs, and what of that is paid."}

// Routes serve invoices and credit.
func Routes() []endpoint.Route {
	return slices.Concat(invoiceRoutes, upcomingRoutes, balanceRoutes, creditNoteRoutes, creditRoutes, paperRoutes)
}
