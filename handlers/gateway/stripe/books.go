package stripe

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/stripe/stripe-go/v85"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// expandKnown lets PaymentIntents come with what became of them, and with whose they are.
var expandKnown = []string{"data." + expandFee, "data.latest_charge.refunds", "data.customer"}

// KnownCharges lists the PaymentIntents of the ledger's workspaces. Those of a single workspace are searched for, which may miss
// the last minute.
func (g *Gateway) KnownCharges(ctx context.Context, ledger eventstore.Ledger, workspace string) (known []gateway.KnownCharge, err error) {
	api, err := g.begin(ctx, ledger)
	if err != nil {
		return nil, err
	}
	api.sent.Store(false)
	for intent, err := range intentsOf(api, workspace) {
		if err != nil {
			return nil, api.explain(err)
		}
		if of := intent.Metadata[metaLedger]; of != "" && of != ledger.ID.String() {
			continue
		}
		charge, some, err := knownCharge(api, intent)
		if err != nil {
			return nil, err
		}
		if some {
			known = append(known, charge)
		}
	}
	return known, nil
}

// intentsOf lists all PaymentIntents, or those of one workspace.
func intentsOf(api call, workspace string) stripe.Seq2[*stripe.PaymentIntent, error] {
	if workspace == "" {
		params := &stripe.PaymentIntentListParams{}
		params.Limit = new(int64(100))
		for _, field := range expandKnown {
			params.AddExpand(field)
		}
		return api.V1PaymentIntents.List(api.ctx, params).All(api.ctx)
	}
	params := &stripe.PaymentIntentSearchParams{}
	params.Query = queryOf(workspace)
	params.Limit = new(int64(100))
	for _, field := range expandKnown {
		params.AddExpand(field)
	}
	return api.V1PaymentIntents.Search(api.ctx, params).All(api.ctx)
}

// knownCharge tells how a PaymentIntent stands. Those of nobody's workspace are none of ours, and those that were never confirmed
// tell nothing.
func knownCharge(api call, intent *stripe.PaymentIntent) (known gateway.KnownCharge, some bool, err error) {
	known.Workspace = intent.Metadata[metaWorkspace]
	if known.Workspace == "" && intent.Customer != nil {
		known.Workspace = intent.Customer.Metadata[metaWorkspace]
	}
	if known.Answer, err = answer(intent); err != nil || known.Workspace == "" {
		return known, false, nil //nolint:nilerr // a status that says nothing
	}
	known.Payment, known.Link = intent.Metadata[metaPayment], intent.Metadata[metaLink]
	known.Answer.N, _ = strconv.Atoi(intent.Metadata[metaAttempt])
	units := intent.Amount
	if known.Answer.Status == payment.StatusSucceeded {
		units = intent.AmountReceived
	}
	if known.Amount, err = fromUnits(string(intent.Currency), units); err != nil {
		return known, false, fmt.Errorf("the PaymentIntent %s: %w", intent.ID, err)
	}
	if intent.LatestCharge == nil {
		return known, true, nil
	}
	if known.Refunds, err = refundsOf(api, intent); err != nil {
		return known, false, err
	}
	if intent.LatestCharge.Disputed {
		known.Disputes, err = disputesOf(api, intent.ID)
	}
	return known, err == nil, err
}

// refundsOf gives the refunds of a PaymentIntent, the earliest first. Stripe shows the latest few with the charge.
func refundsOf(api call, intent *stripe.PaymentIntent) (known []gateway.KnownRefund, err error) {
	shown := intent.LatestCharge.Refunds
	if shown == nil {
		return nil, nil
	}
	all := shown.Data
	if shown.HasMore {
		all = nil
		params := &stripe.RefundListParams{PaymentIntent: &intent.ID}
		params.Limit = new(int64(100))
		for made, err := range api.V1Refunds.List(api.ctx, params).All(api.ctx) {
			if err != nil {
				return nil, api.explain(err)
			}
			all = append(all, made)
		}
	}
	for _, made := range slices.Backward(all) {
		amount, err := fromUnits(string(made.Currency), made.Amount)
		if err != nil {
			return nil, fmt.Errorf("the refund %s: %w", made.ID, err)
		}
		back := gateway.KnownRefund{Refund: made.Metadata[metaRefund], Amount: amount, Answer: refundAnswer(made)}
		back.Answer.N, _ = strconv.Atoi(made.Metadata[metaAttempt])
		known = append(known, back)
	}
	return known, nil
}

// disputesOf gives the disputes of a PaymentIntent.
func disputesOf(api call, intent string) (known []payment.Dispute, err error) {
	params := &stripe.DisputeListParams{PaymentIntent: &intent}
	params.Limit = new(int64(100))
	for made, err := range api.V1Disputes.List(api.ctx, params).All(api.ctx) {
		if err != nil {
			return nil, api.explain(err)
		}
		told, err := noticedDispute(made)
		if err != nil {
			return nil, fmt.Errorf("the dispute %s: %w", made.ID, err)
		}
		known = append(known, told.Of(0))
	}
	return known, nil
}

// HasMethod reports whether a payment method still belongs to a customer.
func (g *Gateway) HasMethod(ctx context.Context, ledger eventstore.Ledger, m paymentmethod.Method) (bool, error) {
	api, err := g.begin(ctx, ledger)
	if err != nil {
		return false, err
	}
	_, id := split(m.Token)
	method, err := findMethod(api, id)
	if e, refused := refusal(err); refused && e.HTTPStatusCode == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, api.explain(err)
	}
	return method.Customer != nil && method.Customer.ID != "", nil
}
