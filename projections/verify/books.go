package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/finance"
)

// books makes the journal again of the events, beside the one of the read model, and follows what stands in the accounts.
//
// Of each place it keeps what the journal has there, and what the states of the streams say. Both are forgotten where both are
// nothing.
type books struct {
	run    *run
	book   *journal.Book
	shelf  *journal.Memory
	stored *reader // nil where no read model is there; then the entries that are made stand for it
	// built is the position that the read model has reached. Behind it, too, entries that are made stand for it.
	built    int64
	perEvent *check // that compares both journals

	holds, wanted map[place]money.Amount
	touched       map[place]int64 // by the events that are looked at, with the position of the last of them
	lost          map[string]money.Amount
	revenue       *schedules
}

// place names what an amount stands for: an account, and of it the part of an invoice or a workspace; the whole account for "".
type place struct {
	account  journal.Account
	of       string
	currency money.Currency
}

func (p place) String() string {
	line, _ := p.account.Describe()
	return fmt.Sprintf("account %s (%s) of %q", p.account, line.Name, p.of)
}

func openBooks(ctx context.Context, r *run) (*books, error) {
	b := &books{
		run: r, shelf: journal.NewMemory(), holds: map[place]money.Amount{}, wanted: map[place]money.Amount{}, touched: map[place]int64{},
		lost: map[string]money.Amount{}, perEvent: &check{}, revenue: newSchedules(),
	}
	b.book = journal.NewBook(journal.DefaultSettings(), b.shelf)
	for _, c := range r.checks {
		if c.Name == nameEntriesPerEvent {
			b.perEvent = c
		}
	}
	if r.tx == nil {
		return b, nil
	}
	built, found, err := finance.Model.BuiltFor(ctx, r.tx, r.Ledger.ID)
	if found {
		b.built = min(built.Position, r.Position)
		b.stored = &reader{r: r, schema: built.Schema, upTo: b.built}
	}
	return b, err
}

// schema gives the schema of the read model, "" where it does not show the position that is verified.
func (b *books) schema() string {
	if b.stored == nil || b.built < b.run.Position {
		return ""
	}
	return b.stored.schema
}

// follow books the events of a command.
func (b *books) follow(ctx context.Context, group []*moment) error {
	for _, m := range group {
		b.expect(m, group)
	}
	last := group[len(group)-1].Position
	err := b.again(ctx, group)
	if err != nil {
		return err
	}
	for stored := b.stored != nil; stored; {
		extra, err := b.stored.peek(ctx, last)
		if err != nil {
			return err
		}
		if stored = extra != nil; stored {
			b.perEvent.holds(false, extra.Position, "entry "+extra.id(), "no rule of the posting table gives it")
			b.take(extra)
			b.stored.skip(extra)
		}
	}
	for _, m := range group {
		b.expectRelief(m)
	}
	return nil
}

// again makes the entries of the events. What can't be booked is a fault.
func (b *books) again(ctx context.Context, group []*moment) (err error) {
	var events []journal.Event
	for _, m := range group {
		if m.fault != nil || !followed[m.Fact.EventType()] {
			continue
		}
		data, err := engine.Encode(m.Fact)
		if err != nil {
			return err
		}
		events = append(events, journal.Event{
			Position: m.Position, ID: m.ID.String(), Stream: string(m.Stream), Type: m.Fact.EventType(), EffectiveAt: m.EffectiveAt,
			RecordedAt: m.RecordedAt, Data: []byte(data),
		})
	}
	if len(events) == 0 {
		return nil
	}
	defer func() {
		if cause := recover(); cause != nil {
			b.perEvent.holds(false, events[0].Position, events[0].Stream, "booking it panicked: %v", cause)
		}
	}()
	var reading error
	err = b.book.Apply(events, func(e journal.Entry) error {
		reading = b.compare(ctx, made(e))
		return reading
	})
	if err != nil && reading == nil {
		b.perEvent.holds(false, events[0].Position, events[0].Stream, "it can't be booked: %v", err)
	}
	return reading
}

var followed = func() map[string]bool {
	types := map[string]bool{}
	for _, name := range journal.EventTypes() {
		types[name] = true
	}
	return types
}()

// compare holds an entry that the events give against the one of the read model.
func (b *books) compare(ctx context.Context, e *entry) error {
	if b.stored == nil || e.Position > b.built {
		b.take(e)
		return nil
	}
	for {
		found, err := b.stored.peek(ctx, e.Position)
		switch {
		case err != nil:
			return err
		case found == nil || found.compare(e.Position, e.N) > 0:
			b.perEvent.holds(false, e.Position, "entry "+e.id(), "the journal does not have it")
			return nil
		case found.compare(e.Position, e.N) < 0:
			b.perEvent.holds(false, found.Position, "entry "+found.id(), "no rule of the posting table gives it")
		default:
			same := slices.Equal(found.Postings, e.Postings)
			b.perEvent.holds(same, e.Position, "entry "+e.id(), "%s", difference(found, e))
			b.take(found)
			b.stored.skip(found)
			return nil
		}
		b.take(found)
		b.stored.skip(found)
	}
}

// difference tells the first line in which an entry is not the one that its event gives.
func difference(found, want *entry) string {
	for i := range max(len(found.Postings), len(want.Postings)) {
		switch {
		case i >= len(found.Postings):
			return fmt.Sprintf("line %d is missing", i+1)
		case i >= len(want.Postings):
			return fmt.Sprintf("line %d is one too many", i+1)
		case found.Postings[i] != want.Postings[i]:
			return fmt.Sprintf("line %d is %+v, and its event gives %+v", i+1, found.Postings[i], want.Postings[i])
		}
	}
	return ""
}

// take takes an entry of the journal into account.
func (b *books) take(e *entry) {
	for _, p := range e.Postings {
		amount := p.amount()
		if p.isCashOfGateway() {
			cash := place{journal.Cash, cashOfGateways, p.Currency}
			add(b.holds, cash, amount)
			b.touched[cash] = e.Position
		}
		at := place{account: p.Account, currency: p.Currency}
		switch p.Account {
		case journal.Receivable:
			at.of = p.Invoice
		case journal.CustomerCredit, journal.TaxPayable:
			at.of = p.Workspace
		case journal.InTransit, journal.Disputed, journal.RefundsPayable:
		default:
			continue
		}
		add(b.holds, at, amount)
		b.touched[at] = e.Position
	}
	b.revenue.follow(b.run, e)
	for _, c := range b.run.checks {
		if c.entry != nil {
			c.entry(c, b.run, e)
		}
	}
}

func add(sums map[place]money.Amount, at place, amount money.Amount) {
	sum, some := sums[at]
	if !some {
		sum = money.Zero(at.currency)
	}
	sums[at] = sum.Plus(amount)
}

// want adds to what a place should hold.
func (b *books) want(m *moment, at journal.Account, of string, amount money.Amount) {
	if amount.IsZero() {
		return
	}
	p := place{at, of, amount.Currency()}
	add(b.wanted, p, amount)
	b.touched[p] = m.Position
}

// expect follows what the states of streams say of the accounts.
func (b *books) expect(m *moment, group []*moment) {
	if m.fault != nil {
		return
	}
	b.expectCash(m, group)
	switch after := m.after.(type) {
	case invoice.State:
		b.expectInvoice(m, m.before.(invoice.State), after)
	case account.State:
		b.expectCredit(m, m.before.(account.State), after)
	case refund.State:
		for sign, s := range map[int64]refund.State{-1: after, 1: m.before.(refund.State)} {
			if s.ID != "" && s.Status != refund.StatusSucceeded {
				b.want(m, journal.RefundsPayable, "", s.Amount.Mul(sign))
			}
		}
	case payment.State:
		for sign, s := range map[int64]payment.State{1: after, -1: m.before.(payment.State)} {
			for _, d := range s.Disputes {
				if d.Status == payment.DisputeOpen {
					b.want(m, journal.Disputed, "", d.Amount.Mul(sign))
				}
			}
		}
	}
}

// expectInvoice expects what an invoice is owed, and its tax. Credit and money on an open invoice stay the workspace's credit.
func (b *books) expectInvoice(m *moment, before, after invoice.State) {
	for sign, s := range map[int64]invoice.State{-1: before, 1: after} {
		switch s.Status {
		case invoice.StatusFinalized:
			b.want(m, journal.Receivable, s.ID, s.Outstanding().Mul(sign))
		case invoice.StatusOpen:
			b.want(m, journal.CustomerCredit, s.Workspace, s.CreditApplied.Plus(s.AmountPaid).Mul(-sign))
		case invoice.StatusDraft, invoice.StatusVoided:
		}
	}
	switch e := m.Fact.(type) {
	case invoice.Finalized:
		b.want(m, journal.TaxPayable, after.Workspace, after.Bill.Tax.Neg())
	case invoice.Credited:
		b.want(m, journal.TaxPayable, after.Workspace, e.Tax)
	case invoice.Voided:
		if before.Status == invoice.StatusFinalized {
			b.want(m, journal.TaxPayable, after.Workspace, after.Bill.Tax)
		}
	}
}

// expectRelief expects less tax where what is written off owes none.
func (b *books) expectRelief(m *moment) {
	s, ok := m.after.(invoice.State)
	if !ok || s.ID == "" {
		return
	}
	booked, _ := b.shelf.Invoice(s.ID)
	if booked == nil || !booked.Relief {
		return
	}
	lost := money.Zero(booked.Currency)
	for _, line := range booked.Lines {
		lost = lost.Plus(line.LostTax)
	}
	before, some := b.lost[s.ID]
	if !some {
		before = money.Zero(booked.Currency)
	}
	b.want(m, journal.TaxPayable, s.Workspace, lost.Minus(before))
	if b.lost[s.ID] = lost; lost.IsZero() {
		delete(b.lost, s.ID)
	}
}

func (b *books) expectCredit(m *moment, before, after account.State) {
	for _, balance := range after.Balances {
		was, err := before.Credit(balance.Currency())
		if err == nil {
			b.want(m, journal.CustomerCredit, m.Stream.Entity(), was.Minus(balance))
		}
	}
}

// places lists what the last events touched, of some accounts.
func (b *books) places(accounts ...journal.Account) []place {
	var all []place
	for p := range b.touched {
		if slices.Contains(accounts, p.account) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.of, b.of), cmp.Compare(a.currency, b.currency))
	})
	return all
}

// at gives what the journal has at a place, and what it should have.
func (b *books) at(p place) (holds, wants money.Amount) {
	holds, wants = money.Zero(p.currency), money.Zero(p.currency)
	if sum, some := b.holds[p]; some {
		holds = sum
	}
	if sum, some := b.wanted[p]; some {
		wants = sum
	}
	return holds, wants
}

// settle forgets what is nothing.
func (b *books) settle() {
	for p := range b.touched {
		if holds, wants := b.at(p); holds.IsZero() && wants.IsZero() {
			delete(b.holds, p)
			delete(b.wanted, p)
		}
	}
	clear(b.touched)
}

// agree makes a check of accounts, which must hold what the streams say.
func agree(c *check, r *run, accounts ...journal.Account) {
	for _, p := range r.books.places(accounts...) {
		holds, wants := r.books.at(p)
		c.holds(holds.Equal(wants), r.books.touched[p], p.String(), "the journal has %s, and the streams say %s", holds, wants)
	}
}
