package invoices

import (
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// refundPaymentBody is the body of POST /v1/payments/{payment}/refund.
type refundPaymentBody struct {
	Amount *view.MoneyBody `json:"amount,omitempty" doc:"What goes back; all that is left of the payment when it is not given."`
	Reason string          `json:"reason" maxLength:"500" example:"asked for it"`
}

// refundedPaymentView shows a refund of a payment.
type refundedPaymentView struct {
	Refund     refundView      `json:"refund"`
	CreditNote *creditNoteView `json:"credit_note" doc:"Over the lines of the payment's invoice; null where an overpayment goes back."`
	Payment    view.Payment    `json:"payment"`
}

func refundPayment(c *endpoint.Call, b refundPaymentBody) command.Command[command.RefundedPayment] {
	id := c.Name("payment")
	amount, err := b.Amount.ReadOptional("/amount")
	if err != nil {
		return command.Refuse[command.RefundedPayment](payment.Stream(id), err)
	}
	return command.RefundPayment(id, command.PaymentRefund{
		Refund: endpoint.NewID(), CreditNote: endpoint.NewID(), Amount: amount, Reason: b.Reason,
	})
}

func viewRefundedPayment(r command.RefundedPayment) refundedPaymentView {
	shown := refundedPaymentView{Refund: viewRefund(r.Refund), Payment: view.PaymentOf(r.Payment, r.Version, r.Returned, r.Now)}
	if r.Note != nil {
		shown.CreditNote = new(viewIssued(*r.Note))
	}
	return shown
}
