package payments

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// disputeView shows a payment that its customer disputes.
type disputeView struct {
	ID            string                `json:"id"`
	Payment       string                `json:"payment"`
	Invoice       string                `json:"invoice"`
	Workspace     string                `json:"workspace"`
	Amount        view.Money            `json:"amount"`
	Fee           *view.Money           `json:"fee" doc:"What the gateway takes for it."`
	Reason        string                `json:"reason" example:"fraudulent"`
	Status        payment.DisputeStatus `json:"status" doc:"While it is open nothing but the invoice's disputed changes; a lost one reverses the payment."`
	EvidenceDueAt *time.Time            `json:"evidence_due_at" doc:"Until when the gateway takes evidence; it is given there."`
	OpenedAt      time.Time             `json:"opened_at"`
	ClosedAt      *time.Time            `json:"closed_at"`
}

func viewDispute(d projections.Dispute) disputeView {
	s := d.State
	return disputeView{
		ID: s.ID, Payment: d.Payment, Invoice: d.Invoice, Workspace: d.Workspace, Amount: view.MoneyOf(s.Amount), Fee: view.MoneyOrNull(s.Fee),
		Reason: s.Reason, Status: s.Status, EvidenceDueAt: view.InUTC(s.EvidenceDueAt), OpenedAt: s.OpenedAt.UTC(), ClosedAt: view.InUTC(s.ClosedAt),
	}
}

func getDispute(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (disputeView, error) {
	found, ok, err := projections.FindDispute(ctx, tx, c.Ledger.ID, c.Name("dispute"))
	if err == nil && !ok {
		err = domain.NotFound("dispute_not_found", "there is no such dispute")
	}
	if err != nil {
		return disputeView{}, err
	}
	return viewDispute(found), nil
}

func listDisputes(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[disputeView], error) {
	filter := projections.DisputeFilter{Workspace: c.Parameter("workspace"), Status: c.Parameter("status")}
	return endpoint.Page(c, func(after int64, limit int) ([]projections.Dispute, error) {
		return projections.ListDisputes(ctx, tx, c.Ledger.ID, filter, after, limit)
	}, func(d projections.Dispute) int64 { return d.Opened }, viewDispute)
}
