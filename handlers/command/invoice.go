package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Invoice is an invoice as a command leaves it, and the instant of that.
type Invoice struct {
	State invoice.State
	Now   time.Time
}

// RecordPayment records money that was received outside. The update that waited for it happens in the same group; money
// that is too much, or too late, becomes credit. The caller fills in all of c but Number and Seller. It refuses with
// invoice_not_found.
func RecordPayment(id string, c invoice.RecordPayment) Command[Invoice] {
	return toInvoice(id, func(w *workspace) error { return w.receive(id, c) })
}

// receive takes money for an invoice into account, with all that waited for it.
func (w *workspace) receive(id string, c invoice.RecordPayment) error {
	if w.invoiceState(id).Completes(c.Amount) {
		// A payment that the invoice refuses takes no number: a refusal writes nothing at all.
		var err error
		if c.Number, err = w.number(id, w.d.Now()); err != nil {
			return err
		}
		c.Seller = w.sellerVersion()
	}
	completes := c.Number != ""
	events, err := w.onInvoice(id, c, w.d.Now())
	if err != nil {
		return err
	}
	for _, event := range events {
		if paid, ok := event.(invoice.PaymentRecorded); ok {
			if err := w.received(id, paid); err != nil {
				return err
			}
		}
	}
	if completes {
		return w.change(subscription.Complete{Invoice: id}, w.d.Now())
	}
	return nil
}

// received follows a payment: what is too much becomes credit, and lines that a write-off of an earlier release took out of force can be
// credited again.
func (w *workspace) received(id string, paid invoice.PaymentRecorded) error {
	if err := w.onAccount(account.ReceiveMoney{
		Payment: paid.Payment, Invoice: id, Amount: paid.Amount, Applied: paid.Applied,
	}, w.d.Now()); err != nil {
		return err
	}
	if err := w.grant(account.SourceOverpayment, id, paid.Credit, w.d.Now()); err != nil {
		return err
	}
	if !w.invoiceState(id).LinesTaken || len(paid.Recovered) == 0 {
		return nil
	}
	return w.change(subscription.RestoreLines{Lines: creditedLines(paid.Recovered)}, w.d.Now())
}

// VoidInvoice takes back an invoice of which nothing was paid. Its lines are not charged any more, the update that waits
// for it is dropped, and a subscription that waits for its first payment ends. The credit applied to it goes back to the
// account. It refuses with invoice_not_found or payment_in_progress.
func VoidInvoice(id, reason string) Command[Invoice] {
	return toInvoice(id, func(w *workspace) error {
		if err := w.checkIdle(id); err != nil {
			return err
		}
		if err := w.void(id, reason, w.d.Now()); err != nil {
			return err
		}
		if err := w.change(subscription.DropUpdate{Invoice: id}, w.d.Now()); err != nil {
			return err
		}
		var all []invoice.CreditedLine
		for _, line := range w.invoiceState(id).Bill.Lines {
			all = append(all, invoice.CreditedLine{Key: line.Key, Amount: line.Base(), Tax: line.Tax})
		}
		return w.takeBack(all)
	})
}

// WriteOff gives up the outstanding amount of an invoice. It refuses with invoice_not_found or payment_in_progress.
func WriteOff(id string, c invoice.WriteOff) Command[Invoice] {
	return toInvoice(id, func(w *workspace) error {
		if err := w.checkIdle(id); err != nil {
			return err
		}
		_, err := w.onInvoice(id, c, w.d.Now())
		return err
	})
}

// takeBack tells the subscription which parts of lines are not charged any more.
func (w *workspace) takeBack(lines []invoice.CreditedLine) error {
	return w.change(subscription.CreditLines{Lines: creditedLines(lines)}, w.d.Now())
}

func creditedLines(lines []invoice.CreditedLine) (same []subscription.CreditedLine) {
	for _, line := range lines {
		same = append(same, subscription.CreditedLine{Key: line.Key, Amount: line.Amount, Tax: line.Tax})
	}
	return same
}

func (w *workspace) invoiceState(id string) invoice.State {
	return eventstore.StateOf[invoice.State](w.d, invoice.Stream(id))
}

// toInvoice works as [onInvoice] does; the result is the invoice.
func toInvoice(id string, decide func(*workspace) error) Command[Invoice] {
	return onInvoice(id, decide, func(w *workspace) Invoice { return Invoice{State: w.invoiceState(id), Now: w.d.Now()} })
}

// onInvoice decides a command on an invoice, and all that follows for its workspace, after the deadlines due there. The result
// is what all that leaves.
func onInvoice[R any](id string, decide func(*workspace) error, result func(*workspace) R) Command[R] {
	stream := invoice.Stream(id)
	return Command[R]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (none R, err error) {
			w := &workspace{d: d, name: eventstore.StateOf[invoice.State](d, stream).Workspace}
			if w.name == "" {
				return none, domain.NotFound("invoice_not_found", "there is no such invoice")
			}
			if err := w.need(streamsOf(w.name)...); err != nil {
				return none, err
			}
			if err := w.catchUp(); err != nil {
				return none, err
			}
			if err := w.tellLowered(id, w.d.Now()); err != nil {
				return none, err
			}
			if err := decide(w); err != nil {
				return none, err
			}
			if err := w.reconcile(w.d.Now()); err != nil {
				return none, err
			}
			return result(w), nil
		},
	}
}

// linkDays bounds the days for which a link opens a document by default.
const linkDays = 30

// LinkInvoice tells until when a link to an invoice, or to a credit note on it, opens the document, by default for 30 days. It
// writes nothing. It refuses with invoice_not_found or expires_at_invalid.
func LinkInvoice(id string, expires *time.Time) Command[time.Time] {
	stream := invoice.Stream(id)
	return Command[time.Time]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (time.Time, error) {
			if eventstore.StateOf[invoice.State](d, stream).ID == "" {
				return time.Time{}, domain.NotFound("invoice_not_found", "there is no such invoice")
			}
			until := domain.Or(expires, d.Now().AddDate(0, 0, linkDays))
			if !until.After(d.Now()) {
				return until, domain.InvalidField("/expires_at", "expires_at_invalid", "expires_at must be in the future")
			}
			return until, nil
		},
	}
}
