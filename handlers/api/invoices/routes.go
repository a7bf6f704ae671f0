package invoices

import (
	"slices"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var tag = endpoint.Tag{Name: "Invoices", Text: "Bills with what was paid and credited of them, and the credit of workspaces."}

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("Action", endpoint.ActionsOf(slices.Concat(invoice.Actions, refund.Actions))),
	endpoint.EnumOf("CreditKind", projections.CreditKinds),
	endpoint.EnumOf("CreditSource", account.Sources),
	endpoint.EnumOf("InvoiceReason", invoice.Reasons),
	endpoint.EnumOf("InvoiceStatus", invoice.Statuses),
	endpoint.EnumOf("PaymentStatus", invoice.PaymentStatuses),
	endpoint.EnumOf("RefundStatus", refund.Statuses),
	endpoint.EnumOf("RefundAttemptStatus", refund.AttemptStatuses),
}

// Routes gives the routes of invoices and credit.
func Routes() []endpoint.Route {
	return slices.Concat(invoiceRoutes, payRoutes, upcomingRoutes, balanceRoutes, creditNoteRoutes, creditRoutes, refundRoutes, paperRoutes, linkRoutes, taxRoutes, itemRoutes)
}
