package command

import (
	"slices"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
)

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
	if err := w.coverRefunds(paid, c); err != nil {
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
		if s := w.invoiceState(id); s.Status == invoice.StatusFinalized && w.isCollected(s) {
			if err := w.oweAgain(id, now); err != nil {
				return err
			}
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
	}
	return nil
}

// coverRefunds lets refunds of a payment count as gone back that its reversal sent back too, the latest first.
func (w *workspace) coverRefunds(paid account.Payment, c payment.Reverse) error {
	more := c.Amount.Minus(paid.Left())
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
		cover := refund.Command(refund.Cover{Reference: c.Reference})
		if _, err := applyAt(w.d, refund.Stream(r.ID), refund.Decide, cover, w.d.Now()); err != nil {
			return err
		}
	}
	return nil
}
