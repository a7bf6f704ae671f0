package journal

import "github.com/tallystick/tallystick/domain/money"

// fee puts what a gateway takes for a dispute.
func (d *desk) fee(fee *money.Amount, before *money.Amount, tags Tags) {
	if fee == nil {
		return
	}
	more := *fee
	if before != nil && before.Currency() == fee.Currency() {
		more = more.Minus(*before)
	}
	d.put(PartFee, more, tags)
	d.put(PartFeePaid, more, tags)
}

func openDispute(d *desk) error {
	open, err := read[disputed](d.event)
	if err != nil {
		return err
	}
	p, err := d.payment()
	if err != nil || p == nil {
		return err
	}
	d.begin(KindDispute)
	d.put(PartOff, open.Amount, p.tags())
	d.put(PartMoney, open.Amount, p.tags())
	d.fee(open.Fee, nil, p.tags())
	entry, err := d.end(d.today(), "", "dispute "+open.ID)
	if err != nil {
		return err
	}
	p.Disputes = append(p.Disputes, Dispute{ID: open.ID, Amount: open.Amount, Fee: open.Fee, Entry: entry})
	return d.shelf.PutPayment(p)
}

// closeDispute books how a dispute ended. The entry of one that is lost is that of the reversal, unless the money was gone before.
func closeDispute(d *desk) error {
	closed, err := read[disputeClosed](d.event)
	if err != nil {
		return err
	}
	p, err := d.payment()
	if err != nil || p == nil {
		return err
	}
	dispute := p.dispute(closed.ID)
	if dispute == nil {
		return nil
	}
	if closed.Outcome == "won" {
		d.begin(KindWon)
		d.put(PartMoney, dispute.Amount, p.tags())
		d.put(PartOff, dispute.Amount, p.tags())
	} else {
		if reversal, err := d.reversal(); err != nil || reversal != nil {
			return err
		}
		d.begin(KindLost)
		d.put(PartLoss, dispute.Amount, p.tags())
		d.put(PartOff, dispute.Amount, p.tags())
	}
	d.fee(closed.Fee, dispute.Fee, p.tags())
	_, err = d.end(d.today(), dispute.Entry, "dispute "+closed.ID+" "+closed.Outcome)
	return err
}

func (p *Payment) dispute(id string) *Dispute {
	for at := range p.Disputes {
		if p.Disputes[at].ID == id {
			return &p.Disputes[at]
		}
	}
	return nil
}
