package command_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

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

// flies reports whether a gateway has still to answer for any payment.
func (l *lived) flies() bool {
	return slices.ContainsFunc(l.payments, func(id string) bool {
		return eventstore.RehearsedState[payment.State](l.rehearsal, payment.Stream(id)).Open()
	})
}

// held reports whether a gateway may be taking money, which holds the ladder of dunning.
func (l *lived) held() bool {
	return slices.ContainsFunc(l.payments, func(id string) bool {
		status := eventstore.RehearsedState[payment.State](l.rehearsal, payment.Stream(id)).Status()
		return status == payment.StatusProcessing || status == payment.StatusUnknown
	})
}

// till is the gateway's own store: what it has of each payment. What it does counts once the ledger has taken it.
type till struct {
	has   map[string]money.Amount
	does  func()                  // what it did, if the ledger takes it
	ahead map[string]money.Amount // that it gave away of refunds which it can't send whole any more
}

func newTill() *till {
	return &till{has: map[string]money.Amount{}, ahead: map[string]money.Amount{}}
}

// move changes what the gateway has of a payment.
func (g *till) move(id string, by money.Amount) func() {
	return func() {
		if had, some := g.has[id]; some {
			by = had.Plus(by)
		}
		g.has[id] = by
	}
}

// of gives what the gateway has of a payment.
func (g *till) of(p payment.State) money.Amount {
	if had, some := g.has[p.ID]; some {
		return had
	}
	return money.Zero(p.Currency)
}

// checkTill holds what gateways have of each payment, as the ledger knows it, against what the gateway counted. Money that it gave away by
// itself counts for what was left and for whole refunds: only what is less than each refund that it has still to send is not known yet.
func (l *lived) checkTill(a act) {
	for id, known := range l.equation.taken {
		counted := known.Minus(known)
		for _, part := range []map[string]money.Amount{l.till.has, l.till.ahead} {
			if amount, some := part[id]; some {
				counted = counted.Plus(amount)
			}
		}
		more := known.Minus(counted)
		if more.IsZero() {
			continue
		}
		if !slices.Contains([]string{"sent back elsewhere", "reverse", "dispute"}, a.do) || more.Sign() < 0 || !l.lessThanEachRefund(id, more) {
			l.fail("the ledger has it that the gateway has %v of %s, and it has %v", known, id, counted)
		}
		if before, some := l.till.ahead[id]; some {
			more = more.Plus(before)
		}
		l.till.ahead[id] = more
	}
	for id, had := range l.till.has {
		if _, known := l.equation.taken[id]; !known {
			l.fail("the gateway has %v of %s, and the ledger does not know of it", had, id)
		}
	}
}

// lessThanEachRefund reports whether there are refunds of a payment that did not go back, and each is of more than an amount.
func (l *lived) lessThanEachRefund(payment string, amount money.Amount) (less bool) {
	for _, r := range l.equation.refunds {
		if r.Payment == nil || *r.Payment != payment || r.Status == refund.StatusSucceeded {
			continue
		}
		if r.Amount.Minus(amount).Sign() <= 0 {
			return false
		}
		less = true
	}
	return less
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
	switch a.pick {
	case 0:
		c.Status, c.Failure = payment.StatusFailed, &payment.Failure{Code: "lost_card", Kind: payment.Hard, Message: "lost"}
	case 1:
		c.Status = payment.StatusProcessing
	case 2:
		c.Status = payment.StatusUnknown
	default:
		l.till.does = l.till.move(paid.ID, paid.Last().Amount)
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
	whole, left := paid.Leading(), l.till.of(paid)
	if a.seats%2 == 0 {
		amount = whole.Amount
	}
	takes := a.do != "send back" && a.do != "answer refund"
	if takes && (left.Sign() <= 0 || whole.Reversal != nil) { // a second reversal is a known fault
		return nil
	}
	switch a.do {
	case "send back":
		c := command.PaymentRefund{Refund: "r" + a.name, CreditNote: "n" + a.name, Reason: "sorry"}
		if a.seats%3 > 0 {
			c.Amount = &amount
		}
		return new(plain(command.RefundPayment(paid.ID, c)))
	case "reverse":
		l.till.does = l.till.move(paid.ID, left.Neg())
		return new(plain(command.ReversePayment(paid.ID, payment.Reverse{N: whole.N, Reference: "gone", Amount: left, Reason: payment.ReasonReturned})))
	case "dispute":
		return l.dispute(a, paid)
	case "sent back elsewhere":
		if amount.Minus(left).Sign() > 0 {
			amount = left
		}
		l.till.does = l.till.move(paid.ID, amount.Neg())
		return new(plain(command.RefundedElsewhere(paid.ID, command.Elsewhere{Reference: "re_" + a.name, Amount: amount})))
	}
	if len(l.refunds) == 0 {
		return nil
	}
	id := l.refunds[a.pick%len(l.refunds)]
	r := eventstore.RehearsedState[refund.State](l.rehearsal, refund.Stream(id))
	if r.Payment == nil || !r.Open() || r.Status == refund.StatusSucceeded { // what went back by other hands is not asked for any more
		return nil
	}
	answer := refund.Answer{N: len(r.Attempts), Status: refund.AttemptSucceeded, Reference: "re"}
	of := eventstore.RehearsedState[payment.State](l.rehearsal, payment.Stream(*r.Payment))
	if l.till.of(of).Minus(r.Amount).Sign() < 0 {
		answer.Status, answer.Failure = refund.AttemptFailed, &refund.Failure{Code: "refund_exceeds_charge", Message: "less of the charge is left"}
	} else {
		l.till.does = l.till.move(of.ID, r.Amount.Neg())
	}
	return new(plain(command.AnswerRefund(id, answer)))
}

// dispute tells of a dispute of a payment: that it is open, or how it ended, which stays.
func (l *lived) dispute(a act, paid payment.State) *eventstore.Command {
	id, left := "dp_"+paid.ID, l.till.of(paid)
	d := payment.Dispute{ID: id, N: paid.Leading().N, Amount: left, Reason: "fraudulent", OpenedAt: a.at}
	d.Status = []payment.DisputeStatus{payment.DisputeOpen, payment.DisputeWon, payment.DisputeLost}[a.seats%3]
	if known, some := paid.FindDispute(id); some {
		if d.Amount = known.Amount; known.Status != payment.DisputeOpen || known.Amount.Minus(left).Sign() > 0 {
			return nil
		}
	}
	if d.Status == payment.DisputeLost {
		l.till.does = l.till.move(paid.ID, d.Amount.Neg())
	}
	return new(plain(command.TellDispute(paid.ID, d)))
}
