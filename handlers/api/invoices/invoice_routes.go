package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var (
	noInvoice     = endpoint.NotFound("invoice_not_found", "the ledger has no such invoice")
	notIssued     = endpoint.Conflict("invoice_not_finalized", "it waits for money and is not issued yet")
	invoiceVoided = endpoint.Conflict("invoice_voided", "it is void")
)

var (
	filterWorkspace = endpoint.NameFilter("workspace", "Only those of this workspace.", "the name of a workspace")
	filterStatus    = endpoint.ChoiceFilter("status", "Only those of this status.", invoice.Statuses)
	filterPayment   = endpoint.ChoiceFilter("payment_status", "Only those of this payment status.", invoice.PaymentStatuses)
	filterOverdue   = endpoint.BooleanParameter("overdue", "Only those that are overdue now, or with false only the others.")
)

var invoiceRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/invoices/{invoice}", ID: "get-invoice", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "Get an invoice", Versioned: true, Refusals: noInvoice,
	}, projections.Invoices, getInvoice),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/invoices/by-number/{number}", ID: "get-invoice-by-number", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "Get an invoice by its number", Text: "By the number that was printed on it.", Versioned: true,
		Refusals: endpoint.NotFound("invoice_not_found", "no invoice of the ledger has this number"),
	}, projections.Invoices, getInvoiceByNumber),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/invoices", ID: "list-invoices", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "List invoices", Text: "In the order in which they were made.",
		Parameters: endpoint.ListParameters(filterWorkspace, filterStatus, filterPayment, filterOverdue),
	}, projections.Invoices, listInvoices),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/invoices", ID: "list-workspace-invoices", Tag: tag,
		Roles: endpoint.RolesAll, Summary: "List a workspace's invoices", Text: "In the order in which they were made.",
		Parameters: endpoint.ListParameters(filterStatus, filterPayment, filterOverdue),
	}, projections.Invoices, listInvoices),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/invoices/{invoice}/record-payment", ID: "record-payment", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Record a payment",
		Text: "For money that was received outside. An open invoice that is paid in full is issued, and what waited for it happens, all " +
			"at once. It is taken for every invoice but a draft: it pays what is to be paid, then what was written off, and the rest becomes the " +
			"workspace's credit, which pays other invoices.",
		Example: map[string]any{"amount": map[string]any{"amount": "12.00", "currency": "USD"}, "reference": "wire 4711"},
		Refusals: slices.Concat(noInvoice, view.TooFarBehind, view.AmountOutOfRange,
			endpoint.Invalid("amount_invalid", "currency_mismatch", "reference_invalid", "paid_at_invalid")),
	}, recordPayment, viewResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/invoices/{invoice}/void", ID: "void-invoice", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Void an invoice",
		Text: "Takes an invoice back that nothing was paid of. Its number stays, and what it billed is charged no more. Of an open " +
			"invoice, what waits for it does not happen: a subscription that waits for its first payment is canceled, and what was paid " +
			"so far becomes credit. Credit that was applied comes back. An invoice that credit was given for, that another document lowered, " +
			"or that has or had lines credited, stays: credit notes take it back.",
		Example: map[string]any{"reason": "billed twice"},
		Needs:   "an invoice that nothing was paid of",
		Refusals: slices.Concat(noInvoice, view.TooFarBehind, view.AmountOutOfRange, invoiceVoided, inProgress,
			endpoint.Conflict("invoice_paid", "money was paid; a credit note takes it back"),
			endpoint.Conflict("invoice_credited", "credit was given for it or by it, which can't be taken back"),
			endpoint.Invalid("reason_invalid")),
	}, voidInvoice, viewResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/invoices/{invoice}/write-off", ID: "write-off-invoice", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Write off an invoice",
		Text:    "Gives up what is to be paid. It is uncollectible then, and may still be paid. What is taken back later lowers it first.",
		Example: map[string]any{"reason": "insolvent"},
		Refusals: slices.Concat(noInvoice, view.TooFarBehind, notIssued, invoiceVoided, inProgress,
			endpoint.Conflict("nothing_due", "nothing is expected to be paid any more"),
			endpoint.Invalid("reason_invalid")),
	}, writeOff, viewResult),
}
