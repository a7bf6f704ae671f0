package portal

import (
	"errors"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// hosted gives the gateway whose own pages take the customers of a ledger; nil for a sandbox, and where nothing is done at all.
func hosted(c *endpoint.Call, gateways gateway.Set) gateway.Hosted {
	if c.Ledger.Mode != eventstore.ModeLive || c.DryRun() {
		return nil
	}
	pages, _ := gateways[gateway.Stripe].(gateway.Hosted)
	return pages
}

// opened judges a page that was asked for; ok is false where the ledger has no key for the gateway. It refuses with
// gateway_unreachable or gateway_refused.
func opened(page gateway.Page, err error) (_ gateway.Page, ok bool, _ error) {
	refused, is := errors.AsType[*domain.Rejection](err)
	switch {
	case is && refused.Code == "gateway_not_configured":
		return page, false, nil
	case errors.Is(err, gateway.ErrUnreachable):
		err = domain.Conflict("gateway_unreachable", "the gateway can't be reached now")
	}
	return page, err == nil, err
}

// Checkout asks for a page of the gateway's own on which a link is paid, once for each key; ok is false where a page of this program
// does for it. It refuses with gateway_unreachable or gateway_refused.
func Checkout(c *endpoint.Call, gateways gateway.Set, l paymentlink.State, key string) (page gateway.Page, ok bool, err error) {
	pages := hosted(c, gateways)
	if pages == nil || l.Amount.Sign() <= 0 {
		return page, false, nil
	}
	title := "Invoice"
	if l.Sale != nil {
		title = l.Sale.Terms.Product
	}
	return opened(pages.PaymentPage(c.Context(), c.Ledger, gateway.PaymentPage{
		Key: "link:" + l.ID + ":" + key, Link: l.ID, Workspace: l.Workspace, Title: title, Amount: l.Amount, Save: l.Sale != nil,
		ReturnURL: c.LinkURL(PayPath, PayLink(l)), ExpiresAt: l.ExpiresAt,
	}))
}

// CheckoutSetup asks for a page of the gateway's own on which a payment method is given. It is as Checkout is.
func CheckoutSetup(c *endpoint.Call, gateways gateway.Set, s Setup, returnURL string) (page gateway.Page, ok bool, err error) {
	pages := hosted(c, gateways)
	if pages == nil {
		return page, false, nil
	}
	return opened(pages.SetupPage(c.Context(), c.Ledger, gateway.SetupPage{Key: "setup:" + s.ID, Setup: s.ID, Workspace: s.Workspace, ReturnURL: returnURL}))
}

// Close ends a link's page at the gateway where that can be reached, so that nobody pays there any more. Money that comes all the same
// is recorded as for a link that expired.
func Close(c *endpoint.Call, gateways gateway.Set, l paymentlink.State) {
	if pages := hosted(c, gateways); pages != nil && l.Page != nil {
		_ = pages.ClosePage(c.Context(), c.Ledger, l.Page.Reference)
	}
}
