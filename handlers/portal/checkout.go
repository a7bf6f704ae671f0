package portal

import (
	"errors"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// hosted gives the gateway whose own pages take an amount of a ledger's customers; nil for a sandbox, for nothing to pay, and where
// nothing is done at all.
func hosted(c *endpoint.Call, gateways gateway.Set, amount money.Amount) gateway.Hosted {
	if amount.Sign() <= 0 {
		return nil
	}
	return hosting(c, gateways)
}

func hosting(c *endpoint.Call, gateways gateway.Set) gateway.Hosted {
	if c.Ledger.Mode != eventstore.ModeLive || c.DryRun() {
		return nil
	}
	pages, _ := gateways[gateway.Stripe].(gateway.Hosted)
	return pages
}

// opened judges a page that was asked for. It refuses with gateway_not_configured, gateway_unreachable or gateway_refused.
func opened(page gateway.Page, err error) (*paymentlink.Page, error) {
	refused, is := errors.AsType[*domain.Rejection](err)
	switch {
	case is && refused.Code == "gateway_not_configured":
		err = domain.InvalidField("/gateway", "gateway_not_configured", "the ledger takes no money yet: give it a secret key by PUT /v1/gateways/%s", gateway.Stripe)
	case errors.Is(err, gateway.ErrUnreachable):
		err = domain.Conflict("gateway_unreachable", "the gateway can't be reached now")
	}
	return &paymentlink.Page{Gateway: gateway.Stripe, Reference: page.Reference, URL: page.URL, ExpiresAt: page.ExpiresAt}, err
}

// Checkout asks for a page of the gateway's own on which a link is paid, once for each key; it is nil where a page of this program
// does for it. It refuses with gateway_not_configured, gateway_unreachable or gateway_refused.
func Checkout(c *endpoint.Call, gateways gateway.Set, l paymentlink.State, key string) (*paymentlink.Page, error) {
	pages := hosted(c, gateways, l.Amount)
	if pages == nil {
		return nil, nil
	}
	title, back := "Invoice", c.LinkURL(PayPath, PayLink(l))
	if l.Sale != nil {
		title = l.Sale.Terms.Product
	}
	return opened(pages.PaymentPage(c.Context(), c.Ledger, gateway.PaymentPage{
		Key: "link:" + l.ID + ":" + key, Link: l.ID, Workspace: l.Workspace, Title: title, Amount: l.Amount, Save: l.Sale != nil,
		ReturnURL: back, PaidURL: back + "?" + askedBack + "=1", ExpiresAt: l.ExpiresAt,
	}))
}

// CheckoutSetup asks for a page of the gateway's own on which a payment method is given. It is as Checkout is.
func CheckoutSetup(c *endpoint.Call, gateways gateway.Set, s Setup, returnURL string) (*paymentlink.Page, error) {
	pages := hosting(c, gateways)
	if pages == nil {
		return nil, nil
	}
	return opened(pages.SetupPage(c.Context(), c.Ledger, gateway.SetupPage{Key: "setup:" + s.ID, Setup: s.ID, Workspace: s.Workspace, ReturnURL: returnURL}))
}

// Close ends a link's page at the gateway where that can be reached, so that nobody pays there any more. Money that comes all the same
// is recorded as for a link that expired.
func Close(c *endpoint.Call, gateways gateway.Set, l paymentlink.State) {
	if pages := hosting(c, gateways); pages != nil && l.Page != nil {
		_ = pages.ClosePage(c.Context(), c.Ledger, l.Page.Reference)
	}
}
