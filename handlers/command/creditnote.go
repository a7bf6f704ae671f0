package command

import (
	"cmp"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
)

// CreditNote is a credit note that was issued, and the workspace that has it.
type CreditNote struct {
	Workspace string
	Note      invoice.Credited
}

// IssueCreditNote takes a part of an invoice back. It lowers what is owed first; what was paid of it becomes credit, or goes
// back where c asks for that. The caller fills in all of c but Number, Seller and Settles. It refuses with invoice_not_found.
func IssueCreditNote(id string, c invoice.Credit) Command[CreditNote] {
	var issued CreditNote
	return onInvoice(id, func(w *workspace) (err error) {
		c := c
		if c.Settles, err = w.settles(id, c.CreditNote, w.d.Now()); err != nil {
			return err
		}
		if c.Number, err = w.numberNote(c.CreditNote, w.d.Now()); err != nil {
			return err
		}
		c.Seller = w.sellerVersion()
		note, err := w.issueNote(id, c, w.d.Now())
		if err != nil {
			return err
		}
		issued = CreditNote{Workspace: w.name, Note: note}
		return w.takeBack(note.Lines)
	}, func(*workspace) CreditNote { return issued })
}

// issueNotes issues a credit note for each invoice that a subscription takes something back of.
func (w *workspace) issueNotes(before subscription.State, e subscription.TakenBack, at time.Time) error {
	if err := w.needInvoices(before.Invoices()); err != nil {
		return err
	}
	for _, part := range e.Parts {
		c := invoice.TakeBack{
			CreditNote: derived("credit_note", e.Change, part.Invoice), Total: part.Bill.Total.Neg(), Reason: e.Reason,
			Refund: e.Settlement == subscription.SettlementRefund, From: e.TakenBackAt,
		}
		credits := before.Credits(part.Bill)
		for _, p := range credits {
			lines := proratedLines(p)
			for i := range lines {
				if p.Invoice != part.Invoice {
					lines[i].Invoice = p.Invoice
				}
			}
			c.Lines = append(c.Lines, lines...)
		}
		var err error
		if c.Settles, err = w.settles(part.Invoice, c.CreditNote, at); err != nil {
			return err
		}
		if c.Number, err = w.numberNote(c.CreditNote, at); err != nil {
			return err
		}
		c.Seller = w.sellerVersion()
		if err := w.prorateOn(c.CreditNote, before.Lowerings(part.Bill), at); err != nil {
			return err
		}
		if _, err := w.issueNote(part.Invoice, c, at); err != nil {
			return err
		}
		others := slices.DeleteFunc(credits, func(p subscription.Proration) bool { return p.Invoice == part.Invoice })
		if err := w.prorateOn(c.CreditNote, others, at); err != nil {
			return err
		}
	}
	return nil
}

// issueNote issues a credit note, and does what it says: it lowers other invoices, pays back and gives credit.
func (w *workspace) issueNote(id string, c invoice.Command, at time.Time) (note invoice.Credited, err error) {
	if note, err = w.writeNote(id, c, at); err != nil {
		return note, err
	}
	var taken []string
	for _, back := range note.Refunds {
		taken = append(taken, back.Payment)
	}
	if err := w.needTaken(taken); err != nil {
		return note, err
	}
	for _, back := range note.Refunds {
		err := w.payBack(refund.Create{
			ID: back.Refund, Workspace: w.name, Invoice: &back.Invoice, CreditNote: &note.CreditNote, Amount: back.Amount, Reason: note.Reason,
		}, back.Payment, false, at)
		if err != nil {
			return note, err
		}
	}
	return note, nil
}

// writeNote issues a credit note, and does what it says but for what goes back.
func (w *workspace) writeNote(id string, c invoice.Command, at time.Time) (note invoice.Credited, err error) {
	facts, err := w.onInvoice(id, c, at)
	if err != nil {
		return note, err
	}
	note = facts[0].(invoice.Credited)
	w.notes = append(w.notes, note.CreditNote)
	if err := w.lower(note.SettledAgainst, id, note.CreditNote, note.Number, at); err != nil {
		return note, err
	}
	return note, w.grant(account.SourceCreditNote, id, note.Credit, at)
}

// lower takes off other invoices than id what a document settles against them.
func (w *workspace) lower(settled []invoice.Settled, id, by, number string, at time.Time) error {
	for _, s := range settled {
		if s.Invoice == id {
			continue
		}
		if _, err := w.onInvoice(s.Invoice, invoice.Lower{By: by, Number: number, Amount: s.Amount, WrittenOff: s.WrittenOff}, at); err != nil {
			return err
		}
	}
	return nil
}

// settles looks up what a credit note on an invoice meets: the invoices behind it, and the money that came for all of them.
func (w *workspace) settles(id, note string, at time.Time) (settles invoice.Settles, err error) {
	invoices, err := w.lineage([]string{id}, at)
	if err != nil {
		return settles, err
	}
	var ids []string
	for _, s := range invoices {
		ids = append(ids, s.ID)
		if s.ID != id {
			settles.Claims = append(settles.Claims, s.Claim())
		}
	}
	for _, paid := range w.account().PaidFor(ids) {
		settles.Payments = append(settles.Payments, invoice.Refund{
			Refund: derived("refund", note, paid.Payment), Payment: paid.Payment, Invoice: paid.Invoice, Amount: paid.Amount,
		})
	}
	return settles, nil
}

// claims looks up the invoices that a drafted one with a negative total lowers: those that its credit lines are of, and those
// behind them. Where more seats made the plan cheaper there is no credit line, and it lowers those of all that was in force.
func (w *workspace) claims(before subscription.State, id string, at time.Time) (claims []invoice.Claim, err error) {
	sources := w.invoiceState(id).Sources()
	if len(sources) == 0 {
		sources = before.Invoices()
	}
	invoices, err := w.lineage(sources, at)
	for _, s := range invoices {
		claims = append(claims, s.Claim())
	}
	return claims, err
}

// lineage returns issued invoices, then those that their credit lines are of, and so on back. Within each of these steps the
// earliest issued comes first.
func (w *workspace) lineage(ids []string, at time.Time) (all []invoice.State, err error) {
	for seen := map[string]bool{}; len(ids) > 0; {
		if err := w.needInvoices(ids); err != nil {
			return nil, err
		}
		var level []invoice.State
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			if s := w.invoiceState(id); s.Status == invoice.StatusFinalized {
				level = append(level, s)
			}
		}
		slices.SortStableFunc(level, func(a, b invoice.State) int {
			return cmp.Or(a.IssuedAt.Compare(*b.IssuedAt), cmp.Compare(len(a.Number), len(b.Number)), cmp.Compare(a.Number, b.Number))
		})
		ids = nil
		for _, s := range level {
			if err := w.nameMoney(s, at); err != nil {
				return nil, err
			}
			ids = append(ids, s.Sources()...)
		}
		all = append(all, level...)
	}
	return all, nil
}
