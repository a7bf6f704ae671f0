package view

import (
	"time"

	"github.com/tallystick/tallystick/domain/subscription"
)

// Preview shows what a change would cost.
type Preview struct {
	Quote         *string    `json:"quote" doc:"Goes with the change, which then has these lines to the last digit or is refused. null with at."`
	AsOf          time.Time  `json:"as_of" doc:"The instant that the change is priced at."`
	Version       int64      `json:"version" doc:"The number in the ETag."`
	Currency      string     `json:"currency"`
	Lines         []Line     `json:"lines" doc:"Of what waits for the period's end, the renewal's. Empty for what changes a trial."`
	Subtotal      Money      `json:"subtotal"`
	Discount      Money      `json:"discount"`
	Tax           Money      `json:"tax"`
	Total         Money      `json:"total" doc:"subtotal − discount + tax."`
	CreditApplied Money      `json:"credit_applied" doc:"Of the workspace's credit as it is now. Negative where a negative total becomes credit; 0 for what waits."`
	AmountDue     Money      `json:"amount_due" doc:"total − credit_applied; 0 for what waits."`
	EffectiveAt   time.Time  `json:"effective_at"`
	ExpiresAt     *time.Time `json:"expires_at" doc:"The quote's end: an hour later, and never past the period's end."`
}

// PreviewOf shows a preview with its quote, nil for none.
func PreviewOf(p subscription.Preview, version int64, quote *string) Preview {
	shown := Preview{
		Quote: quote, AsOf: p.AsOf.UTC(), Version: version, Currency: string(p.Bill.Currency), Lines: LinesOf(p.Bill.Lines),
		Subtotal: MoneyOf(p.Bill.Subtotal), Discount: MoneyOf(p.Bill.Discount), Tax: MoneyOf(p.Bill.Tax), Total: MoneyOf(p.Bill.Total),
		CreditApplied: MoneyOf(p.CreditApplied), AmountDue: MoneyOf(p.AmountDue), EffectiveAt: p.EffectiveAt.UTC(),
	}
	if p.Quote != nil && quote != nil {
		shown.ExpiresAt = new(p.Quote.ExpiresAt.UTC())
	}
	return shown
}
