package view

import (
	"cmp"

	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Line is one line of an invoice, with all that explains it.
type Line struct {
	Key         string              `json:"key" doc:"The same for the same thing billed again; no invoice has one twice."`
	Kind        pricing.LineKind    `json:"kind" doc:"item is something beside the seats."`
	Description string              `json:"description"`
	Product     string              `json:"product"`
	Quantity    int64               `json:"quantity"`
	Amount      Money               `json:"amount" doc:"Before the discount and before exclusive tax."`
	Discount    Money               `json:"discount"`
	Tax         Money               `json:"tax"`
	TaxRate     string              `json:"tax_rate" example:"0.19" doc:"A fraction: 0.19 is 19 %."`
	TaxBehavior pricing.TaxBehavior `json:"tax_behavior" doc:"Whether the tax is in the amount."`
	Period      Period              `json:"period"`
	Ratio       *string             `json:"ratio" example:"20/31" doc:"The share of the full amount, null for all of it."`
	SourceLine  *string             `json:"source_line" doc:"The key of the line that a credit is of."`

	UnitAmount   *string              `json:"unit_amount" doc:"Of one for a full period; null where tiers say that."`
	TaxTreatment pricing.TaxTreatment `json:"tax_treatment"`
	TaxReason    *string              `json:"tax_reason" doc:"Why it is not the standard one."`
}

// LinesOf shows the lines of a bill.
func LinesOf(lines []pricing.Line) []Line {
	views := make([]Line, len(lines))
	for i, line := range lines {
		views[i] = Line{
			Key: line.Key, Kind: line.Kind, Description: line.Description, Product: line.Product,
			Quantity: line.Quantity, TaxRate: line.TaxRate, TaxBehavior: line.TaxBehavior,
			Amount: MoneyOf(line.Amount), Discount: MoneyOf(line.Discount), Tax: MoneyOf(line.Tax),
			Period: PeriodOf(line.Period), SourceLine: line.SourceLine,
			UnitAmount:   endpoint.OrNull(line.UnitAmount),
			TaxTreatment: cmp.Or(line.TaxTreatment, pricing.TaxStandard), TaxReason: endpoint.OrNull(line.TaxReason),
		}
		if line.Ratio != nil {
			views[i].Ratio = new(line.Ratio.String())
		}
	}
	return views
}
