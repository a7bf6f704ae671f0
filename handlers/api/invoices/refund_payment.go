package invoices

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
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

// findRefunded finds the payment. Whether there is one, its own stream tells, unless it was recorded by hand.
func findRefunded(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (projections.Payment, error) {
	found, _, err := projections.FindGatewayPayment(ctx, tx, c.Ledger.ID, c.Name("payment"))
	return found, err
}

func refundPayment(c *endpoint.Call, b refundPaymentBody, found projections.Payment) command.Command[command.RefundedPayment] {
	id := c.Name("payment")
	amount, err := b.Amount.ReadOptional("/amount")
	if err != nil {
		return command.Refuse[command.RefundedPayment](payment.Stream(id), err)
	}
	asked := command.PaymentRefund{Refund: endpoint.NewID(), CreditNote: endpoint.NewID(), Amount: amount, Reason: b.Reason}
	if found.State.Last().Gateway == projections.GatewayManual {
		return command.RefundByHand(found.State, asked)
	}
	return command.RefundPayment(id, asked)
}

func viewRefundedPayment(r command.RefundedPayment) refundedPaymentView {
	shown := refundedPaymentView{Refund: viewRefund(r.Refund), Payment: view.PaymentOf(r.Payment, r.Version, r.Returned, r.Now)}
	if r.Note != nil {
		shown.CreditNote = new(viewIssued(*r.Note))
	}
	return shown
}
