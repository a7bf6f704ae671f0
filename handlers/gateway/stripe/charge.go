package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// Names of what Tallystick notes in Stripe's metadata.
const (
	metaPayment   = "tallystick_payment"
	metaAttempt   = "tallystick_attempt"
	metaRefund    = "tallystick_refund"
	metaWorkspace = "tallystick_workspace"
	metaLink      = "tallystick_link"
	metaSetup     = "tallystick_setup"
	metaLedger    = "tallystick_ledger" // an account of Stripe's may serve several
)

// keyForgotten is an age of a charge at which Stripe may have forgotten its key soon.
const keyForgotten = 20 * time.Hour

// expandFee lets a PaymentIntent come with what the charge cost.
const expandFee = "latest_charge.balance_transaction"

// Charge takes money, once for each key.
func (g *Gateway) Charge(ctx context.Context, ledger eventstore.Ledger, c gateway.Charge) (none payment.Answer, err error) {
	api, err := g.charging(ctx, ledger)
	if err != nil {
		return none, err
	}
	if c.Now.Sub(c.RequestedAt) >= keyForgotten {
		switch a, err := g.find(api, c); {
		case errors.Is(err, gateway.ErrNeverArrived):
		case err == nil:
			return a, nil
		case errors.Is(err, gateway.ErrUnreachable):
			return none, err
		default:
			return none, unreachable(err) // no charge was asked for yet
		}
	}
	units, err := toUnits(c.Amount)
	if err != nil {
		return payment.Answer{Status: payment.StatusFailed, Failure: failed(codeAmount, err.Error())}, nil
	}
	customer, method := split(c.Token)
	intent, err := request(api, func() (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentCreateParams{
			Amount: &units, Currency: new(strings.ToLower(string(c.Amount.Currency()))), Customer: &customer, PaymentMethod: &method,
			Confirm: new(true), OffSession: new(true),
			AutomaticPaymentMethods: &stripe.PaymentIntentCreateAutomaticPaymentMethodsParams{Enabled: new(true), AllowRedirects: new("never")},
			Metadata: map[string]string{
				metaPayment: c.Payment, metaAttempt: strconv.Itoa(c.Attempt), metaWorkspace: c.Workspace, metaLedger: ledger.ID.String(),
			},
			Expand: []*string{new(expandFee)},
		}
		params.Context, params.IdempotencyKey = api.ctx, &c.Key
		return api.V1PaymentIntents.Create(api.ctx, params)
	})
	if err == nil {
		return g.follow(api, c, intent)
	}
	e, refused := refusal(err)
	switch {
	case refused && e.PaymentIntent != nil && e.PaymentIntent.ID != "":
		if e.PaymentIntent.LastPaymentError == nil {
			e.PaymentIntent.LastPaymentError = e
		}
		return g.follow(api, c, e.PaymentIntent)
	case refused && isFinal(e):
		return payment.Answer{Status: payment.StatusFailed, Failure: rejected(e)}, nil
	}
	return none, api.explain(err)
}

// isFinal reports whether Stripe looked at what it was asked for, and will not do it.
func isFinal(e *stripe.Error) bool {
	switch e.HTTPStatusCode {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		return e.Type != stripe.ErrorTypeIdempotency
	}
	return false
}

// rejected tells why Stripe made no PaymentIntent at all.
func rejected(e *stripe.Error) *payment.Failure {
	if e.Param == "payment_method" || e.Param == "customer" {
		return failed(codeNoMethod, e.Msg)
	}
	return declined(e)
}

// AskCharge tells how a charge went.
func (g *Gateway) AskCharge(ctx context.Context, ledger eventstore.Ledger, c gateway.Charge) (none payment.Answer, err error) {
	api, err := g.charging(ctx, ledger)
	if err != nil {
		return none, err
	}
	return g.find(api, c)
}

// find finds the PaymentIntent of a charge: by its name, or among its customer's, which Stripe lists at once.
func (g *Gateway) find(api call, c gateway.Charge) (none payment.Answer, err error) {
	if c.Reference != "" {
		intent, err := g.retrieve(api, c.Reference)
		if err != nil {
			return none, err
		}
		return g.follow(api, c, intent)
	}
	customer, _ := split(c.Token)
	params := &stripe.PaymentIntentListParams{Customer: &customer}
	params.Limit = new(int64(100))
	params.AddExpand("data." + expandFee)
	api.sent.Store(false)
	for intent, err := range api.V1PaymentIntents.List(api.ctx, params).All(api.ctx) {
		if err != nil {
			return none, api.explain(err)
		}
		if intent.Metadata[metaPayment] == c.Payment && intent.Metadata[metaAttempt] == strconv.Itoa(c.Attempt) {
			return g.follow(api, c, intent)
		}
	}
	return none, gateway.ErrNeverArrived
}

func (g *Gateway) retrieve(api call, id string) (*stripe.PaymentIntent, error) {
	intent, err := request(api, func() (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentRetrieveParams{Expand: []*string{new(expandFee)}}
		params.Context = api.ctx
		return api.V1PaymentIntents.Retrieve(api.ctx, id, params)
	})
	if err != nil {
		return nil, api.explain(err)
	}
	return intent, nil
}

// follow does what a PaymentIntent needs: one that the customer must approve is opened to them, and one that they never
// approved is ended. It gives the answer that it leads to.
func (g *Gateway) follow(api call, c gateway.Charge, intent *stripe.PaymentIntent) (none payment.Answer, err error) {
	expires := c.RequestedAt.Add(gateway.ActionTime)
	switch {
	case intent.Status == stripe.PaymentIntentStatusRequiresPaymentMethod && intent.LastPaymentError != nil &&
		intent.LastPaymentError.Code == stripe.ErrorCodeAuthenticationRequired && c.Now.Before(expires):
		if intent, err = g.open(api, c, intent); err != nil {
			return none, err
		}
	case intent.Status == stripe.PaymentIntentStatusRequiresAction && !c.Now.Before(expires):
		if intent, err = g.end(api, c, intent); err != nil {
			return none, err
		}
	}
	a, err := answer(intent)
	if a.NextAction != nil {
		a.NextAction.ExpiresAt = expires
	}
	return a, err
}

// open confirms a PaymentIntent again, now for a customer who is there, so that it has an address for them.
func (g *Gateway) open(api call, c gateway.Charge, intent *stripe.PaymentIntent) (*stripe.PaymentIntent, error) {
	_, method := split(c.Token)
	back := g.returnURL
	if g.page != nil {
		var err error
		if back, err = g.page(api.ctx, api.ledger, c.Key, c.RequestedAt.Add(gateway.ActionTime)); err != nil {
			return nil, fmt.Errorf("lead back from the PaymentIntent %s: %w", intent.ID, err)
		}
	}
	opened, err := request(api, func() (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentConfirmParams{PaymentMethod: &method, ReturnURL: &back, Expand: []*string{new(expandFee)}}
		params.Context, params.IdempotencyKey = api.ctx, new(c.Key+":action")
		return api.V1PaymentIntents.Confirm(api.ctx, intent.ID, params)
	})
	return g.settle(api, intent, opened, err)
}

// end cancels a PaymentIntent that the customer never approved.
func (g *Gateway) end(api call, c gateway.Charge, intent *stripe.PaymentIntent) (*stripe.PaymentIntent, error) {
	ended, err := request(api, func() (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentCancelParams{CancellationReason: new("abandoned"), Expand: []*string{new(expandFee)}}
		params.Context, params.IdempotencyKey = api.ctx, new(c.Key+":end")
		return api.V1PaymentIntents.Cancel(api.ctx, intent.ID, params)
	})
	return g.settle(api, intent, ended, err)
}

// settle gives a PaymentIntent as it is after it was changed. One that could not be changed moved on by itself.
func (g *Gateway) settle(api call, before, after *stripe.PaymentIntent, err error) (*stripe.PaymentIntent, error) {
	if err == nil {
		return after, nil
	}
	if e, refused := refusal(err); refused && isFinal(e) {
		return g.retrieve(api, before.ID)
	}
	// The charge itself was asked for, so that it is unknown and not unasked.
	return nil, fmt.Errorf("change the PaymentIntent %s: %s", before.ID, api.explain(err).Error())
}

// answer tells how a PaymentIntent stands.
func answer(intent *stripe.PaymentIntent) (a payment.Answer, err error) {
	a.Reference = intent.ID
	switch intent.Status {
	case stripe.PaymentIntentStatusSucceeded:
		a.Status = payment.StatusSucceeded
		return a, addFee(&a, intent)
	case stripe.PaymentIntentStatusProcessing:
		a.Status = payment.StatusProcessing
	case stripe.PaymentIntentStatusRequiresAction:
		a.Status, a.NextAction = payment.StatusRequiresAction, nextAction(intent.NextAction)
	case stripe.PaymentIntentStatusRequiresPaymentMethod:
		a.Status, a.Failure = payment.StatusFailed, failed("declined", "the charge was declined")
		if e := intent.LastPaymentError; e != nil {
			a.Failure = declined(e)
		}
	case stripe.PaymentIntentStatusCanceled:
		a.Status, a.Failure = payment.StatusFailed, canceled(intent)
	default:
		return a, fmt.Errorf("the PaymentIntent %s is %q", intent.ID, intent.Status)
	}
	return a, nil
}

func canceled(intent *stripe.PaymentIntent) *payment.Failure {
	if intent.CancellationReason == stripe.PaymentIntentCancellationReasonAbandoned {
		return failed(codeActionExpired, "nobody approved the charge in time")
	}
	return failed(codeCanceled, "the charge was canceled at the gateway")
}

// nextAction gives the address at which the customer does what they must.
func nextAction(action *stripe.PaymentIntentNextAction) *payment.NextAction {
	switch {
	case action == nil:
		return nil
	case action.RedirectToURL != nil:
		return &payment.NextAction{URL: action.RedirectToURL.URL}
	case action.VerifyWithMicrodeposits != nil:
		return &payment.NextAction{URL: action.VerifyWithMicrodeposits.HostedVerificationURL}
	}
	return nil
}

// addFee tells what Stripe kept and when the rest is paid out, where it says so in the currency of the charge.
func addFee(a *payment.Answer, intent *stripe.PaymentIntent) error {
	if intent.LatestCharge == nil || intent.LatestCharge.BalanceTransaction == nil || intent.LatestCharge.BalanceTransaction.Currency == "" {
		return nil
	}
	booked := intent.LatestCharge.BalanceTransaction
	a.SettlesAt = new(time.Unix(booked.AvailableOn, 0).UTC())
	if booked.Currency != intent.Currency {
		return nil
	}
	fee, err := fromUnits(string(booked.Currency), booked.Fee)
	if err != nil {
		return fmt.Errorf("the fee of %s: %w", intent.ID, err)
	}
	a.Fee = &fee
	return nil
}
