package stripe

import (
	"cmp"
	"context"
	"strings"

	"github.com/stripe/stripe-go/v85"

	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// attemptOf gives the number of an attempt as its key has it.
func attemptOf(key string) string {
	_, n, _ := strings.Cut(key, ":")
	return n
}

// Refund sends money back, once for each key.
func (g *Gateway) Refund(ctx context.Context, ledger eventstore.Ledger, r gateway.Refund) (none refund.Answer, err error) {
	api, err := g.charging(ctx, ledger)
	if err != nil {
		return none, err
	}
	units, err := toUnits(r.Amount)
	if err != nil {
		return notRefunded(codeAmount, err.Error()), nil
	}
	made, err := request(api, func() (*stripe.Refund, error) {
		params := &stripe.RefundCreateParams{
			PaymentIntent: &r.Charge, Amount: &units,
			Metadata: map[string]string{metaPayment: r.Payment, metaRefund: r.Refund, metaAttempt: attemptOf(r.Key), metaWorkspace: r.Workspace},
		}
		params.Context, params.IdempotencyKey = api.ctx, &r.Key
		return api.V1Refunds.Create(api.ctx, params)
	})
	if err == nil {
		return refundAnswer(made), nil
	}
	if e, refused := refusal(err); refused && isFinal(e) {
		return notRefunded(cmp.Or(string(e.Code), string(e.Type)), e.Msg), nil
	}
	return none, api.explain(err)
}

// AskRefund tells how a refund went. Stripe lists those of a PaymentIntent at once.
func (g *Gateway) AskRefund(ctx context.Context, ledger eventstore.Ledger, r gateway.Refund) (none refund.Answer, err error) {
	api, err := g.charging(ctx, ledger)
	if err != nil {
		return none, err
	}
	params := &stripe.RefundListParams{PaymentIntent: &r.Charge}
	params.Limit = new(int64(100))
	api.sent.Store(false)
	for found, err := range api.V1Refunds.List(api.ctx, params).All(api.ctx) {
		if err != nil {
			return none, api.explain(err)
		}
		if found.Metadata[metaRefund] == r.Refund && found.Metadata[metaAttempt] == attemptOf(r.Key) {
			return refundAnswer(found), nil
		}
	}
	return none, gateway.ErrNeverArrived
}

func notRefunded(code, message string) refund.Answer {
	f := failed(code, message)
	return refund.Answer{Status: refund.AttemptFailed, Failure: &refund.Failure{Code: f.Code, Message: f.Message}}
}

// refundAnswer tells how a refund stands.
func refundAnswer(made *stripe.Refund) refund.Answer {
	a := refund.Answer{Status: refund.AttemptProcessing}
	switch made.Status {
	case stripe.RefundStatusSucceeded:
		a.Status = refund.AttemptSucceeded
	case stripe.RefundStatusFailed:
		a = notRefunded(cmp.Or(string(made.FailureReason), "failed"), "stripe could not send the money back")
	case stripe.RefundStatusCanceled:
		a = notRefunded(codeCanceled, "the refund was canceled at the gateway")
	case stripe.RefundStatusPending, stripe.RefundStatusRequiresAction:
	}
	a.Reference = made.ID
	return a
}
