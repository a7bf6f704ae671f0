package payments

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
)

// chargeView shows what the sandbox gateway was asked with one key.
type chargeView struct {
	ID             string          `json:"id"`
	IdempotencyKey string          `json:"idempotency_key"`
	Kind           sandbox.Kind    `json:"kind"`
	Payment        string          `json:"payment"`
	Refund         *string         `json:"refund" doc:"null of a charge."`
	Workspace      string          `json:"workspace"`
	Token          string          `json:"token"`
	Amount         view.Money      `json:"amount"`
	Outcome        sandbox.Outcome `json:"outcome" doc:"As it is at the gateway, whatever it answered; lost was never received."`
	Requests       int             `json:"requests" doc:"How often it was asked for with the key."`
	Lookups        int             `json:"lookups" doc:"How often it was asked how it went."`
	FirstAt        time.Time       `json:"first_at"`
	LastAt         time.Time       `json:"last_at"`
}

// totalsView adds up what the sandbox gateway was asked, took and sent back.
type totalsView struct {
	ChargeRequests int64        `json:"charge_requests"`
	RefundRequests int64        `json:"refund_requests"`
	Lookups        int64        `json:"lookups"`
	Captured       []view.Money `json:"captured" doc:"What was taken, by currency."`
	Refunded       []view.Money `json:"refunded" doc:"What was sent back."`
	Disputed       []view.Money `json:"disputed" doc:"However it ended."`
	Returned       []view.Money `json:"returned" doc:"What banks took back."`
}

// gatewayView shows how the sandbox gateway behaves.
type gatewayView struct {
	LatencyMS  int    `json:"latency_ms" doc:"How long each answer takes, in system time."`
	Available  bool   `json:"available" doc:"false refuses connections: nothing is asked, and tried again with the same key."`
	FeeRate    string `json:"fee_rate" example:"0.029" doc:"The part of each amount that it keeps."`
	FeeFixed   string `json:"fee_fixed" example:"0.30" doc:"What it keeps of each charge, in its currency."`
	SettleDays int    `json:"settle_days" doc:"After which time the money is in the bank."`
}

// gatewayBody is the body of PUT /v1/sandbox/gateway.
type gatewayBody struct {
	LatencyMS  *int    `json:"latency_ms,omitempty" default:"0"`
	Available  *bool   `json:"available,omitempty" default:"true"`
	FeeRate    *string `json:"fee_rate,omitempty" default:"0" maxLength:"20"`
	FeeFixed   *string `json:"fee_fixed,omitempty" default:"0.00" maxLength:"20"`
	SettleDays *int    `json:"settle_days,omitempty" default:"0"`
}

// checkSandbox refuses with gateway_not_found in a live ledger.
func checkSandbox(c *endpoint.Call) error {
	if c.Ledger.Mode != eventstore.ModeSandbox {
		return domain.NotFound("gateway_not_found", "a live ledger has no sandbox gateway")
	}
	return nil
}

func listCharges(other *sandbox.Gateway) func(*endpoint.Call) (endpoint.List[chargeView], error) {
	return func(c *endpoint.Call) (endpoint.List[chargeView], error) {
		if _, err := endpoint.After[int64](c); err != nil {
			return endpoint.List[chargeView]{}, err
		}
		if err := checkSandbox(c); err != nil {
			return endpoint.List[chargeView]{}, err
		}
		now, err := other.Now(c.Context(), c.Ledger)
		if err != nil {
			return endpoint.List[chargeView]{}, err
		}
		filter := sandbox.Filter{Workspace: c.Parameter("workspace"), Payment: c.Parameter("payment"), Refund: c.Parameter("refund")}
		return endpoint.Page(c, func(after int64, limit int) ([]sandbox.Charge, error) {
			return other.Charges(c.Context(), c.Ledger.ID, filter, now, after, limit)
		}, func(made sandbox.Charge) int64 { return made.Position }, viewCharge)
	}
}

func viewCharge(made sandbox.Charge) chargeView {
	return chargeView{
		ID: made.ID, IdempotencyKey: made.Key, Kind: made.Kind, Payment: made.Payment, Refund: made.Refund, Workspace: made.Workspace, Token: made.Token,
		Amount: view.MoneyOf(made.Amount), Outcome: made.Outcome, Requests: made.Requests, Lookups: made.Lookups, FirstAt: made.FirstAt, LastAt: made.LastAt,
	}
}

func getTotals(other *sandbox.Gateway) func(*endpoint.Call) (totalsView, error) {
	return func(c *endpoint.Call) (totalsView, error) {
		if err := checkSandbox(c); err != nil {
			return totalsView{}, err
		}
		now, err := other.Now(c.Context(), c.Ledger)
		if err != nil {
			return totalsView{}, err
		}
		t, err := other.Totals(c.Context(), c.Ledger.ID, now)
		return totalsView{
			ChargeRequests: t.ChargeRequests, RefundRequests: t.RefundRequests, Lookups: t.Lookups, Captured: viewAmounts(t.Captured),
			Refunded: viewAmounts(t.Refunded), Disputed: viewAmounts(t.Disputed), Returned: viewAmounts(t.Returned),
		}, err
	}
}

func viewAmounts(amounts []money.Amount) []view.Money {
	shown := []view.Money{}
	for _, amount := range amounts {
		shown = append(shown, view.MoneyOf(amount))
	}
	return shown
}

func getGateway(other *sandbox.Gateway) func(*endpoint.Call) (gatewayView, error) {
	return func(c *endpoint.Call) (gatewayView, error) {
		if err := checkSandbox(c); err != nil {
			return gatewayView{}, err
		}
		s, err := other.Settings(c.Context(), c.Ledger.ID)
		return gatewayView(s), err
	}
}

func setGateway(other *sandbox.Gateway) func(*endpoint.Call, gatewayBody) (gatewayView, int64, error) {
	return func(c *endpoint.Call, b gatewayBody) (none gatewayView, _ int64, err error) {
		s := sandbox.Settings{
			LatencyMS: domain.Or(b.LatencyMS, 0), Available: domain.Or(b.Available, true), FeeRate: domain.Or(b.FeeRate, "0"),
			FeeFixed: domain.Or(b.FeeFixed, "0.00"), SettleDays: domain.Or(b.SettleDays, 0),
		}
		if err := s.Check(); err != nil {
			return none, 0, err
		}
		if err := checkSandbox(c); err != nil {
			return none, 0, err
		}
		return gatewayView(s), 0, other.Set(c.Context(), c.Ledger.ID, s)
	}
}
