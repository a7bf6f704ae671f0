package portal

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/process"
)

// Paths of the pages, and the places of their links.
const (
	PayPath    = "/pay/{link}"
	SetupPath  = "/setup/{link}"
	actionPath = "/pay/action/{link}"

	placeLink   = "payment_link"
	placeAction = "payment_action"
	placeSetup  = "payment_setup"
)

// rooms serves the pages.
type rooms struct {
	gateways  gateway.Set
	deadlines *process.Deadlines
}

// Routes gives the routes of all pages.
func Routes(gateways gateway.Set, deadlines *process.Deadlines) []endpoint.Route {
	r := rooms{gateways, deadlines}
	return slices.Concat(
		pair(actionPath, "action-page", placeAction, r.showAction, r.act),
		pair(PayPath, "pay-page", placeLink, r.showPay, r.pay),
		pair(SetupPath, "setup-page", placeSetup, r.showSetup, r.setUp),
		r.customerRoutes(),
	)
}

// pair gives a page, and the route of its form.
func pair(path, id, place string, show func(*endpoint.Call) (endpoint.Rendered, error), act func(*endpoint.Call, url.Values) (string, error)) []endpoint.Route {
	return []endpoint.Route{
		endpoint.PageOfLink(endpoint.Route{Method: http.MethodGet, Path: path, ID: "show-" + id}, place, show),
		endpoint.FormOfLink(endpoint.Route{Method: http.MethodPost, Path: path, ID: "send-" + id}, place, act),
	}
}
