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
	Currency   *string               `json:"currency" doc:"Of the latest invoice, or else of the first credit; everything is null where there was neither."`
	Credit     *view.Money           `json:"credit" doc:"What its next invoices in the currency will use."`
	Receivable *view.Money           `json:"receivable" doc:"What is to be paid of issued invoices in the currency."`
	Overdue    *view.Money           `json:"overdue" doc:"Of that, what is late."`
	Balances   []currencyBalanceView `json:"balances" doc:"Those of each currency that there was an invoice or credit in, in the order of the currencies' codes."`
}

// currencyBalanceView shows how a workspace stands in one currency.
type currencyBalanceView struct {
	Currency   string     `json:"currency"`
	Credit     view.Money `json:"credit" doc:"What its next invoices in the currency will use."`
	Receivable view.Money `json:"receivable" doc:"What is to be paid of issued invoices in the currency."`
	Overdue    view.Money `json:"overdue" doc:"Of that, what is late."`
}

func getBalance(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (balanceView, error) {
	found, err := projections.FindBalances(ctx, tx, c.Ledger.ID, c.Workspace(), c.Now())
	if err != nil {
		return balanceView{}, err
	}
	shown := balanceView{Balances: make([]currencyBalanceView, len(found.All))}
	for i, b := range found.All {
		one := currencyBalanceView{
			Currency: string(b.Credit.Currency()), Credit: view.MoneyOf(b.Credit), Receivable: view.MoneyOf(b.Receivable),
			Overdue: view.MoneyOf(b.Overdue),
		}
		shown.Balances[i] = one
		if b.Credit.Currency() == found.Latest {
			shown.Currency, shown.Credit, shown.Receivable, shown.Overdue = &one.Currency, &one.Credit, &one.Receivable, &one.Overdue
		}
	}
	return shown, nil
}
