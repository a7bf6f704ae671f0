package payments

import (
	"cmp"
	"net"
	"net/url"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/portal"
)

// setUpPaymentMethodBody is the body of POST /v1/workspaces/{workspace}/payment-methods/setup.
type setUpPaymentMethodBody struct {
	ReturnURL *string `json:"return_url,omitempty" maxLength:"2000" example:"https://example.com/billing" doc:"Where the page leads back to; https, or http on this machine."`
}

// paymentSetupView shows a setup page.
type paymentSetupView struct {
	ID        string    `json:"id"`
	URL       string    `json:"url" doc:"Of the page. Whoever has it can add one payment method, without any other credential."`
	ExpiresAt time.Time `json:"expires_at"`
}

// setUp hands a page out. Nothing is written: the address holds all that there is to know.
func setUp(c *endpoint.Call, gateways gateway.Set, b setUpPaymentMethodBody) command.Command[paymentSetupView] {
	page := portal.Setup{ID: endpoint.NewID(), Workspace: c.Workspace(), ReturnURL: domain.Or(b.ReturnURL, "")}
	if page.ReturnURL != "" && !isReturnURL(page.ReturnURL) {
		return command.Refuse[paymentSetupView](paymentmethod.Stream(c.Workspace()), returnURLInvalid())
	}
	until := command.OpenSetup(c.Workspace())
	hosted, err := portal.CheckoutSetup(c, gateways, page, cmp.Or(page.ReturnURL, c.URL("/")))
	if err != nil {
		return command.Refuse[paymentSetupView](until.Resource, err)
	}
	if hosted != nil {
		return command.ThenShow(until, paymentSetupView{ID: page.ID, URL: hosted.URL, ExpiresAt: hosted.ExpiresAt.UTC()})
	}
	return command.Command[paymentSetupView]{
		Resource: until.Resource, Reads: until.Reads, Writes: until.Writes,
		Decide: func(d *eventstore.Decision) (paymentSetupView, error) {
			link := page.Link()
			var err error
			link.ExpiresAt, err = until.Decide(d)
			return paymentSetupView{ID: page.ID, URL: c.LinkURL(portal.SetupPath, link), ExpiresAt: link.ExpiresAt.UTC()}, err
		},
	}
}

func returnURLInvalid() error {
	return domain.InvalidField("/return_url", "return_url_invalid", "return_url must be an absolute https address without a user, or http on this machine")
}

// isReturnURL reports whether a page may lead a person there.
func isReturnURL(text string) bool {
	address, err := url.Parse(text)
	if err != nil || address.Host == "" || address.User != nil {
		return false
	}
	ip := net.ParseIP(address.Hostname())
	here := address.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return address.Scheme == "https" || address.Scheme == "http" && here
}
