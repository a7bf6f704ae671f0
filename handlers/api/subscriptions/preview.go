package subscriptions

import (
	"time"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// previewBody is the body of POST …/subscription/proration-preview.
type previewBody struct {
	Price *string    `json:"price,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-year" doc:"Another price. A lower one goes with seats, as in a downgrade; an upgrade does not."`
	Seats *int64     `json:"seats,omitempty" minimum:"1" maximum:"1000000" doc:"The new total."`
	At    *time.Time `json:"at,omitempty" doc:"From now to the period's end; there is no quote then. Now when it is not given."`
}

// previewView shows what a change would cost.
type previewView struct {
	Quote         *string     `json:"quote" doc:"Goes with the change, which then has these lines to the last digit or is refused. null with at."`
	AsOf          time.Time   `json:"as_of" doc:"The instant that the change is priced at."`
	Version       int64       `json:"version" doc:"The number in the ETag."`
	Currency      string      `json:"currency"`
	Lines         []view.Line `json:"lines" doc:"Of what waits for the period's end, the renewal's. Empty for what changes a trial."`
	Subtotal      view.Money  `json:"subtotal"`
	Discount      view.Money  `json:"discount"`
	Tax           view.Money  `json:"tax"`
	Total         view.Money  `json:"total" doc:"subtotal − discount + tax."`
	CreditApplied view.Money  `json:"credit_applied" doc:"Of the workspace's credit as it is now. Negative where a negative total becomes credit; 0 for what waits."`
	AmountDue     view.Money  `json:"amount_due" doc:"total − credit_applied; 0 for what waits."`
	EffectiveAt   time.Time   `json:"effective_at"`
	ExpiresAt     *time.Time  `json:"expires_at" doc:"The quote's end: an hour later, and never past the period's end."`
}

func viewPreview(c *endpoint.Call, p command.Preview) previewView {
	shown := previewView{
		Quote: quotesOf(c).encode(p.Quote), AsOf: p.AsOf.UTC(), Version: p.Version, Currency: string(p.Bill.Currency),
		Lines: view.LinesOf(p.Bill.Lines), Subtotal: view.MoneyOf(p.Bill.Subtotal), Discount: view.MoneyOf(p.Bill.Discount),
		Tax: view.MoneyOf(p.Bill.Tax), Total: view.MoneyOf(p.Bill.Total), CreditApplied: view.MoneyOf(p.CreditApplied),
		AmountDue: view.MoneyOf(p.AmountDue), EffectiveAt: p.EffectiveAt.UTC(),
	}
	if p.Quote != nil {
		shown.ExpiresAt = new(p.Quote.ExpiresAt.UTC())
	}
	return shown
}

func previewChange(c *endpoint.Call, b previewBody) command.Command[command.Preview] {
	return command.PreviewChange(c.Workspace(), b.Price, subscription.Proposal{
		Billing: subscription.Billing{Change: endpoint.NewID()}, Seats: b.Seats, At: b.At,
	})
}
