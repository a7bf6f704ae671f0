package invoices

import (
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// payBody is the body of POST /v1/invoices/{invoice}/pay.
type payBody struct {
	PaymentMethod *string `json:"payment_method,omitempty" maxLength:"64" doc:"The default method when it is not given."`
}

// payingView shows an invoice with the payment that a gateway is asked for.
type payingView struct {
	Invoice invoiceView  `json:"invoice"`
	Payment view.Payment `json:"payment"`
}

func payInvoice(c *endpoint.Call, b payBody) command.Command[command.Paying] {
	return command.PayInvoice(c.Name("invoice"), b.PaymentMethod)
}

func viewPaying(p command.Paying) payingView {
	return payingView{
		Invoice: viewResult(p.Invoice),
		Payment: view.PaymentOf(p.Payment.State, p.Payment.Version, money.Zero(p.Payment.State.Currency), p.Payment.Now),
	}
}
