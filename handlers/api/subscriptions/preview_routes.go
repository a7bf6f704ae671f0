package subscriptions

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var previewRoutes = []endpoint.Route{
	endpoint.Ask(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/subscription/proration-preview", ID: "preview-change", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Preview a change",
		Text: "What it would cost, priced by what would carry the change out, and refused as that would be. The quote is priced at this " +
			"moment and lives an hour, never past the period's end; it is void once the subscription changes.",
		Example: map[string]any{"seats": 8},
		Refusals: slices.Concat(view.PaymentPastDue, onLive, notForSale, changesPlan, changesSeats,
			endpoint.Invalid("name_invalid", "no_change", "at_invalid", "nothing_to_preview", "one_change")),
	}, previewChange, viewPreview),
}
