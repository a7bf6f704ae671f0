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
	Status     refund.Status `json:"status" doc:"pending is owed; a failed one still is, and waits for a person."`
	Reason     string        `json:"reason"`
	// What a gateway that took the money says of sending it back.
	Gateway   *string             `json:"gateway" doc:"That took the money, and sends it back; null where it goes back by hand."`
	Reference *string             `json:"gateway_reference" doc:"By which the gateway knows the refund."`
	Failure   *refundFailureView  `json:"failure" doc:"Of the last attempt."`
	Attempts  []refundAttemptView `json:"attempts" doc:"At once, an hour, a day and three days later, until one succeeds."`
	CreatedAt time.Time           `json:"created_at"`
	SettledAt *time.Time          `json:"settled_at" doc:"When the money went back."`
	Actions   []endpoint.Action   `json:"available_actions"`
}

type refundFailureView struct {
	Code    string `json:"code" example:"refund_failed"`
	Message string `json:"message"`
}

// refundAttemptView shows one request of a gateway.
type refundAttemptView struct {
	N              int                  `json:"n"`
	IdempotencyKey string               `json:"idempotency_key" doc:"By which the gateway tells a repeat from another refund."`
	Status         refund.AttemptStatus `json:"status" doc:"unknown is asked for, and never sent again meanwhile."`
	Failure        *refundFailureView   `json:"failure"`
	RequestedAt    time.Time            `json:"requested_at"`
	AnsweredAt     *time.Time           `json:"answered_at"`
}

// recordRefundBody is the body of POST /v1/refunds/{refund}/record.
type recordRefundBody struct {
	Reference string     `json:"reference" maxLength:"500" example:"wire 4712" doc:"What the money can be found by."`
	PaidAt    *time.Time `json:"paid_at,omitempty" doc:"Now when it is not given; never in the future."`
}

func viewRefund(s refund.State) refundView {
	shown := refundView{
		ID: s.ID, Workspace: s.Workspace, Invoice: s.Invoice, CreditNote: s.CreditNote, Payment: s.Payment, Amount: view.MoneyOf(s.Amount),
		Status: s.Status, Reason: s.Reason, Gateway: endpoint.OrNull(s.Gateway), Reference: endpoint.OrNull(s.Last().Reference),
		Failure: viewRefundFailure(s.Last().Failure), Attempts: []refundAttemptView{}, CreatedAt: s.CreatedAt.UTC(), SettledAt: view.InUTC(s.SettledAt),
		Actions: endpoint.ActionsOf(s.AvailableActions()),
	}
	for _, a := range s.Attempts {
		shown.Attempts = append(shown.Attempts, refundAttemptView{
			N: a.N, IdempotencyKey: a.Key, Status: a.Status, Failure: viewRefundFailure(a.Failure), RequestedAt: a.RequestedAt.UTC(),
			AnsweredAt: view.InUTC(a.AnsweredAt),
		})
	}
	return shown
}

func viewRefundFailure(f *refund.Failure) *refundFailureView {
	if f == nil {
		return nil
	}
	return new(refundFailureView(*f))
}

func retryRefund(c *endpoint.Call) command.Command[refund.State] {
	return command.RetryRefund(c.Name("refund"))
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
