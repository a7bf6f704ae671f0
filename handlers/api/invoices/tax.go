package invoices

import (
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// taxBody is the body of PUT /v1/workspaces/{workspace}/tax.
type taxBody struct {
	Status pricing.TaxTreatment `json:"status" example:"exempt"`
	Rate   *string              `json:"rate,omitempty" null:"unset" pattern:"^0([.][0-9]{1,6})?$" example:"0.19" doc:"With the status standard only, in place of every price's rate. A fraction: 0.19 is 19 %."`
	Reason string               `json:"reason,omitempty" null:"unset" maxLength:"500" example:"Charity, certificate 4711" doc:"Documents show it. Required with the status exempt."`
}

// taxView shows how a workspace is taxed.
type taxView struct {
	Status pricing.TaxTreatment `json:"status"`
	Rate   *string              `json:"rate" doc:"In place of every price's rate; null for theirs, or for no tax."`
	Reason *string              `json:"reason"`
}

func viewTax(t pricing.Tax) taxView {
	return taxView{Status: t.Treatment, Rate: endpoint.OrNull(t.Rate), Reason: endpoint.OrNull(t.Reason)}
}

func viewFoundTax(_ *endpoint.Call, t pricing.Tax) taxView { return viewTax(t) }

func setTax(c *endpoint.Call, b taxBody) command.Command[pricing.Tax] {
	return command.SetTax(c.Workspace(), tax.Replace{Treatment: b.Status, Rate: b.Rate, Reason: b.Reason})
}
