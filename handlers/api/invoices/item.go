package invoices

import (
	"time"

	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// lineBody says what is billed once.
type lineBody struct {
	Description string               `json:"description" minLength:"1" maxLength:"500" example:"Setup"`
	Quantity    *int64               `json:"quantity,omitempty" default:"1" minimum:"1" maximum:"1000000"`
	UnitAmount  string               `json:"unit_amount" pattern:"^(0|[1-9][0-9]{0,17})([.][0-9]{1,4})?$" example:"150.00" doc:"In the invoice's currency."`
	TaxRate     *string              `json:"tax_rate,omitempty" default:"0" pattern:"^0([.][0-9]{1,6})?$" example:"0.19" doc:"A fraction: 0.19 is 19 %. The workspace's own tax goes before it."`
	TaxBehavior *pricing.TaxBehavior `json:"tax_behavior,omitempty" default:"exclusive"`
	Period      *periodBody          `json:"period,omitempty" doc:"Of service; the moment of the bill when it is not given."`
}

type periodBody struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// invoiceBody is the body of POST /v1/workspaces/{workspace}/invoices.
type invoiceBody struct {
	Currency     *string                  `json:"currency,omitempty" pattern:"^[A-Z]{3}$" example:"USD" doc:"The latest subscription's when it is not given."`
	Lines        []lineBody               `json:"lines" minItems:"1" maxItems:"500"`
	Collection   *subscription.Collection `json:"collection,omitempty" doc:"That of the running subscription, else send_invoice. Nothing waits for the money."`
	DaysUntilDue *int                     `json:"days_until_due,omitempty" minimum:"0" maximum:"365"`
}

// itemBody is the body of POST /v1/workspaces/{workspace}/invoice-items.
type itemBody struct {
	Currency    *string              `json:"currency,omitempty" pattern:"^[A-Z]{3}$" example:"USD" doc:"The latest subscription's when it is not given."`
	Description string               `json:"description" minLength:"1" maxLength:"500" example:"Setup"`
	Quantity    *int64               `json:"quantity,omitempty" default:"1" minimum:"1" maximum:"1000000"`
	UnitAmount  string               `json:"unit_amount" pattern:"^(0|[1-9][0-9]{0,17})([.][0-9]{1,4})?$" example:"150.00"`
	TaxRate     *string              `json:"tax_rate,omitempty" default:"0" pattern:"^0([.][0-9]{1,6})?$" example:"0.19" doc:"A fraction: 0.19 is 19 %. The workspace's own tax goes before it."`
	TaxBehavior *pricing.TaxBehavior `json:"tax_behavior,omitempty" default:"exclusive"`
	Period      *periodBody          `json:"period,omitempty" doc:"Of service; the moment of the bill when it is not given."`
}

// itemView shows what waits to be billed.
type itemView struct {
	ID          string              `json:"id" doc:"The key of its line, once it is billed."`
	Description string              `json:"description"`
	Quantity    int64               `json:"quantity"`
	UnitAmount  string              `json:"unit_amount"`
	Amount      view.Money          `json:"amount" doc:"Before exclusive tax."`
	TaxRate     string              `json:"tax_rate"`
	TaxBehavior pricing.TaxBehavior `json:"tax_behavior"`
	Period      *view.Period        `json:"period"`
}

func viewItem(w item.Waiting) itemView {
	amount, err := w.Amount()
	if err != nil {
		amount = money.Zero(w.Currency) // what was added has an amount
	}
	shown := itemView{
		ID: w.ID, Description: w.Description, Quantity: w.Quantity, UnitAmount: w.UnitAmount, Amount: view.MoneyOf(amount),
		TaxRate: w.TaxRate, TaxBehavior: w.TaxBehavior,
	}
	if w.Period != nil {
		shown.Period = new(view.PeriodOf(*w.Period))
	}
	return shown
}

func (b lineBody) line() item.Line {
	line := item.Line{
		Description: b.Description, Quantity: b.Quantity, UnitAmount: b.UnitAmount, TaxRate: b.TaxRate, TaxBehavior: (*string)(b.TaxBehavior),
	}
	if b.Period != nil {
		line.Period = &period.Period{Start: b.Period.Start.UTC(), End: b.Period.End.UTC()}
	}
	return line
}

func (b itemBody) line() item.Line {
	return lineBody{
		Description: b.Description, Quantity: b.Quantity, UnitAmount: b.UnitAmount, TaxRate: b.TaxRate, TaxBehavior: b.TaxBehavior, Period: b.Period,
	}.line()
}

func issueOneOff(c *endpoint.Call, b invoiceBody) command.Command[command.Invoice] {
	asked := command.OneOff{Invoice: endpoint.NewID(), Currency: b.Currency, Collection: (*string)(b.Collection), DaysUntilDue: b.DaysUntilDue}
	for _, line := range b.Lines {
		asked.Lines = append(asked.Lines, line.line())
	}
	return command.IssueOneOff(c.Workspace(), asked)
}

func addItem(c *endpoint.Call, b itemBody) command.Command[item.Waiting] {
	return command.AddItem(c.Workspace(), b.Currency, item.Add{ID: endpoint.NewID(), Line: b.line()})
}

func removeItem(c *endpoint.Call) command.Command[item.Waiting] {
	return command.RemoveItem(c.Workspace(), c.Name("item"))
}

func listItems(c *endpoint.Call) command.Command[endpoint.List[itemView]] {
	return command.FindItems(c.Workspace(), func(waiting []item.Waiting) (endpoint.List[itemView], error) {
		return endpoint.Page(c, func(after int64, limit int) ([]item.Waiting, error) {
			var found []item.Waiting
			for _, one := range waiting {
				if one.Number > after && len(found) < limit {
					found = append(found, one)
				}
			}
			return found, nil
		}, func(w item.Waiting) int64 { return w.Number }, viewItem)
	})
}

func viewItems(_ *endpoint.Call, l endpoint.List[itemView]) endpoint.List[itemView] { return l }
