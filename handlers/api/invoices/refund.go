package invoices

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// refundView shows one amount that goes back.
type refundView struct {
	ID         string        `json:"id"`
	Workspace  string        `json:"workspace"`
	Invoice    *string       `json:"invoice" doc:"That the money had paid; null where credit is paid out."`
	CreditNote *string       `json:"credit_note" doc:"That it goes back by; null where credit is paid out."`
	Payment    *string       `json:"payment" doc:"That it goes back of."`
	Amount     view.Money    `json:"amount"`
	Status     refund.Status `json:"status" doc:"pending is owed; a failed one still is."`
	Reason     string        `json:"reason"`
	CreatedAt  time.Time     `json:"created_at"`
	SettledAt  *time.Time    `json:"settled_at" doc:"When the money went back."`
}

// recordRefundBody is the body of POST /v1/refunds/{refund}/record.
type recordRefundBody struct {
	Reference string     `json:"reference" maxLength:"500" example:"wire 4712" doc:"What the money can be found by."`
	PaidAt    *time.Time `json:"paid_at,omitempty" doc:"Now when it is not given; never in the future."`
}

func viewRefund(s refund.State) refundView {
	shown := refundView{
		ID: s.ID, Workspace: s.Workspace, Invoice: s.Invoice, CreditNote: s.CreditNote, Payment: s.Payment, Amount: view.MoneyOf(s.Amount),
		Status: s.Status, Reason: s.Reason, CreatedAt: s.CreatedAt.UTC(),
	}
	if s.SettledAt != nil {
		shown.SettledAt = new(s.SettledAt.UTC())
	}
	return shown
}

func recordRefund(c *endpoint.Call, b recordRefundBody) command.Command[refund.State] {
	return command.RecordRefund(c.Name("refund"), refund.Record{Reference: b.Reference, PaidAt: b.PaidAt})
}

func getRefund(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (refundView, error) {
	found, ok, err := projections.FindRefund(ctx, tx, c.Ledger.ID, c.Name("refund"))
	if err == nil && !ok {
		err = domain.NotFound("refund_not_found", "there is no such refund")
	}
	if err != nil {
		return refundView{}, err
	}
	c.SetVersion(found.Version)
	return viewRefund(found.State), nil
}

func listRefunds(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[refundView], error) {
	filter := projections.RefundFilter{Workspace: c.Parameter("workspace"), Status: c.Parameter("status")}
	return endpoint.Page(c, func(after int64, limit int) ([]projections.Refund, error) {
		return projections.ListRefunds(ctx, tx, c.Ledger.ID, filter, after, limit)
	}, func(r projections.Refund) int64 { return r.Made }, func(r projections.Refund) refundView { return viewRefund(r.State) })
}
