package invoices

import (
	"time"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// upcomingView shows an invoice that is not made yet.
type upcomingView struct {
	Subscription  string      `json:"subscription"`
	Currency      string      `json:"currency"`
	Lines         []view.Line `json:"lines"`
	Subtotal      view.Money  `json:"subtotal"`
	Discount      view.Money  `json:"discount"`
	Tax           view.Money  `json:"tax"`
	Total         view.Money  `json:"total" doc:"subtotal − discount + tax."`
	CreditApplied view.Money  `json:"credit_applied" doc:"Of the credit that there will be if nothing happens before: what waits for money holds none by then, and unpaid invoices come first."`
	AmountDue     view.Money  `json:"amount_due" doc:"total − credit_applied."`
	Period        view.Period `json:"period"`
	IssuedAt      time.Time   `json:"issued_at" doc:"When it will be made: at the present period's end."`
	DueAt         time.Time   `json:"due_at"`
}

func viewUpcoming(_ *endpoint.Call, u command.Upcoming) upcomingView {
	return upcomingView{
		Subscription: u.Subscription, Currency: string(u.Bill.Currency), Lines: view.LinesOf(u.Bill.Lines),
		Subtotal: view.MoneyOf(u.Bill.Subtotal), Discount: view.MoneyOf(u.Bill.Discount), Tax: view.MoneyOf(u.Bill.Tax),
		Total: view.MoneyOf(u.Bill.Total), CreditApplied: view.MoneyOf(u.CreditApplied), AmountDue: view.MoneyOf(u.AmountDue),
		Period: view.PeriodOf(u.Period), IssuedAt: u.IssuedAt.UTC(), DueAt: u.DueAt.UTC(),
	}
}
