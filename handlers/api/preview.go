package api

import (
	"time"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
)

// previewBody is the body of POST …/subscription/proration-preview.
type previewBody struct {
	Price *string    `json:"price,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"team-month" doc:"Another price; either this or seats is changed."`
	Seats *int64     `json:"seats,omitempty" minimum:"1" maximum:"1000000" doc:"The new total."`
	At    *time.Time `json:"at,omitempty" doc:"From now to the period's end; there is no quote then. Now when it is not given."`
}

// previewView is what a change would come to.
type previewView struct {
	Quote         *string    `json:"quote" doc:"Goes with the change, which then has these lines to the last digit or is refused. null with at."`
	AsOf          time.Time  `json:"as_of" doc:"The instant that the change is priced at."`
	Version       int64      `json:"version" doc:"The number in the ETag."`
	Currency      string     `json:"currency"`
	Lines         []lineView `json:"lines" doc:"Empty for what costs nothing now: what waits for the period's end, or changes a trial."`
	Subtotal      moneyView  `json:"subtotal"`
	Discount      moneyView  `json:"discount"`
	Tax           moneyView  `json:"tax"`
	Total         moneyView  `json:"total" doc:"subtotal − discount + tax."`
	CreditApplied moneyView  `json:"credit_applied" doc:"Of the workspace's credit as it is now. Negative where a negative total becomes credit."`
	AmountDue     moneyView  `json:"amount_due" doc:"total − credit_applied."`
	EffectiveAt   time.Time  `json:"effective_at"`
	ExpiresAt     *time.Time `json:"expires_at" doc:"The quote's end: an hour later, and never past the period's end."`
}

// upcomingView is an invoice that is not made yet.
type upcomingView struct {
	Subscription  string     `json:"subscription"`
	Currency      string     `json:"currency"`
	Lines         []lineView `json:"lines"`
	Subtotal      moneyView  `json:"subtotal"`
	Discount      moneyView  `json:"discount"`
	Tax           moneyView  `json:"tax"`
	Total         moneyView  `json:"total" doc:"subtotal − discount + tax."`
	CreditApplied moneyView  `json:"credit_applied" doc:"Of the workspace's credit as it is now."`
	AmountDue     moneyView  `json:"amount_due" doc:"total − credit_applied."`
	Period        periodView `json:"period"`
	IssuedAt      time.Time  `json:"issued_at" doc:"When it will be made: at the present period's end."`
	DueAt         time.Time  `json:"due_at"`
}

func viewPreview(c *call, p command.Preview) previewView {
	view := previewView{
		Quote: c.quotes().encode(p.Quote), AsOf: p.AsOf.UTC(), Version: p.Version, Currency: string(p.Bill.Currency),
		Lines: viewLines(p.Bill.Lines), Subtotal: viewMoney(p.Bill.Subtotal), Discount: viewMoney(p.Bill.Discount),
		Tax: viewMoney(p.Bill.Tax), Total: viewMoney(p.Bill.Total), CreditApplied: viewMoney(p.CreditApplied),
		AmountDue: viewMoney(p.AmountDue), EffectiveAt: p.EffectiveAt.UTC(),
	}
	if p.Quote != nil {
		view.ExpiresAt = new(p.Quote.ExpiresAt.UTC())
	}
	return view
}

func viewUpcoming(_ *call, u command.Upcoming) upcomingView {
	return upcomingView{
		Subscription: u.Subscription, Currency: string(u.Bill.Currency), Lines: viewLines(u.Bill.Lines),
		Subtotal: viewMoney(u.Bill.Subtotal), Discount: viewMoney(u.Bill.Discount), Tax: viewMoney(u.Bill.Tax),
		Total: viewMoney(u.Bill.Total), CreditApplied: viewMoney(u.CreditApplied), AmountDue: viewMoney(u.AmountDue),
		Period: *viewPeriod(&u.Period), IssuedAt: u.IssuedAt.UTC(), DueAt: u.DueAt.UTC(),
	}
}

func previewRoutes() []route {
	return []route{
		askRoute(previewRoute, func(c *call, b previewBody) command.Command[command.Preview] {
			return command.PreviewChange(c.workspace(), b.Price, subscription.Proposal{
				Billing: subscription.Billing{Change: newID()}, Seats: b.Seats, At: b.At,
			})
		}, viewPreview),
		askQueryRoute(upcomingRoute, func(c *call) command.Command[command.Upcoming] {
			return command.UpcomingInvoice(c.workspace())
		}, viewUpcoming),
	}
}
