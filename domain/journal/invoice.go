package journal

import (
	"fmt"

	"github.com/tallystick/tallystick/domain/money"
)

func draftInvoice(d *desk) error {
	draft, err := read[drafted](d.event)
	if err != nil {
		return err
	}
	none := money.Zero(draft.Bill.Currency)
	return d.shelf.PutInvoice(&Invoice{
		ID: draft.ID, Workspace: draft.Workspace, Currency: draft.Bill.Currency, TimeZone: draft.TimeZone, Standing: Draft,
		Total: draft.Bill.Total, Credit: none, Held: none, Draft: &draft,
	})
}

// openInvoice holds the credit that is to pay for the invoice once it is issued.
func openInvoice(d *desk) error {
	open, err := read[opened](d.event)
	if err != nil {
		return err
	}
	i, err := d.invoice()
	if err != nil || i == nil {
		return err
	}
	i.Standing, i.Held = Open, open.CreditApplied
	return d.shelf.PutInvoice(i)
}

// issueInvoice books what is billed. Credit lines first earn what they take back, up to the day before.
func issueInvoice(d *desk) error {
	issued, err := read[finalized](d.event)
	if err != nil {
		return err
	}
	i, err := d.invoice()
	if err != nil {
		return err
	}
	if i == nil || i.Draft == nil {
		return fmt.Errorf("invoice %s was never drafted", d.event.entity())
	}
	draft := *i.Draft
	used := i.Held
	if i.Standing != Open && issued.CreditApplied.Sign() > 0 {
		used = issued.CreditApplied
	}
	i.Standing, i.Number, i.Made, i.Relief, i.Draft = Issued, issued.Number, d.event.Position, d.Relief, nil
	i.Held = money.Zero(i.Currency)
	if used.Sign() > 0 {
		i.Credit = used
	}
	day := d.Day(issued.IssuedAt)
	if err := d.bill(i, draft, issued, day); err != nil {
		return err
	}
	if used.Sign() > 0 {
		d.begin(KindUseCredit)
		d.put(PartCredit, used, i.tags())
		d.put(PartOff, used, i.tags())
		if _, err := d.end(day, "", "credit on "+i.Number); err != nil {
			return err
		}
	}
	if err := d.catchUp(i); err != nil {
		return err
	}
	return d.shelf.PutInvoice(i)
}

// catchUp earns what belongs to months that are over already.
func (d *desk) catchUp(i *Invoice) error {
	if d.Ended == 0 {
		return nil
	}
	for at := range i.Lines {
		l := &i.Lines[at]
		if err := d.earn(i, l, l.earn(d.Ended.Last(), d.Ended.Last())); err != nil {
			return err
		}
	}
	return nil
}

// bill makes the entry of an issue.
func (d *desk) bill(i *Invoice, draft drafted, issued finalized, day Day) error {
	var parts []takenBack
	days := zone(draft.TimeZone)
	for _, b := range draft.Bill.Lines {
		if b.Kind == "credit" {
			parts = append(parts, b.takesBack(i, DayIn(b.Period.Start, days)))
			continue
		}
		i.Lines = append(i.Lines, newLine(b, DayIn(b.Period.Start, days), DayIn(b.Period.End, days), d.Recognition))
	}
	back, err := d.cut(parts, issued.SettledAgainst, day)
	if err != nil {
		return err
	}
	d.begin(KindIssue)
	if i.Total.Sign() > 0 {
		d.put(PartTotal, i.Total, i.tags())
	}
	for at := range i.Lines {
		l := &i.Lines[at]
		part := PartDeferred
		if l.OneOff {
			part = PartOneOff
		}
		d.put(part, l.Net, i.tagsOf(l))
		d.put(PartTax, l.Tax, i.tagsOf(l))
	}
	for _, t := range back.parts {
		d.put(PartDeferred, t.unearned.Neg(), t.tags)
		d.put(PartEarned, t.net.Minus(t.unearned), t.tags)
		d.put(PartTax, t.tax.Neg(), t.tags)
	}
	left := i.Total.Neg()
	for _, s := range back.settled {
		d.put(PartOff, s.open, s.tags)
		s.regain(d)
		left = left.Minus(s.amount)
	}
	if left.Sign() > 0 {
		d.put(PartCredit, left, i.tags())
	}
	i.Entry, err = d.end(day, "", "invoice "+i.Number)
	if err != nil {
		return err
	}
	return back.finish(d, day)
}

// applyCredit lets the workspace's credit pay an issued invoice.
func applyCredit(d *desk) error {
	applied, err := read[creditChanged](d.event)
	if err != nil {
		return err
	}
	i, err := d.invoice()
	if err != nil || i == nil {
		return err
	}
	d.begin(KindUseCredit)
	d.put(PartCredit, applied.Amount, i.tags())
	d.put(PartOff, applied.Amount, i.tags())
	if _, err := d.end(d.today(), "", "credit on "+i.Number); err != nil {
		return err
	}
	i.Credit = i.Credit.Plus(applied.Amount)
	return d.shelf.PutInvoice(i)
}

// voidInvoice takes an issued invoice out of the books. Nothing of an open one is in them.
func voidInvoice(d *desk) error {
	void, err := read[voided](d.event)
	if err != nil {
		return err
	}
	i, err := d.invoice()
	if err != nil || i == nil {
		return err
	}
	was := i.Standing
	i.Standing, i.Draft, i.Held = Void, nil, money.Zero(i.Currency)
	if was != Issued {
		return d.shelf.PutInvoice(i)
	}
	day := d.today()
	var parts []takenBack
	for at := range i.Lines {
		l := &i.Lines[at]
		parts = append(parts, takenBack{
			invoice: i.ID, key: l.Key, net: l.Net.Minus(l.Back), tax: l.Tax, from: DayIn(d.event.EffectiveAt, zone(i.TimeZone)), ends: true,
		})
	}
	if err := d.shelf.PutInvoice(i); err != nil {
		return err
	}
	back, err := d.cut(parts, []settled{{Invoice: i.ID, Amount: i.lost(), WrittenOff: i.lost()}}, day)
	if err != nil {
		return err
	}
	d.begin(KindVoid)
	for _, t := range back.parts {
		d.put(PartDeferred, t.unearned, t.tags)
		d.put(PartEarned, t.net.Minus(t.unearned), t.tags)
		d.put(PartTax, t.tax, t.tags)
	}
	off := i.Total.Minus(void.CreditReturned)
	for _, s := range back.settled {
		s.regain(d)
		off = off.Minus(s.amount)
	}
	d.put(PartOff, off, i.tags())
	d.put(PartCredit, void.CreditReturned, i.tags())
	if _, err := d.end(day, i.Entry, "void "+i.Number); err != nil {
		return err
	}
	return back.finish(d, day)
}

// loseHeld takes off an open invoice what is gone again of the money and the credit on it. The entry is that of the reversal.
func loseHeld(d *desk) error {
	lost, err := read[creditChanged](d.event)
	if err != nil {
		return err
	}
	i, err := d.invoice()
	if err != nil || i == nil || i.Standing != Open {
		return err
	}
	i.Held = i.Held.Minus(lost.Amount)
	return d.shelf.PutInvoice(i)
}
