package command

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/subscription"
)

// reconcile follows what happened to invoices and the account: the account knows which invoices expect money, credit pays
// them, the earliest issued first, gateways are asked for what is left, and the subscription learns which expect none any more.
// Every command ends with it, and every deadline, as of its own instant.
func (w *workspace) reconcile(at time.Time) error {
	if len(w.touched) == 0 && !w.moved {
		return nil
	}
	for _, id := range w.touched {
		if err := w.followInvoice(id, at); err != nil {
			return err
		}
	}
	if err := w.meetInvoices(at); err != nil {
		return err
	}
	if err := w.payByCredit(at); err != nil {
		return err
	}
	for _, id := range slices.Clone(w.touched) {
		if err := w.collect(id, at); err != nil {
			return err
		}
	}
	touched := w.touched
	w.touched, w.moved = nil, false
	for _, id := range touched {
		if err := w.settle(id, at); err != nil {
			return err
		}
	}
	return nil
}

// followInvoice tells the account whether an invoice expects money, and of money without a name that came for it.
func (w *workspace) followInvoice(id string, at time.Time) error {
	s := w.invoiceState(id)
	if err := w.nameMoney(s, at); err != nil {
		return err
	}
	if s.Status != invoice.StatusFinalized || s.Outstanding().Sign() <= 0 {
		return w.onAccount(account.CloseReceivable{Invoice: id}, at)
	}
	r := account.Receivable{Invoice: id, Number: s.Number, Currency: s.Bill.Currency, IssuedAt: *s.IssuedAt, OverdueAt: s.OverdueFrom()}
	if w.isCollected(s) {
		r.PastDueAt = new(s.IssuedAt.Add(subscription.CollectionTime))
	}
	return w.onAccount(account.OpenReceivable{Receivable: r}, at)
}

// meetInvoices tells the account, where there is credit, of the subscription's invoices that expect money since before accounts
// knew of them. All others of that time meet it when something happens to them.
func (w *workspace) meetInvoices(at time.Time) error {
	s := w.subscription()
	if s.ID == "" {
		return nil
	}
	if credit, err := w.credit(s.Terms.Currency); err != nil || credit.Sign() <= 0 {
		return err
	}
	ids := s.Invoices()
	for _, owed := range s.Owed {
		ids = append(ids, owed.Invoice)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return w.account().Expects(id) || slices.Contains(w.touched, id) })
	if err := w.needInvoices(ids); err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.followInvoice(id, at); err != nil {
			return err
		}
	}
	return nil
}

// AdoptInvoices tells a workspace's account of invoices, and of money for them, from before accounts knew of them. What it knows
// already changes nothing. It refuses with too_far_behind.
func AdoptInvoices(name string, ids []string) Command[struct{}] {
	return onAccount(name, func(w *workspace) error {
		if err := w.needInvoices(ids); err != nil {
			return err
		}
		w.touched = append(w.touched, ids...)
		return nil
	}, func(*workspace) (struct{}, error) { return struct{}{}, nil })
}

// isCollected reports whether an invoice's money is collected. Of an invoice of an earlier release the subscription knows that.
func (w *workspace) isCollected(s invoice.State) bool {
	if s.Collection == "" {
		return w.owes(s.ID)
	}
	return s.Collection == string(subscription.CollectionAutomatic)
}

func (w *workspace) owes(id string) bool {
	return slices.ContainsFunc(w.subscription().Owed, func(o subscription.Owed) bool { return o.Invoice == id })
}

// nameMoney tells the account of money that came before payments had names, as one payment for each invoice.
func (w *workspace) nameMoney(s invoice.State, at time.Time) error {
	payment := derived("payment", s.ID)
	applied := s.Unnamed.Applied.Minus(s.Refunded)
	if applied.Sign() < 0 || s.Unnamed.Applied.IsZero() {
		applied = money.Zero(s.Bill.Currency)
	}
	amount := applied.Plus(s.Unnamed.Credit)
	if amount.Sign() <= 0 || w.account().Knows(payment) {
		return nil
	}
	return w.onAccount(account.ReceiveMoney{Payment: payment, Invoice: s.ID, Amount: amount, Applied: applied}, at)
}

// receivablesAtOnce bounds the invoices that are looked up for credit that may pay only the first of them.
const receivablesAtOnce = 100

// payByCredit pays what is expected by the credit that there is.
func (w *workspace) payByCredit(at time.Time) error {
	for receivables := range slices.Chunk(w.account().Receivables, receivablesAtOnce) {
		var ids []string
		for _, r := range receivables {
			credit, err := w.credit(r.Currency)
			if err != nil {
				return err
			}
			if credit.Sign() > 0 {
				ids = append(ids, r.Invoice)
			}
		}
		if err := w.needInvoices(ids); err != nil {
			return err
		}
		if err := w.needPayments(ids); err != nil {
			return err
		}
		for _, id := range ids {
			if err := w.payInvoiceByCredit(id, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// payInvoiceByCredit pays of an invoice what the credit covers, unless a gateway may be taking the money for it.
func (w *workspace) payInvoiceByCredit(id string, at time.Time) error {
	if w.paymentOf(id).Open() {
		return nil
	}
	amount, err := w.account().Covers(w.invoiceState(id).Outstanding())
	if err != nil || amount.IsZero() {
		return err
	}
	if _, err := w.onInvoice(id, invoice.ApplyCredit{Amount: amount}, at); err != nil {
		return err
	}
	if err := w.onAccount(account.Apply{Invoice: id, Amount: amount}, at); err != nil {
		return err
	}
	return w.followInvoice(id, at)
}

// settle tells the subscription when an invoice expects no money any more.
func (w *workspace) settle(id string, at time.Time) error {
	if w.invoiceState(id).PaymentStatus == invoice.PaymentPending || !w.owes(id) {
		return nil
	}
	return w.change(subscription.Settle{Invoice: id}, at)
}
