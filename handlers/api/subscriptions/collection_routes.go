package subscriptions

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var collectionRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPut, Path: "/v1/workspaces/{workspace}/subscription/collection", ID: "change-collection", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Change how invoices are collected",
		Text:    "Invoices that are made already stay as they are.",
		Example: map[string]any{"collection": "send_invoice", "days_until_due": 14},
		Refusals: slices.Concat(changeInProgress, onLive,
			endpoint.Invalid("collection_invalid", "payment_method_not_found", "days_until_due_invalid")),
	}, changeCollection, viewResult),
}
