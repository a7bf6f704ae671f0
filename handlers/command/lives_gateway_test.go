package command_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// TestLivesWithAGateway tells lives of a workspace whose money a gateway takes, sends back, and takes away again, in all that
// else changes what is owed.
func TestLivesWithAGateway(t *testing.T) {
	t.Parallel()
	acts := []string{
		subscription.ActionCreate, subscription.ActionChangeSeats, subscription.ActionUpgrade, subscription.ActionCancel, subscription.ActionPause,
		subscription.ActionResume, "charge", "pay in part", "pay too much", "void", "write off", "credit note", "refund", "grant", "pay out", "one-off",
		"send back", "reverse", "dispute", "sent back elsewhere", "answer refund",
	}
	for part := range lifeParts / 2 {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { tellLife(t, yearPrices, acts, 0) })
		})
	}
}

// charge has a gateway asked for what an invoice expects, or lets it answer.
func (l *lived) charge(a act, state invoice.State) *eventstore.Command {
	paid := eventstore.RehearsedState[payment.State](l.rehearsal, payment.Stream(state.Payment))
	if !paid.Open() {
		if l.method == "" {
			l.method = "m"
			added := paymentmethod.Add{ID: "m", Description: paymentmethod.Description{Gateway: "sandbox", Token: "tok_ok", Kind: paymentmethod.KindCard}}
			return new(plain(command.AddPaymentMethod("w", added)))
		}
		return new(plain(command.PayInvoice(state.ID, nil)))
	}
	c := payment.Answer{N: paid.Last().N, Status: payment.StatusSucceeded, Reference: "ch " + a.name}
	if a.pick == 0 {
		c.Status, c.Failure = payment.StatusFailed, &payment.Failure{Code: "lost_card", Kind: payment.Hard, Message: "lost"}
	}
	return new(plain(command.AnswerPayment(paid.ID, c)))
}

// ofGateway makes the acts on money that a gateway took.
func (l *lived) ofGateway(a act) *eventstore.Command {
	paid := eventstore.RehearsedState[payment.State](l.rehearsal, payment.Stream(l.payments[a.pick%len(l.payments)]))
	amount, err := money.FromMinor(paid.Currency, a.minor)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	whole := paid.Leading()
	if a.seats%2 == 0 {
		amount = whole.Amount
	}
	switch a.do {
	case "send back":
		c := command.PaymentRefund{Refund: "r" + a.name, CreditNote: "n" + a.name, Reason: "sorry"}
		if a.seats%3 > 0 {
			c.Amount = &amount
		}
		return new(plain(command.RefundPayment(paid.ID, c)))
	case "reverse":
		return new(plain(command.ReversePayment(paid.ID, payment.Reverse{N: whole.N, Reference: "gone", Amount: l.taken(paid), Reason: payment.ReasonReturned})))
	case "dispute":
		d := payment.Dispute{ID: "dp_" + paid.ID, N: whole.N, Amount: l.taken(paid), Reason: "fraudulent", OpenedAt: a.at}
		d.Status = []payment.DisputeStatus{payment.DisputeOpen, payment.DisputeWon, payment.DisputeLost}[a.seats%3]
		return new(plain(command.TellDispute(paid.ID, d)))
	case "sent back elsewhere":
		return new(plain(command.RefundedElsewhere(paid.ID, command.Elsewhere{Reference: "re_" + a.name, Amount: amount})))
	}
	if len(l.refunds) == 0 {
		return nil
	}
	id := l.refunds[a.pick%len(l.refunds)]
	n := len(eventstore.RehearsedState[refund.State](l.rehearsal, refund.Stream(id)).Attempts)
	if n == 0 {
		return nil
	}
	return new(plain(command.AnswerRefund(id, refund.Answer{N: n, Status: refund.AttemptSucceeded, Reference: "re"})))
}

// taken computes what the gateway has of a payment: what it took, less what it sent back.
func (l *lived) taken(paid payment.State) money.Amount {
	left := paid.Leading().Amount
	known, _ := eventstore.RehearsedState[account.State](l.rehearsal, account.Stream("w")).Find(paid.ID)
	for _, id := range known.Refunds {
		if r := eventstore.RehearsedState[refund.State](l.rehearsal, refund.Stream(id)); r.Status == refund.StatusSucceeded {
			left = left.Minus(r.Amount)
		}
	}
	if left.Sign() <= 0 {
		return paid.Leading().Amount // nothing: any reversal is one too many
	}
	return left
}
