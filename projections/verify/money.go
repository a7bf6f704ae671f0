package verify

import (
	"context"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
)

// ofBills makes a check of each bill.
func ofBills(name string, look func(*check, *moment, pricing.Bill)) *check {
	return &check{Result: Result{Name: name}, event: func(c *check, m *moment) {
		if drafted, ok := m.Fact.(invoice.Drafted); ok {
			look(c, m, drafted.Bill)
		}
	}}
}

// invoiceTotals adds the lines of bills up again. The subtotal is that of amounts before their discounts, without any tax.
func invoiceTotals() *check {
	return ofBills("invoice_totals", func(c *check, m *moment, b pricing.Bill) {
		net, before, inclusive := money.Zero(b.Currency), money.Zero(b.Currency), false
		for _, line := range b.Lines {
			net, before = net.Plus(line.Net()), before.Plus(line.Amount)
			inclusive = inclusive || line.TaxBehavior == pricing.TaxBehaviorInclusive
		}
		c.holds(net.Equal(b.Subtotal.Minus(b.Discount)), m.Position, m.object(), "its lines come to %s, and its subtotal without the discount is %s", net,
			b.Subtotal.Minus(b.Discount))
		c.holds(inclusive || before.Equal(b.Subtotal), m.Position, m.object(), "its lines come to %s before discounts, and its subtotal is %s", before, b.Subtotal)
		total := b.Subtotal.Minus(b.Discount).Plus(b.Tax)
		c.holds(total.Equal(b.Total), m.Position, m.object(), "subtotal, discount and tax come to %s, and its total is %s", total, b.Total)
	})
}

// taxTotals adds the tax of the lines of bills up again.
func taxTotals() *check {
	return ofBills("tax_totals", func(c *check, m *moment, b pricing.Bill) {
		tax := money.Zero(b.Currency)
		for _, line := range b.Lines {
			tax = tax.Plus(line.Tax)
		}
		c.holds(tax.Equal(b.Tax), m.Position, m.object(), "the tax of its lines comes to %s, and its tax is %s", tax, b.Tax)
	})
}

// creditNotesBounded looks whether more of an invoice was credited than was billed.
func creditNotesBounded() *check {
	return &check{Result: Result{Name: "credit_notes_bounded"}, event: func(c *check, m *moment) {
		s, ok := m.after.(invoice.State)
		if _, credited := m.Fact.(invoice.Credited); !ok || !credited || len(s.Lines) > len(s.Bill.Lines) {
			return
		}
		for i, of := range s.Lines {
			billed := s.Bill.Lines[i].Amount
			if billed.Sign() > 0 {
				more, err := of.Amount.Cmp(billed)
				c.holds(err == nil && more <= 0, m.Position, m.object(), "of the line %s, %s, %s is credited", s.Bill.Lines[i].Key, billed, of.Amount)
			}
		}
	}}
}

// refundsBounded looks whether more of a payment goes back than came.
func refundsBounded() *check {
	back := map[string]money.Amount{}
	return &check{Result: Result{Name: "refunds_bounded"}, event: func(c *check, m *moment) {
		created, ok := m.Fact.(refund.Created)
		if !ok || created.Payment == nil {
			return
		}
		paid, found := m.run.states[payment.Stream(*created.Payment)].(payment.State)
		if !found {
			return // it was recorded by hand, and an account knows of it
		}
		sum, begun := back[*created.Payment]
		if !begun {
			sum = created.Amount.Mul(0)
		}
		sum, err := sum.Add(created.Amount)
		back[*created.Payment] = sum
		more := 1
		if err == nil {
			more, err = sum.Cmp(paid.Leading().Amount)
		}
		c.holds(err == nil && more <= 0, m.Position, m.object(), "%s goes back of the payment %s of %s", sum, *created.Payment, paid.Leading().Amount)
	}}
}

// credit counts each balance again, and holds it against what the books have of each workspace.
func credit() *check {
	return &check{Result: Result{Name: "credit"}, event: func(c *check, m *moment) {
		before, ok := m.before.(account.State)
		if !ok {
			return
		}
		var change, balance money.Amount
		switch e := m.Fact.(type) {
		case account.CreditGranted:
			change, balance = e.Amount, e.Balance
		case account.CreditApplied:
			change, balance = e.Amount.Neg(), e.Balance
		case account.CreditRefunded:
			change, balance = e.Amount.Neg(), e.Balance
		default:
			return
		}
		held, err := before.Credit(balance.Currency())
		if err == nil {
			held, err = held.Add(change)
		}
		c.holds(err == nil && held.Equal(balance) && balance.Sign() >= 0, m.Position, m.object(), "the credit comes to %s, and the balance is %s", held, balance)
	}, group: func(c *check, r *run) { agree(c, r, journal.CustomerCredit) }}
}

// oneChargePerPeriod looks for a charge that two invoices have. Those that are void do not count.
func oneChargePerPeriod() *check {
	type place struct {
		invoice  domain.Stream
		position int64
	}
	charged := map[string][]place{}
	return &check{Result: Result{Name: "one_charge_per_period"}, event: func(_ *check, m *moment) {
		drafted, ok := m.Fact.(invoice.Drafted)
		if !ok {
			return
		}
		for _, line := range drafted.Bill.Lines {
			if line.Amount.Sign() > 0 {
				charged[line.Key] = append(charged[line.Key], place{m.Stream, m.Position})
			}
		}
	}, end: func(_ context.Context, c *check, r *run) error {
		for key, places := range charged {
			first := domain.Stream("")
			for _, at := range places {
				s, ok := r.states[at.invoice].(invoice.State)
				if !ok || s.Status == invoice.StatusVoided || s.IssuedAt == nil {
					continue
				}
				c.holds(first == "" || first == at.invoice, at.position, string(at.invoice), "%s has the charge %s, too", first, key)
				first = at.invoice
			}
		}
		return nil
	}}
}

// seats looks whether somebody got a seat that was not bought.
func seats() *check {
	entered := map[domain.Stream]bool{} // by the command whose events are read
	return &check{Result: Result{Name: "seats"}, event: func(c *check, m *moment) {
		switch m.Fact.(type) {
		case seating.Allocated, seating.Reserved:
			entered[m.Stream] = true
		}
		if m.Position != m.GroupLast {
			return
		}
		for pool := range entered {
			s, ok := m.run.states[pool].(seating.State)
			if !ok {
				continue
			}
			limits, use := s.Limits(), s.At(m.EffectiveAt).Use()
			within := limits.InUse(use) <= limits.Purchased && (limits.Source == seating.SourceFree || use.Guests <= limits.GuestsPerSeat*limits.Purchased)
			c.holds(within, m.Position, string(pool), "%d seats and %d guests are in, and %d seats are bought", use.Seats(), use.Guests, limits.Purchased)
		}
		clear(entered)
	}}
}

// currency looks for sums over two currencies.
func currency() *check {
	return &check{Result: Result{Name: "currency"}, event: func(c *check, m *moment) {
		switch e := m.Fact.(type) {
		case invoice.Drafted:
			for _, line := range e.Bill.Lines {
				c.holds(line.Amount.Currency() == e.Bill.Currency && line.Tax.Currency() == e.Bill.Currency, m.Position, m.object(),
					"a line of a bill in %s is in %s", e.Bill.Currency, line.Amount.Currency())
			}
		case invoice.PaymentRecorded:
			if s, ok := m.before.(invoice.State); ok {
				c.holds(e.Amount.Currency() == s.Bill.Currency, m.Position, m.object(), "%s was paid of a bill in %s", e.Amount, s.Bill.Currency)
			}
		case account.CreditGranted:
			c.holds(e.Amount.Currency() == e.Balance.Currency(), m.Position, m.object(), "%s changed a balance in %s", e.Amount, e.Balance.Currency())
		}
	}}
}
