package stripe

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// Stripe's own limits of how long a page lives.
const (
	pageLeast = 31 * time.Minute
	pageMost  = 24 * time.Hour
)

// setupLife bounds how long a page opens on which a payment method is given.
const setupLife = time.Hour

// PaymentPage makes a page of Stripe Checkout on which a customer pays.
func (g *Gateway) PaymentPage(ctx context.Context, ledger eventstore.Ledger, p gateway.PaymentPage) (none gateway.Page, err error) {
	api, err := g.begin(ctx, ledger)
	if err != nil {
		return none, err
	}
	units, err := toUnits(p.Amount)
	if err != nil {
		return none, domain.Conflict("gateway_refused", "%v", err)
	}
	customer, err := findCustomer(api, ledger, p.Workspace)
	if err != nil {
		return none, err
	}
	noted := map[string]string{metaLink: p.Link, metaWorkspace: p.Workspace, metaLedger: ledger.ID.String()}
	intent := &stripe.CheckoutSessionCreatePaymentIntentDataParams{Metadata: noted}
	if p.Save {
		intent.SetupFutureUsage = new("off_session")
	}
	params := &stripe.CheckoutSessionCreateParams{
		Mode: new("payment"), Customer: &customer, SuccessURL: new(cmp.Or(p.PaidURL, p.ReturnURL)), CancelURL: &p.ReturnURL, ClientReferenceID: &p.Link, Metadata: noted,
		PaymentIntentData: intent,
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{
			Quantity: new(int64(1)),
			PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: new(strings.ToLower(string(p.Amount.Currency()))), UnitAmount: &units,
				ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: &p.Title},
			},
		}},
	}
	if lives := time.Until(p.ExpiresAt); lives > pageLeast && lives < pageMost {
		params.ExpiresAt = new(p.ExpiresAt.Unix())
	}
	return openPage(api, p.Key, params)
}

// SetupPage makes a page of Stripe Checkout on which a customer gives a payment method.
func (g *Gateway) SetupPage(ctx context.Context, ledger eventstore.Ledger, p gateway.SetupPage) (none gateway.Page, err error) {
	api, err := g.begin(ctx, ledger)
	if err != nil {
		return none, err
	}
	customer, err := findCustomer(api, ledger, p.Workspace)
	if err != nil {
		return none, err
	}
	noted := map[string]string{metaSetup: p.Setup, metaWorkspace: p.Workspace, metaLedger: ledger.ID.String()}
	params := &stripe.CheckoutSessionCreateParams{
		Mode: new("setup"), Customer: &customer, SuccessURL: &p.ReturnURL, CancelURL: &p.ReturnURL, ClientReferenceID: &p.Setup, Metadata: noted,
		ExpiresAt:       new(time.Now().Add(setupLife).Unix()),
		SetupIntentData: &stripe.CheckoutSessionCreateSetupIntentDataParams{Metadata: noted},
	}
	if p.Currency != "" {
		params.Currency = new(strings.ToLower(string(p.Currency)))
	} else {
		params.PaymentMethodTypes = []*string{new("card")} // what else there is depends on the currency
	}
	return openPage(api, p.Key, params)
}

// ClosePage ends a page of Stripe Checkout.
func (g *Gateway) ClosePage(ctx context.Context, ledger eventstore.Ledger, reference string) error {
	api, err := g.begin(ctx, ledger)
	if err != nil {
		return err
	}
	_, err = request(api, func() (*stripe.CheckoutSession, error) {
		params := &stripe.CheckoutSessionExpireParams{}
		params.Context = api.ctx
		return api.V1CheckoutSessions.Expire(api.ctx, reference, params)
	})
	if e, refused := refusal(err); err == nil || refused && isFinal(e) {
		return nil
	}
	return api.explain(err)
}

// openPage makes a page, once for each key.
func openPage(api call, key string, params *stripe.CheckoutSessionCreateParams) (none gateway.Page, err error) {
	made, err := request(api, func() (*stripe.CheckoutSession, error) {
		params.Context, params.IdempotencyKey = api.ctx, &key
		return api.V1CheckoutSessions.Create(api.ctx, params)
	})
	if err == nil {
		return gateway.Page{URL: made.URL, Reference: made.ID, ExpiresAt: time.Unix(made.ExpiresAt, 0).UTC()}, nil
	}
	if e, refused := refusal(err); refused && isFinal(e) {
		return none, domain.Conflict("gateway_refused", "stripe makes no such page: %s", e.Msg)
	}
	return none, api.explain(err)
}
