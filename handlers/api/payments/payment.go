package payments

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

func viewPayment(p projections.Payment, now time.Time) view.Payment {
	return view.PaymentOf(p.State, p.Version, p.Returned, now)
}

func getPayment(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (view.Payment, error) {
	found, ok, err := projections.FindGatewayPayment(ctx, tx, c.Ledger.ID, c.Name("payment"))
	if err == nil && !ok {
		err = domain.NotFound("payment_not_found", "there is no such payment")
	}
	if err != nil {
		return view.Payment{}, err
	}
	c.SetVersion(found.Version)
	return viewPayment(found, c.Now()), nil
}

// listPayments lists the payments of the path's workspace, or of the filter's.
func listPayments(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[view.Payment], error) {
	filter := projections.PaymentFilter{
		Workspace: c.Parameter("workspace"), Invoice: c.Parameter("invoice"), Status: c.Parameter("status"), Gateway: c.Parameter("gateway"),
	}
	if workspace := c.Workspace(); workspace != "" {
		filter.Workspace = workspace
	}
	return endpoint.Page(c, func(after int64, limit int) ([]projections.Payment, error) {
		return projections.ListGatewayPayments(ctx, tx, c.Ledger.ID, filter, after, limit)
	}, func(p projections.Payment) int64 { return p.Made }, func(p projections.Payment) view.Payment { return viewPayment(p, c.Now()) })
}

// resolveBody is the body of POST /v1/payments/{payment}/resolve.
type resolveBody struct {
	Outcome   payment.Outcome `json:"outcome"`
	Reference string          `json:"reference" minLength:"1" maxLength:"500" doc:"What the charge, or the inquiry, can be found by."`
	Reason    string          `json:"reason" minLength:"1" maxLength:"500"`
}

func resolvePayment(c *endpoint.Call, b resolveBody) command.Command[command.Payment] {
	return command.ResolvePayment(c.Name("payment"), payment.Resolve(b))
}

func viewResolved(p command.Payment) view.Payment {
	return view.PaymentOf(p.State, p.Version, money.Zero(p.State.Currency), p.Now)
}
