package invoices

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var (
	noRefund         = endpoint.NotFound("refund_not_found", "the ledger has no such refund")
	refundSettled    = endpoint.Conflict("refund_settled", "the money went back already")
	refundInProgress = endpoint.Conflict("refund_in_progress", "the gateway may be sending the money back: its answer is awaited")
)

var refundRoutes = []endpoint.Route{
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/refunds", ID: "list-refunds", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "List refunds", Text: "In the order in which they were made. A pending one is owed until it is recorded that it was paid.",
		Parameters: endpoint.ListParameters(
			filterWorkspace, endpoint.ChoiceFilter("status", "Only those of this status.", refund.Statuses),
		),
	}, projections.Invoices, listRefunds),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/refunds/{refund}", ID: "get-refund", Tag: tag, Roles: endpoint.RolesReading,
		Summary: "Get a refund", Versioned: true, Refusals: noRefund,
	}, projections.Invoices, getRefund),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/refunds/{refund}/record", ID: "record-refund", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Record a refund", Text: "For money that went back outside, such as that of a payment that came by hand.",
		Example: map[string]any{"reference": "wire 4712"},
		Needs:   "a refund, such as that of a cancellation of what was paid",
		Refusals: slices.Concat(noRefund,
			refundSettled, refundInProgress,
			endpoint.Invalid("reference_invalid", "paid_at_invalid")),
	}, recordRefund, viewRefund),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/refunds/{refund}/retry", ID: "retry-refund", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Retry a refund",
		Text: "Has the gateway that took the money asked once more, with the next key, after it sent nothing back; where it is not known what " +
			"it did, it is asked for that alone.",
		Needs: "a refund that failed at the gateway",
		Refusals: slices.Concat(noRefund, refundSettled, refundInProgress,
			endpoint.Conflict("invalid_transition", "no gateway took the money: it goes back by hand")),
	}, retryRefund, viewRefund),
	endpoint.FoundCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/payments/{payment}/refund", ID: "refund-payment", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Refund a payment", Status: http.StatusCreated,
		Text: "Lets money that a gateway took go back by it, as often as something is left of the payment. Money that was recorded by hand goes " +
			"back by hand: its refund is pending until that is recorded. An overpayment takes the credit that it became; the rest is a credit " +
			"note over the lines of the payment's invoice, which lowers first what is owed.",
		Example: map[string]any{"amount": map[string]any{"amount": "5.00", "currency": "USD"}, "reason": "asked for it"},
		Needs:   "a payment that succeeded",
		Refusals: slices.Concat(endpoint.NotFound("payment_not_found", "there is no such payment"),
			endpoint.Conflict("payment_not_succeeded", "the gateway took no money by it, or it is gone; with payment_status"),
			endpoint.Invalid("refund_exceeds_payment", "amount_invalid", "currency_mismatch", "reason_invalid")),
	}, projections.Payments, func(refundPaymentBody) endpoint.Reading[projections.Payment] { return findRefunded }, refundPayment, viewRefundedPayment),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/credits/refund", ID: "refund-credit", Tag: tag, Roles: endpoint.RolesMoney,
		Summary: "Pay credit out", Status: http.StatusCreated,
		Text: "Lets credit go back as money, by one refund for each payment that it goes back to. No more goes back than the money that came " +
			"in the currency and has not gone back: credit that was given never becomes cash.",
		Example: map[string]any{"amount": map[string]any{"amount": "5.00", "currency": "USD"}, "reason": "asked for it"},
		Needs:   "credit that was paid, such as that of a cancellation",
		Refusals: slices.Concat(view.TooFarBehind,
			endpoint.Conflict("credit_too_small", "the credit is less"),
			endpoint.Conflict("refund_exceeds_payments", "less of the money that came has not gone back"),
			endpoint.Invalid("amount_invalid", "reason_invalid")),
	}, refundCredit, viewCreditRefund),
}
