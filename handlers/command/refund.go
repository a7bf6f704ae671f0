package command

import (
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
)

// RecordRefund records that a refund was paid outside. It refuses with refund_not_found, refund_settled or refund_in_progress.
func RecordRefund(id string, c refund.Record) Command[refund.State] { return onRefund(id, c) }

// RetryRefund has the gateway asked once more for a refund that failed, or how one went that is not known. It refuses with
// refund_not_found, refund_settled, refund_in_progress, or with invalid_transition where no gateway took the money.
func RetryRefund(id string) Command[refund.State] { return onRefund(id, refund.Retry{}) }

// TryRefundAgain begins another attempt where the time for it has come.
func TryRefundAgain(id string) Command[struct{}] { return Quietly(onRefund(id, refund.TryAgain{})) }

// AnswerRefund records what a gateway said of an attempt. What says nothing new changes nothing.
func AnswerRefund(id string, c refund.Answer) Command[struct{}] { return Quietly(onRefund(id, c)) }

// DeferRefund records that the gateway of an attempt could not be reached.
func DeferRefund(id string, c refund.Defer) Command[struct{}] { return Quietly(onRefund(id, c)) }

// onRefund decides a command on a refund alone: that money goes back counts from its creation on.
func onRefund(id string, c refund.Command) Command[refund.State] {
	stream := refund.Stream(id)
	return Command[refund.State]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (refund.State, error) {
			return apply(d, stream, refund.Decide, c)
		},
	}
}

// Quietly makes a command that gives nothing back.
func Quietly[R any](c Command[R]) Command[struct{}] {
	return Command[struct{}]{
		Resource: c.Resource, Reads: c.Reads, Writes: c.Writes,
		Decide: func(d *eventstore.Decision) (none struct{}, err error) {
			_, err = c.Decide(d)
			return none, err
		},
	}
}

// RefundNow is a refund at an instant of the ledger's clock.
type RefundNow struct {
	State refund.State
	Now   time.Time
}

// LookAtRefund gives a refund as it is now. It writes nothing.
func LookAtRefund(id string) Command[RefundNow] {
	stream := refund.Stream(id)
	return Command[RefundNow]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (RefundNow, error) {
			return RefundNow{State: eventstore.StateOf[refund.State](d, stream), Now: d.Now()}, nil
		},
	}
}

// payBack lets a part of the money of a name go back, by the gateway that took it. It may be of the money's credit first.
func (w *workspace) payBack(c refund.Create, name string, credit bool, at time.Time) error {
	if err := w.createRefund(c, name, at); err != nil {
		return err
	}
	return w.onAccount(account.ReturnMoney{Refund: c.ID, Payment: name, Amount: c.Amount, Credit: credit}, at)
}

// createRefund makes a refund of the money of a name. A gateway that took it is to send it back.
func (w *workspace) createRefund(c refund.Create, name string, at time.Time) error {
	taken, attempt, err := w.taken(name)
	if err != nil {
		return err
	}
	c.Payment = &name
	if taken.ID != "" {
		c.Payment, c.Gateway, c.Charge = &taken.ID, attempt.Gateway, attempt.Reference
		w.charged = true // the clock waits until the gateway was asked
	}
	if err := w.d.Begin(refund.Stream(c.ID)); err != nil {
		return err
	}
	_, err = applyAt(w.d, refund.Stream(c.ID), refund.Decide, refund.Command(c), at)
	return err
}

// needTaken asks for the payments by which gateways took money of some names, all at once.
func (w *workspace) needTaken(names []string) error {
	var streams []domain.Stream
	for _, name := range names {
		streams = append(streams, takenBy(name))
	}
	return w.need(streams...)
}

// takenBy names the payment by which a gateway took money of a name, if one did.
func takenBy(name string) domain.Stream {
	id, _, _ := strings.Cut(name, ":")
	return payment.Stream(id)
}

// taken finds the payment by which a gateway took the money of a name, and the attempt that did. Money that came by hand is of
// none.
func (w *workspace) taken(name string) (s payment.State, attempt payment.Attempt, err error) {
	stream := takenBy(name)
	if err := w.need(stream); err != nil {
		return s, attempt, err
	}
	s = eventstore.StateOf[payment.State](w.d, stream)
	for _, a := range s.Attempts {
		if a.Status == payment.StatusSucceeded && w.moneyOf(s, a.N) == name {
			return s, a, nil
		}
	}
	return payment.State{}, attempt, nil
}

// moneyOf gives the name by which the account knows what an attempt took: that of the payment for the first that it learned of,
// and the attempt's key for any further one.
func (w *workspace) moneyOf(s payment.State, n int) string {
	if key := payment.Key(s.ID, n); w.account().Knows(key) {
		return key
	}
	return s.ID
}

// ReversePayment records that what a gateway took by an attempt is gone again, so that it is owed again. What is gone is gone once.
// It refuses with payment_not_found, attempt_not_found or payment_not_succeeded.
func ReversePayment(id string, c payment.Reverse) Command[struct{}] {
	return ofPayment(id, func(w *workspace, s payment.State) error { return w.reverse(s, c) }, func(*workspace) (none struct{}) { return none })
}

// TellDispute records what a gateway says of a dispute, in whatever order it is told. A lost one takes the money away. It refuses with
// payment_not_found, attempt_not_found or payment_not_succeeded.
func TellDispute(id string, c payment.Dispute) Command[struct{}] {
	return ofPayment(id, func(w *workspace, s payment.State) error {
		facts, err := decideAt(w.d, payment.Stream(id), payment.Decide, payment.Command(c), w.d.Now())
		if err != nil {
			return err
		}
		for _, fact := range facts {
			closed, isClosed := fact.(payment.DisputeClosed)
			note := invoice.NoteDispute{Dispute: c.ID, Payment: id, Open: !isClosed}
			if _, err := w.onInvoice(s.Invoice, note, w.d.Now()); err != nil {
				return err
			}
			if isClosed && closed.Outcome == payment.DisputeLost {
				lost := payment.Reverse{N: c.N, Reference: c.ID, Amount: c.Amount, Reason: payment.ReasonDisputeLost}
				if err := w.reverse(s, lost); err != nil {
					return err
				}
			}
		}
		return nil
	}, func(*workspace) (none struct{}) { return none })
}

// reverse takes away what an attempt took. What had paid the invoice is owed again, credit that it became is taken back, and refunds
// that were still to be sent went back with it.
func (w *workspace) reverse(s payment.State, c payment.Reverse) error {
	now := w.d.Now()
	facts, err := decideAt(w.d, payment.Stream(s.ID), payment.Decide, payment.Command(c), now)
	if err != nil || len(facts) == 0 {
		return err
	}
	paid, _ := w.account().Find(w.moneyOf(s, c.N))
	if err := w.coverRefunds(paid, c.Amount, c.Reference); err != nil {
		return err
	}
	amount := least(c.Amount, paid.Left())
	if amount.Sign() <= 0 {
		return nil
	}
	if err := w.needInvoices([]string{paid.Invoice}); err != nil {
		return err
	}
	gone := account.ReverseMoney{Payment: paid.Payment, Amount: amount, Void: w.invoiceState(paid.Invoice).Status == invoice.StatusVoided}
	reversed, err := decideAt(w.d, account.Stream(w.name), account.Decide, account.Command(gone), now)
	if err != nil {
		return err
	}
	w.moved = true
	return w.expectAgain(paid.Invoice, s.ID, reversed[0].(account.MoneyReversed))
}

// expectAgain has invoices expect the money that is gone.
func (w *workspace) expectAgain(id, name string, gone account.MoneyReversed) error {
	now := w.d.Now()
	if gone.Owed.Sign() > 0 {
		if _, err := w.onInvoice(id, invoice.ReversePayment{Payment: name, Amount: gone.Owed}, now); err != nil {
			return err
		}
		if err := w.oweAgain(id, true, now); err != nil {
			return err
		}
	}
	var ids []string
	for _, withdrawn := range gone.Withdrawn {
		ids = append(ids, withdrawn.Invoice)
	}
	if err := w.needInvoices(ids); err != nil {
		return err
	}
	for _, withdrawn := range gone.Withdrawn {
		if _, err := w.onInvoice(withdrawn.Invoice, invoice.WithdrawCredit{Amount: withdrawn.Amount}, now); err != nil {
			return err
		}
		if err := w.oweAgain(withdrawn.Invoice, false, now); err != nil {
			return err
		}
	}
	return nil
}

// coverRefunds lets refunds of a payment count as gone back with an amount that is more than was left of it, the latest first.
func (w *workspace) coverRefunds(paid account.Payment, amount money.Amount, reference string) error {
	more := amount.Minus(paid.Left())
	if more.Sign() <= 0 {
		return nil
	}
	refunds, err := w.refundsOf(paid)
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(refunds) {
		if r.Status == refund.StatusSucceeded || r.Amount.Minus(more).Sign() > 0 {
			continue
		}
		more = more.Minus(r.Amount)
		cover := refund.Command(refund.Cover{Reference: reference})
		if _, err := applyAt(w.d, refund.Stream(r.ID), refund.Decide, cover, w.d.Now()); err != nil {
			return err
		}
	}
	return nil
}
