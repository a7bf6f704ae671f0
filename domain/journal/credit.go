package journal

import "slices"

// grantCredit books credit that was given. All other credit is booked with what it comes of.
func grantCredit(d *desk) error {
	granted, err := read[creditGranted](d.event)
	if err != nil || granted.Source != "manual" {
		return err
	}
	tags := Tags{Workspace: d.event.entity()}
	d.begin(KindGrant)
	d.put(PartMoney, granted.Amount, tags)
	d.put(PartCredit, granted.Amount, tags)
	_, err = d.end(d.today(), "", "credit granted")
	return err
}

// payOutCredit books credit that is to go back as money.
func payOutCredit(d *desk) error {
	paid, err := read[creditChanged](d.event)
	if err != nil {
		return err
	}
	tags := Tags{Workspace: d.event.entity()}
	d.begin(KindPayOut)
	d.put(PartCredit, paid.Amount, tags)
	d.put(PartRefund, paid.Amount, tags)
	_, err = d.end(d.today(), "", "credit paid back")
	return err
}

func createRefund(d *desk) error {
	created, err := read[refundCreated](d.event)
	if err != nil {
		return err
	}
	r := &Refund{ID: created.ID, Workspace: created.Workspace, Amount: created.Amount}
	if created.Invoice != nil {
		r.Invoice = *created.Invoice
	}
	return d.shelf.PutRefund(r)
}

// recordRefund books money that went back by hand. What went back with a reversal is booked with that.
func recordRefund(d *desk) error {
	recorded, err := read[refundRecorded](d.event)
	if err != nil {
		return err
	}
	r, err := d.shelf.Refund(d.event.entity())
	if err != nil || r == nil {
		return err
	}
	r.ByHand = true
	// What is told before the reversal went back by itself.
	if slices.ContainsFunc(d.group[:d.at], func(e Event) bool { return e.Type == "payment.reversed.v1" }) {
		r.Gone = true
	}
	if err := d.moveRefund(r, true, d.Day(recorded.PaidAt)); err != nil {
		return err
	}
	return d.shelf.PutRefund(r)
}

// answerRefund books money that a gateway sent back, and money that came back to the gateway after all.
func answerRefund(d *desk) error {
	said, err := read[answered](d.event)
	if err != nil {
		return err
	}
	r, err := d.shelf.Refund(d.event.entity())
	if err != nil || r == nil {
		return err
	}
	r.Attempts = slices.DeleteFunc(r.Attempts, func(n int) bool { return n == said.N })
	if said.Status == "succeeded" {
		r.Attempts = append(r.Attempts, said.N)
	}
	if !r.ByHand {
		if err := d.moveRefund(r, len(r.Attempts) > 0, d.today()); err != nil {
			return err
		}
	}
	return d.shelf.PutRefund(r)
}

// moveRefund books whether the money is gone, where that changes.
func (d *desk) moveRefund(r *Refund, gone bool, day Day) (err error) {
	if r.Gone == gone {
		return nil
	}
	kind, reversal, memo := KindRefund, "", "refund "+r.ID
	if !gone {
		kind, reversal, memo = KindRefundReturned, r.Entry, memo+" came back"
	}
	tags := Tags{Workspace: r.Workspace, Invoice: r.Invoice}
	d.begin(kind)
	d.put(PartRefund, r.Amount, tags)
	d.put(PartMoney, r.Amount, tags)
	r.Gone = gone
	r.Entry, err = d.end(day, reversal, memo)
	return err
}
