package payments

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/portal"
)

// portalPage names one of the customer's pages.
type portalPage string

const (
	pageHome     portalPage = "home"
	pageUpgrade  portalPage = "upgrade"
	pageInvoices portalPage = "invoices"
	pageMethods  portalPage = "payment-methods"
)

// portalPages lists all that a link can lead to.
var portalPages = []portalPage{pageHome, pageUpgrade, pageInvoices, pageMethods}

// openPortalBody is the body of POST /v1/workspaces/{workspace}/portal.
type openPortalBody struct {
	ReturnURL *string     `json:"return_url,omitempty" maxLength:"2000" example:"https://example.com/billing" doc:"Where the pages lead back to; https, or http on this machine."`
	Page      *portalPage `json:"page,omitempty" default:"home" doc:"The first page."`
}

// portalView shows a link to the customer's pages.
type portalView struct {
	URL       string    `json:"url" doc:"Whoever has it acts for the workspace, without any other credential."`
	ExpiresAt time.Time `json:"expires_at"`
}

// openPortal hands the customer's pages out. Nothing is written: the address holds all that there is to know.
func openPortal(c *endpoint.Call, b openPortalBody) command.Command[portalView] {
	customer := portal.Customer{Workspace: c.Workspace(), ReturnURL: domain.Or(b.ReturnURL, "")}
	if customer.ReturnURL != "" && !isReturnURL(customer.ReturnURL) {
		return command.Refuse[portalView](subscription.Stream(c.Workspace()), returnURLInvalid())
	}
	path, known := portal.CustomerPaths[string(domain.Or(b.Page, pageHome))]
	if !known {
		return command.Refuse[portalView](subscription.Stream(c.Workspace()), domain.InvalidField("/page", "page_invalid", "page must be home, upgrade, invoices or payment-methods"))
	}
	until := command.OpenPortal(c.Workspace())
	return command.Command[portalView]{
		Resource: until.Resource, Reads: until.Reads, Writes: until.Writes,
		Decide: func(d *eventstore.Decision) (portalView, error) {
			link := customer.Link()
			var err error
			link.ExpiresAt, err = until.Decide(d)
			return portalView{URL: c.LinkURL(path, link), ExpiresAt: link.ExpiresAt.UTC()}, err
		},
	}
}
