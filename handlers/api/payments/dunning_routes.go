package payments

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var dunningRoutes = []endpoint.Route{
	endpoint.LogQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/dunning", ID: "get-dunning", Tag: tag, Roles: endpoint.RolesReading, Versioned: true,
		Summary: "Get the policy of dunning", Text: "The default until one is set; its ETag is that of version 0.",
	}, getDunning),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/dunning", ID: "set-dunning", Tag: tag, Roles: endpoint.RolesAdmin,
		Summary: "Set the policy of dunning",
		Text: "Of invoices that fall due from now on; the same again changes nothing, and what is not given takes its default. Days are civil " +
			"days after the due date, and each step comes as its day begins in the invoice's time zone. Money is tried to be collected again " +
			"on the retry_days, until it is taken or the decline is hard. A subscription with an invoice that is past due, or overdue, is " +
			"past_due; from restrict_after_days on it is restricted, and after cancel_after_days it is canceled.",
		Example:  map[string]any{"retry_days": []int{1, 3, 5, 7}, "restrict_after_days": 14, "cancel_after_days": 28, "settlement": "credit"},
		Refusals: endpoint.Invalid("retry_days_invalid", "restrict_after_days_invalid", "cancel_after_days_invalid", "settlement_invalid"),
	}, setDunning, viewPolicy),
}
