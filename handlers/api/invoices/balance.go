package invoices

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// balanceView shows how a workspace stands.
type balanceView struct {
	Currency   *string     `json:"currency" doc:"Of the latest invoice, or else of the first credit; everything is null where there was neither."`
	Credit     *view.Money `json:"credit" doc:"What its next invoices will use."`
	Receivable *view.Money `json:"receivable" doc:"What is to be paid of issued invoices."`
	Overdue    *view.Money `json:"overdue" doc:"Of that, what is late."`
}

func getBalance(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (balanceView, error) {
	found, ok, err := projections.FindBalance(ctx, tx, c.Ledger.ID, c.Workspace(), c.Now())
	if err != nil || !ok {
		return balanceView{}, err
	}
	return balanceView{
		Currency:   new(string(found.Credit.Currency())),
		Credit:     new(view.MoneyOf(found.Credit)),
		Receivable: new(view.MoneyOf(found.Receivable)),
		Overdue:    new(view.MoneyOf(found.Overdue)),
	}, nil
}
