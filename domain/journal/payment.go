package journal

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/domain/money"
)

// receiveMoney books money that came for an invoice: it pays what is outstanding, then what was given up, and the rest is credit.
func receiveMoney(d *desk) error {
	paid, err := read[paymentRecorded](d.event)
	if err != nil {
		return err
	}
	i, err := d.invoice()
	if err != nil || i == nil {
		return err
	}
	kind := KindReceive
	if paid.Gateway != "" {
		kind = KindCapture
	}
	day := d.Day(paid.PaidAt)
	d.begin(kind)
	d.put(PartMoney, paid.Amount, i.tags())
	off, kept := paid.Applied, paid.Credit
	if i.Standing == Open && paid.Applied.Plus(i.Held).Minus(i.Total).Sign() < 0 {
		i.Held, off, kept = i.Held.Plus(paid.Applied), off.Mul(0), kept.Plus(paid.Applied)
	}
	given := i.recover(lesser(off, i.lost()))
	d.put(PartOff, off.Minus(given.amount), i.tags())
	d.put(PartRegain, given.regained, i.tags())
	d.put(PartRecover, given.beyond, i.tags())
	d.put(PartRetax, given.retaxed, i.tags())
	d.put(PartCredit, kept, i.tags())
	entry, err := d.end(day, "", "payment "+paid.Payment)
	if err != nil {
		return err
	}
	if kind == KindCapture {
		if err := d.settle(i, paid, day, entry); err != nil {
			return err
		}
	}
	return d.shelf.PutInvoice(i)
}

// recovered gives the part of what was given up that a payment brings back.
type recovered struct {
	amount, regained, beyond, retaxed money.Amount
}

// recover takes money off what was given up. It lessens the loss as far as one was booked; what had not been earned when it was
// given up is a recovery.
func (i *Invoice) recover(amount money.Amount) recovered {
	none := money.Zero(i.Currency)
	r := recovered{amount: amount, regained: none, beyond: none, retaxed: none}
	if amount.Sign() <= 0 {
		r.amount = none
		return r
	}
	left := amount
	if i.Relief {
		tax := none
		for _, l := range i.Lines {
			tax = tax.Plus(l.LostTax)
		}
		r.retaxed = share(tax, amount, i.lost())
		left = left.Minus(r.retaxed)
		i.drain(r.retaxed, func(l *Line) *money.Amount { return &l.LostTax })
	}
	r.regained = i.drain(left, func(l *Line) *money.Amount { return &l.LostEarned })
	if !i.Relief {
		r.regained = r.regained.Plus(i.drain(left.Minus(r.regained), func(l *Line) *money.Amount { return &l.LostTax }))
	}
	r.beyond = left.Minus(r.regained)
	i.drain(r.beyond, func(l *Line) *money.Amount { return &l.LostUnearned })
	return r
}

// drain takes an amount off a sum of the lines, one line after the other, and tells how much there was.
func (i *Invoice) drain(amount money.Amount, of func(*Line) *money.Amount) money.Amount {
	done := money.Zero(i.Currency)
	for at := range i.Lines {
		sum := of(&i.Lines[at])
		part := lesser(amount.Minus(done), *sum)
		*sum, done = sum.Minus(part), done.Plus(part)
	}
	return done
}

// settle books that the money of a gateway is in the bank, on the day on which it is, and what the gateway keeps of it.
func (d *desk) settle(i *Invoice, paid paymentRecorded, day Day, entry string) error {
	id, attempt, _ := strings.Cut(paid.Payment, ":")
	p, err := d.shelf.Payment(id)
	if err != nil {
		return err
	}
	var c *Charge
	if p != nil {
		c = p.last(attempt)
	}
	d.begin(KindSettle)
	d.put(PartMoney, paid.Amount, i.tags())
	d.put(PartOff, paid.Amount, i.tags())
	if c == nil {
		_, err := d.end(day, "", "settlement of payment "+id)
		return err
	}
	if c.Fee != nil {
		d.put(PartFee, *c.Fee, i.tags())
		d.put(PartFeePaid, *c.Fee, i.tags())
	}
	if c.Settles != nil {
		day = max(day, *c.Settles)
	}
	c.Entry, c.Amount = entry, &paid.Amount
	if _, err := d.end(day, "", "settlement of payment "+id); err != nil {
		return err
	}
	return d.shelf.PutPayment(p)
}

// last finds the charge of an attempt, or the latest one.
func (p *Payment) last(attempt string) *Charge {
	if n, err := strconv.Atoi(attempt); err == nil {
		return p.charge(n)
	}
	if len(p.Charges) == 0 {
		return nil
	}
	return &p.Charges[len(p.Charges)-1]
}

func startPayment(d *desk) error {
	p, err := read[paymentStarted](d.event)
	if err != nil {
		return err
	}
	return d.shelf.PutPayment(&Payment{ID: p.ID, Workspace: p.Workspace, Invoice: p.Invoice})
}

// answerPayment keeps what a gateway said of money that it took. The entry is that of the payment on its invoice.
func answerPayment(d *desk) error {
	said, err := read[answered](d.event)
	if err != nil || said.Status != "succeeded" {
		return err
	}
	p, err := d.payment()
	if err != nil || p == nil {
		return err
	}
	c := Charge{N: said.N, Fee: said.Fee}
	if said.SettlesAt != nil {
		c.Settles = new(d.Day(*said.SettlesAt))
	}
	p.Charges = append(p.Charges, c)
	return d.shelf.PutPayment(p)
}

// costPayment books what a gateway tells of its charge only after the money was booked. Money that was taken to be in the bank, and is
// not there yet, is in transit again.
func costPayment(d *desk) error {
	told, err := read[costed](d.event)
	if err != nil {
		return err
	}
	p, err := d.payment()
	if err != nil || p == nil {
		return err
	}
	c := p.charge(told.N)
	if c == nil {
		return nil
	}
	day, tags := d.today(), p.tags()
	late := told.SettlesAt != nil && c.Settles == nil && c.Amount != nil && d.Day(*told.SettlesAt) > day
	if late {
		d.begin(KindUnsettle)
		d.put(PartMoney, *c.Amount, tags)
		d.put(PartOff, *c.Amount, tags)
		if _, err := d.end(day, "", "payment "+p.ID+" is in transit"); err != nil {
			return err
		}
		day = d.Day(*told.SettlesAt)
	}
	d.begin(KindSettle)
	if late {
		d.put(PartMoney, *c.Amount, tags)
		d.put(PartOff, *c.Amount, tags)
	}
	if told.Fee != nil && c.Fee == nil {
		c.Fee = told.Fee
		d.put(PartFee, *told.Fee, tags)
		d.put(PartFeePaid, *told.Fee, tags)
	}
	if told.SettlesAt != nil && c.Settles == nil {
		c.Settles = new(d.Day(*told.SettlesAt))
	}
	if _, err := d.end(day, "", "settlement of payment "+p.ID); err != nil {
		return err
	}
	return d.shelf.PutPayment(p)
}

// payment finds the payment that the event is of.
func (d *desk) payment() (*Payment, error) { return d.shelf.Payment(d.event.entity()) }

func (p *Payment) tags() Tags { return Tags{Workspace: p.Workspace, Invoice: p.Invoice} }

// reversal finds the reversal in the event's group.
func (d *desk) reversal() (*paymentReversed, error) {
	return ofGroup[paymentReversed](d, "payment.reversed.v1")
}

// ofGroup finds a fact in the event's group, nil where there is none.
func ofGroup[F any](d *desk, eventType string) (*F, error) {
	for _, e := range d.group {
		if e.Type == eventType {
			var fact F
			return &fact, json.Unmarshal(e.Data, &fact)
		}
	}
	return nil, nil
}

// reversePayment books that a gateway took money away again: it is owed again, or taken from what it had become.
func reversePayment(d *desk) error {
	reversed, err := read[paymentReversed](d.event)
	if err != nil {
		return err
	}
	p, err := d.payment()
	if err != nil || p == nil {
		return err
	}
	gone, err := ofGroup[moneyReversed](d, "account.money_reversed.v1")
	if err != nil {
		return err
	}
	kind, out, amount, reversal, memo := KindReturn, PartMoney, reversed.Amount, "", "payment "+p.ID+" "+reversed.Reason
	if c := p.charge(reversed.N); c != nil {
		reversal = c.Entry
	}
	if dispute := p.dispute(reversed.Reference); dispute != nil {
		kind, out, amount, reversal = KindLost, PartOff, dispute.Amount, dispute.Entry
	}
	d.begin(kind)
	left := amount
	if gone != nil {
		if err := d.again(*gone, p); err != nil {
			return err
		}
		left = left.Minus(gone.Amount)
	}
	covered, err := d.covered(amount.Mul(0))
	if err != nil {
		return err
	}
	d.put(PartRefund, covered, p.tags())
	d.put(PartLoss, left.Minus(covered), p.tags())
	d.put(out, amount, p.tags())
	if kind == KindLost {
		closed, err := ofGroup[disputeClosed](d, "payment.dispute_closed.v1")
		if err != nil {
			return err
		}
		if closed != nil {
			d.fee(closed.Fee, p.dispute(reversed.Reference).Fee, p.tags())
		}
	}
	_, err = d.end(d.today(), reversal, memo)
	return err
}

// again puts what is owed again of money that is gone, and what is taken from the credit that it had become.
func (d *desk) again(gone moneyReversed, p *Payment) error {
	owe := func(id string, amount money.Amount) error {
		i, err := d.shelf.Invoice(id)
		if err != nil {
			return err
		}
		part, tags := PartTotal, Tags{Workspace: p.Workspace, Invoice: id}
		if i != nil && i.Standing == Open {
			part = PartCredit
		}
		d.put(part, amount, tags)
		return nil
	}
	credit := gone.Amount.Minus(gone.Owed)
	if err := owe(p.Invoice, gone.Owed); err != nil {
		return err
	}
	for _, w := range gone.Withdrawn {
		credit = credit.Minus(w.Amount)
		if err := owe(w.Invoice, w.Amount); err != nil {
			return err
		}
	}
	d.put(PartCredit, credit, p.tags())
	return nil
}

// covered adds up the refunds that went back with a reversal.
func (d *desk) covered(none money.Amount) (money.Amount, error) {
	sum := none
	for _, e := range d.group {
		if e.Type != "refund.recorded.v1" {
			continue
		}
		r, err := d.shelf.Refund(e.entity())
		if err != nil {
			return sum, err
		}
		if r != nil && !r.Gone && r.Amount.Currency() == none.Currency() {
			sum = sum.Plus(r.Amount)
		}
	}
	return sum, nil
}

// reverseMoney books the reversal of money whose payment no event tells of.
func reverseMoney(d *desk) error {
	gone, err := read[moneyReversed](d.event)
	if err != nil {
		return err
	}
	if reversal, err := d.reversal(); err != nil || reversal != nil {
		return err
	}
	p := &Payment{Workspace: d.event.entity()}
	if id, _, _ := strings.Cut(gone.Payment, ":"); id != "" {
		known, err := d.shelf.Payment(id)
		if err != nil {
			return err
		}
		if known != nil {
			p = known
		}
	}
	d.begin(KindReturn)
	if err := d.again(gone, p); err != nil {
		return err
	}
	d.put(PartMoney, gone.Amount, p.tags())
	_, err = d.end(d.today(), "", "payment "+gone.Payment+" returned")
	return err
}
