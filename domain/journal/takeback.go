package journal

import "github.com/tallystick/tallystick/domain/money"

// takenBack is a part of a line that is taken back from a day on.
type takenBack struct {
	invoice string
	key     string
	net     money.Amount
	tax     money.Amount
	from    Day
	ends    bool // the line's service ends on that day
	tags    Tags

	unearned money.Amount // of net; the rest was earned
}

// takesBack tells what a credit line takes back. One of an earlier release does not name its source.
func (b billed) takesBack(on *Invoice, from Day) takenBack {
	t := takenBack{
		invoice: b.SourceInvoice, net: b.net().Neg(), tax: b.Tax.Neg(), from: from, ends: true,
		tags: Tags{Workspace: on.Workspace, Invoice: on.ID, Product: b.Product, TaxRate: b.TaxRate},
	}
	if b.SourceLine != nil {
		t.key = *b.SourceLine
	}
	return t
}

// lowered is an invoice that is owed less for what is taken back.
type lowered struct {
	amount money.Amount
	open   money.Amount // of it, off what is outstanding
	tags   Tags

	// Of what had been given up: no loss any more, to be earned again, and tax that is due again.
	regained, restored, retaxed money.Amount
}

// regain puts what had been given up back into the books.
func (s lowered) regain(d *desk) {
	d.put(PartRegain, s.regained, s.tags)
	d.put(PartRestore, s.restored, s.tags)
	d.put(PartRetax, s.retaxed, s.tags)
}

// cutting holds what a document takes back, and the lines that it changed.
type cutting struct {
	parts    []takenBack
	settled  []lowered
	invoices []*Invoice
}

// cut takes parts of lines back, and off what is owed of invoices. Each line is earned up to the day before.
func (d *desk) cut(parts []takenBack, settled []settled, day Day) (c cutting, err error) {
	for _, s := range settled {
		low, err := d.lower(&c, s, day)
		if err != nil {
			return c, err
		}
		c.settled = append(c.settled, low)
	}
	for _, t := range parts {
		t.unearned = money.Zero(t.net.Currency())
		i, err := c.find(d, t.invoice)
		if err != nil {
			return c, err
		}
		if i != nil {
			if l := i.line(t.key); l != nil {
				if err := d.earn(i, l, l.earn(t.from-1, day)); err != nil {
					return c, err
				}
				t.unearned, t.tags = l.takeBack(t.net, t.from, t.ends), i.tagsOf(l)
			}
		}
		c.parts = append(c.parts, t)
	}
	return c, nil
}

// find finds an invoice, and remembers that it is changed.
func (c *cutting) find(d *desk, id string) (*Invoice, error) {
	if id == "" {
		return nil, nil
	}
	i, err := d.shelf.Invoice(id)
	if i != nil {
		c.invoices = append(c.invoices, i)
	}
	return i, err
}

// finish earns what is over, and keeps the invoices that were changed.
func (c *cutting) finish(d *desk, day Day) error {
	for _, i := range c.invoices {
		for at := range i.Lines {
			l := &i.Lines[at]
			if err := d.earn(i, l, l.over(day)); err != nil {
				return err
			}
		}
		if err := d.shelf.PutInvoice(i); err != nil {
			return err
		}
	}
	return nil
}

// lower takes an amount off an invoice. What of it had been given up is in the books again, line by line, by what was given up.
func (d *desk) lower(c *cutting, s settled, day Day) (lowered, error) {
	none := money.Zero(s.Amount.Currency())
	low := lowered{amount: s.Amount, open: s.Amount.Minus(s.WrittenOff), tags: Tags{Invoice: s.Invoice}, regained: none, restored: none, retaxed: none}
	i, err := c.find(d, s.Invoice)
	if err != nil || i == nil {
		return low, err
	}
	low.tags = i.tags()
	given := lesser(s.WrittenOff, i.lost())
	low.regained = s.WrittenOff.Minus(given)
	if given.Sign() <= 0 {
		return low, nil
	}
	var weights []money.Amount
	for _, l := range i.Lines {
		weights = append(weights, l.LostUnearned, l.LostEarned, l.LostTax)
	}
	shares, err := given.AllocateBy(weights)
	if err != nil {
		return low, err
	}
	for at := range i.Lines {
		l := &i.Lines[at]
		unearned, wasEarned, tax := shares[3*at], shares[3*at+1], shares[3*at+2]
		if err := d.earn(i, l, l.earn(DayIn(d.event.EffectiveAt, zone(i.TimeZone))-1, day)); err != nil {
			return low, err
		}
		l.LostUnearned, l.LostEarned, l.LostTax = l.LostUnearned.Minus(unearned), l.LostEarned.Minus(wasEarned), l.LostTax.Minus(tax)
		l.change(unearned, l.Through+1)
		low.restored, low.regained = low.restored.Plus(unearned), low.regained.Plus(wasEarned)
		if i.Relief {
			low.retaxed = low.retaxed.Plus(tax)
		} else {
			low.regained = low.regained.Plus(tax)
		}
	}
	return low, nil
}

// issueNote books a credit note: what it takes back, and what becomes of that.
func issueNote(d *desk) error {
	note, err := read[credited](d.event)
	if err != nil {
		return err
	}
	i, err := d.invoice()
	if err != nil || i == nil {
		return err
	}
	against := note.SettledAgainst
	if against == nil && note.Reduced.Sign() > 0 {
		against = []settled{{Invoice: i.ID, Amount: note.Reduced, WrittenOff: lesser(note.Reduced, i.lost())}}
	}
	parts, err := d.partsOf(i, note)
	if err != nil {
		return err
	}
	day := d.today()
	back, err := d.cut(parts, against, day)
	if err != nil {
		return err
	}
	d.begin(KindNote)
	different := note.Total
	for _, t := range back.parts {
		wasEarned := t.net.Minus(t.unearned)
		refunded := share(wasEarned, note.Refund, note.Total)
		d.put(PartDeferred, t.unearned, t.tags)
		d.put(PartRefunded, refunded, t.tags)
		d.put(PartEarned, wasEarned.Minus(refunded), t.tags)
		d.put(PartTax, t.tax, t.tags)
		different = different.Minus(t.net).Minus(t.tax)
	}
	d.put(PartDifferent, different, i.tags())
	for _, s := range back.settled {
		d.put(PartOff, s.open, s.tags)
		s.regain(d)
	}
	d.put(PartCredit, note.Credit, i.tags())
	d.put(PartRefund, note.Refund, i.tags())
	if _, err := d.end(day, "", "credit note "+note.Number); err != nil {
		return err
	}
	return back.finish(d, day)
}

// partsOf lists what a credit note takes back. Without an end of service a line is taken back in proportion.
func (d *desk) partsOf(i *Invoice, note credited) (parts []takenBack, err error) {
	for _, line := range note.Lines {
		of := i
		if line.Invoice != "" {
			if of, err = d.shelf.Invoice(line.Invoice); err != nil {
				return nil, err
			}
		}
		t := takenBack{key: line.Key, net: line.Amount, tax: line.Tax, tags: i.tags()}
		days := i.TimeZone
		if of != nil {
			t.invoice, days = of.ID, of.TimeZone
			if l := of.line(line.Key); l != nil && l.Inclusive {
				t.net = t.net.Minus(t.tax)
			}
		}
		if t.from = DayIn(d.event.EffectiveAt, zone(days)); note.From != nil {
			t.from, t.ends = DayIn(*note.From, zone(days)), true
		}
		parts = append(parts, t)
	}
	return parts, nil
}

// writeOff gives up what is owed.
func writeOff(d *desk) error {
	given, err := read[writtenOff](d.event)
	if err != nil {
		return err
	}
	i, err := d.invoice()
	if err != nil || i == nil {
		return err
	}
	day, from := d.today(), DayIn(d.event.EffectiveAt, zone(i.TimeZone))
	type lost struct {
		tags                Tags
		unearned, loss, tax money.Amount
	}
	var all []lost
	different := given.Amount
	for _, part := range given.Lines {
		l := i.line(part.Key)
		if l == nil {
			continue
		}
		net := part.Amount
		if l.Inclusive {
			net = net.Minus(part.Tax)
		}
		if err := d.earn(i, l, l.earn(from-1, day)); err != nil {
			return err
		}
		gone := lost{tags: i.tagsOf(l), unearned: l.giveUp(net, part.Tax, from), tax: part.Tax}
		if gone.loss = net.Minus(gone.unearned); !i.Relief {
			gone.loss, gone.tax = gone.loss.Plus(part.Tax), gone.tax.Mul(0)
		}
		all = append(all, gone)
		different = different.Minus(net).Minus(part.Tax)
	}
	d.begin(KindWriteOff)
	for _, gone := range all {
		d.put(PartDeferred, gone.unearned, gone.tags)
		d.put(PartLoss, gone.loss, gone.tags)
		d.put(PartTax, gone.tax, gone.tags)
	}
	d.put(PartDifferent, different, i.tags())
	d.put(PartOff, given.Amount, i.tags())
	if _, err := d.end(day, "", "write-off of "+i.Number); err != nil {
		return err
	}
	return d.shelf.PutInvoice(i)
}
