package command

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// bill makes the invoices and credit notes that follow from an event. It decides them, their numbers and the credit as of the event's
// instant, which lies in the past when a deadline runs late.
func (w *workspace) bill(before subscription.State, event domain.Event, at time.Time) error {
	switch e := event.(type) {
	case subscription.Billed:
		return w.issue(before, invoice.Draft{
			ID: e.Invoice, Subscription: &e.ID, Reason: invoice.Reason(e.Reason), Period: e.Period, Bill: e.Bill, DaysUntilDue: e.DaysUntilDue,
		}, e.BilledAt, at)
	case subscription.TakenBack:
		return w.issueNotes(before, e, at)
	case subscription.UpdatePending:
		return w.open(e, at)
	case subscription.UpdateExpired:
		return w.void(e.Invoice, "expired", at)
	case subscription.UpdateCanceled:
		if err := w.need(invoice.Stream(e.Invoice)); err != nil {
			return err
		}
		if w.invoiceState(e.Invoice).Status == invoice.StatusVoided {
			return nil // voiding it by hand has canceled the update
		}
		return w.void(e.Invoice, "canceled", at)
	}
	return nil
}

// prorate notes on earlier invoices which parts of their lines a bill credits, so that no credit note takes them back again.
// The state before the change tells which invoice a line belongs to: the change ends what was in force.
func (w *workspace) prorate(before subscription.State, event domain.Event, at time.Time) error {
	var on string
	var prorations []subscription.Proration
	switch e := event.(type) {
	case subscription.Billed:
		on, prorations = e.Invoice, before.Prorations(e.Bill)
	case subscription.UpdateApplied:
		on, prorations = e.Invoice, before.Prorations(before.PendingUpdate.Bill)
	}
	return w.prorateOn(on, prorations, at)
}

// prorateOn notes on invoices what another document credits of their lines.
func (w *workspace) prorateOn(document string, prorations []subscription.Proration, at time.Time) error {
	var ids []string
	for _, p := range prorations {
		ids = append(ids, p.Invoice)
	}
	if err := w.needInvoices(ids); err != nil {
		return err
	}
	for _, p := range prorations {
		c := invoice.Prorate{CreditedOn: document, Lines: proratedLines(p)}
		if _, err := w.onInvoice(p.Invoice, c, at); err != nil {
			return err
		}
	}
	return nil
}

// tellLowered tells the invoices of what is in force, and one more, what lines of earlier releases lower of theirs.
func (w *workspace) tellLowered(id string, at time.Time) error {
	for _, untold := range w.subscription().ToTell(id) {
		prorations := untold.Prorations()
		var ids []string
		for _, p := range prorations {
			ids = append(ids, p.Invoice)
		}
		if err := w.needInvoices(ids); err != nil {
			return err
		}
		for _, p := range prorations {
			if s := w.invoiceState(p.Invoice); s.Status != invoice.StatusFinalized || slices.Contains(s.ProratedBy, untold.By) {
				continue
			}
			c := invoice.Prorate{CreditedOn: untold.By, Lines: proratedLines(p), Late: true}
			if _, err := w.onInvoice(p.Invoice, c, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func proratedLines(p subscription.Proration) (lines []invoice.CreditedLine) {
	for _, line := range p.Lines {
		lines = append(lines, invoice.CreditedLine{Key: line.Key, Amount: line.Amount, Tax: line.Tax})
	}
	return lines
}

// issue makes an invoice with its number. A negative total lowers what is owed for what it credits, and the rest of it becomes
// credit.
func (w *workspace) issue(before subscription.State, draft invoice.Draft, issuedAt, at time.Time) error {
	id := draft.ID
	if err := w.need(account.Stream(w.name)); err != nil {
		return err
	}
	if err := w.d.Begin(invoice.Stream(id)); err != nil {
		return err
	}
	credit, err := w.draft(draft, at)
	if err != nil {
		return err
	}
	if err := w.need(dunning.Stream()); err != nil {
		return err
	}
	policies := eventstore.StateOf[dunning.State](w.d, dunning.Stream())
	c := invoice.Finalize{Credit: credit, IssuedAt: issuedAt, Dunning: policies.VersionAt(issuedAt)}
	if draft.Bill.Total.Sign() < 0 {
		if c.Claims, err = w.claims(before, id, at); err != nil {
			return err
		}
	}
	if c.Number, err = w.number(id, at); err != nil {
		return err
	}
	c.Seller = w.sellerVersion()
	facts, err := w.onInvoice(id, c, at)
	if err != nil {
		return err
	}
	if err := w.onAccount(account.Apply{Invoice: id, Amount: credit}, at); err != nil {
		return err
	}
	issued := facts[0].(invoice.Finalized)
	if err := w.lower(issued.SettledAgainst, id, id, issued.Number, at); err != nil {
		return err
	}
	return w.grant(account.SourceInvoice, id, issued.Credit(), at)
}

// open makes an invoice that waits for money and has no number yet.
func (w *workspace) open(e subscription.UpdatePending, at time.Time) error {
	if err := w.need(account.Stream(w.name)); err != nil {
		return err
	}
	if err := w.d.Begin(invoice.Stream(e.Invoice)); err != nil {
		return err
	}
	credit, err := w.draft(invoice.Draft{
		ID: e.Invoice, Subscription: &e.ID, Reason: invoice.Reason(e.Reason), Period: e.Period(), Bill: e.Bill, DaysUntilDue: e.DaysUntilDue,
	}, at)
	if err != nil {
		return err
	}
	if _, err := w.onInvoice(e.Invoice, invoice.Open{Credit: credit}, at); err != nil {
		return err
	}
	return w.onAccount(account.Apply{Invoice: e.Invoice, Amount: credit}, at)
}

// draft begins an invoice and returns the amount that the account's credit covers.
func (w *workspace) draft(c invoice.Draft, at time.Time) (money.Amount, error) {
	c.Workspace, c.TimeZone = w.name, cmp.Or(w.subscription().TimeZone, period.TimeZoneDefault)
	if c.Subscription != nil {
		c.Collection = string(w.subscription().Collection)
	}
	w.invoice = &c.ID
	if _, err := w.onInvoice(c.ID, c, at); err != nil {
		return money.Amount{}, err
	}
	return w.account().Covers(c.Bill.Total)
}

// number gives an invoice the next number and returns it.
func (w *workspace) number(id string, at time.Time) (string, error) {
	if err := w.need(issuing...); err != nil {
		return "", err
	}
	series, err := w.seller().InvoiceSeries(at)
	if err != nil {
		return "", err
	}
	c := numbering.Command(numbering.NumberInvoice{Invoice: id, Series: series})
	facts, err := decideAt(w.d, numbering.Stream(), numbering.Decide, c, at)
	if err != nil {
		return "", err
	}
	return facts[0].(numbering.InvoiceNumbered).Number, nil
}

// numberNote gives a credit note the next number and returns it.
func (w *workspace) numberNote(id string, at time.Time) (string, error) {
	if err := w.need(issuing...); err != nil {
		return "", err
	}
	series, err := w.seller().CreditNoteSeries(at)
	if err != nil {
		return "", err
	}
	c := numbering.Command(numbering.NumberCreditNote{CreditNote: id, Series: series})
	facts, err := decideAt(w.d, numbering.Stream(), numbering.Decide, c, at)
	if err != nil {
		return "", err
	}
	return facts[0].(numbering.CreditNoteNumbered).Number, nil
}

// issuing lists the streams that every document is issued with.
var issuing = []domain.Stream{numbering.Stream(), seller.Stream(), dunning.Stream()}

func (w *workspace) seller() seller.Profile {
	return eventstore.StateOf[seller.State](w.d, seller.Stream()).Profile()
}

// sellerVersion gives the version of the seller's profile, nil where there is none.
func (w *workspace) sellerVersion() *int64 {
	version := w.d.Version(seller.Stream())
	if version == 0 {
		return nil
	}
	return &version
}

// void takes an invoice back; the credit and payments applied to it become credit.
func (w *workspace) void(id, reason string, at time.Time) error {
	if err := w.need(account.Stream(w.name), invoice.Stream(id)); err != nil {
		return err
	}
	events, err := w.onInvoice(id, invoice.Void{Reason: reason}, at)
	if err != nil {
		return err
	}
	voided := events[0].(invoice.Voided)
	if err := w.grant(account.SourceVoided, id, voided.CreditReturned, at); err != nil {
		return err
	}
	return w.grant(account.SourceOverpayment, id, voided.PaidReturned, at)
}

// grant gives credit of a positive amount. A version of an invoice gives credit of one source once.
func (w *workspace) grant(source account.Source, id string, amount money.Amount, at time.Time) error {
	if amount.Sign() <= 0 {
		return nil
	}
	grant := derived("grant", string(source), id, fmt.Sprint(w.d.Version(invoice.Stream(id))))
	return w.onAccount(account.Grant{ID: grant, Source: source, Invoice: &id, Amount: amount, Reason: string(source), Due: w.due}, at)
}

func (w *workspace) onAccount(c account.Command, at time.Time) error {
	w.moved = true
	_, err := applyAt(w.d, account.Stream(w.name), account.Decide, c, at)
	return err
}

func (w *workspace) onInvoice(id string, c invoice.Command, at time.Time) ([]invoice.Fact, error) {
	if !slices.Contains(w.touched, id) {
		w.touched = append(w.touched, id)
	}
	return decideAt(w.d, invoice.Stream(id), invoice.Decide, c, at)
}

func (w *workspace) account() account.State {
	return eventstore.StateOf[account.State](w.d, account.Stream(w.name))
}

// credit returns the account's credit in a currency.
func (w *workspace) credit(currency money.Currency) (money.Amount, error) {
	return w.account().Credit(currency)
}

// fund fills in the account's credit in a currency. A subscription that there is none of has no currency.
func (w *workspace) fund(b *subscription.Billing, currency money.Currency) (err error) {
	if currency != "" {
		b.Credit, err = w.credit(currency)
	}
	return err
}

// idSpace keeps ids that are made of other names apart from all other ids.
var idSpace = uuid.MustParse("5f0c2a3e-8d5b-5c0e-9a57-3b1f6f6d2c11")

// derived makes an id from the names of its purpose, so that everybody derives the same id for it.
func derived(of ...string) string {
	name := ""
	for _, part := range of {
		name += fmt.Sprintf("%d:%s", len(part), part)
	}
	return uuid.NewSHA1(idSpace, []byte(name)).String()
}
