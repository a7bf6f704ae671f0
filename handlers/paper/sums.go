package paper

import (
	"github.com/tallystick/tallystick/domain/money"
)

// reckoning collects sums. It leaves out amounts of zero, but for totals.
type reckoning []Sum

func (r *reckoning) add(name string, amount money.Amount) {
	if !amount.IsZero() {
		*r = append(*r, Sum{Name: name, Amount: figure(amount)})
	}
}

func (r *reckoning) total(name string, amount money.Amount) {
	*r = append(*r, Sum{Name: name, Amount: Price(amount), Strong: true})
}

// tax adds the taxes. A rate of nothing is said only with the law's words for it.
func (r *reckoning) tax(taxes []taxSum) {
	for _, t := range taxes {
		*r = append(*r, Sum{Name: t.name + " on " + figure(t.base), Amount: figure(t.tax)})
	}
}

// sums returns the reckoning from the subtotal to the amount that is still to be paid.
func (i Invoice) sums() []Sum {
	var r reckoning
	taxes := i.taxes()
	if len(taxes) > 0 || !i.Discount.IsZero() {
		r.add(i.subtotal(), i.Subtotal)
	}
	r.add(i.discount(), i.Discount.Neg())
	r.tax(taxes)
	r.total("Total", i.Total)
	if i.Status == StatusVoid {
		r.total("Void: nothing to pay", money.Zero(i.Total.Currency()))
		return r
	}
	if i.Total.Sign() < 0 {
		return i.settlement(r)
	}
	before := len(r)
	r.add("Paid from credit", i.CreditApplied.Neg())
	i.reductions(&r)
	r.add("Paid"+i.paidOn(), i.Paid.Neg())
	r.add("Written off", i.WrittenOff.Neg())
	if len(r) > before {
		r.total("Left to pay", i.Outstanding)
	}
	return r
}

// namedMost bounds the documents that the reckoning names one by one.
const namedMost = 6

// reductions names the documents that lowered the invoice, if they are few.
func (i Invoice) reductions(r *reckoning) {
	rest := i.Reduced
	if len(i.CreditNotes)+len(i.Lowered) <= namedMost {
		for _, n := range i.CreditNotes {
			r.add("Credited by "+n.Number, n.Lowered.Neg())
			rest = rest.Minus(n.Lowered)
		}
		for _, l := range i.Lowered {
			r.add("Credit from "+l.Number, l.Amount.Neg())
			rest = rest.Minus(l.Amount)
		}
	}
	r.add("Credited", rest.Neg())
}

// settlement tells what a negative total was used for.
func (i Invoice) settlement(r reckoning) []Sum {
	rest := i.Total.Neg()
	for _, s := range i.Settled {
		r.add("Set off against "+s.Number, s.Amount)
		rest = rest.Minus(s.Amount)
	}
	for _, refund := range i.Refunds {
		r.add(refund.words(i.Document), refund.Amount)
		rest = rest.Minus(refund.Amount)
	}
	r.add("Added to your credit", rest)
	return r
}

// subtotal names the sum of the lines, which is without the tax that some of them include.
func (i Invoice) subtotal() string {
	for _, line := range i.Lines {
		if line.TaxIncluded && !line.Tax.IsZero() {
			return "Subtotal without tax"
		}
	}
	return "Subtotal"
}

// discount names the coupon, if all discounts are of one.
func (i Invoice) discount() string {
	coupon := ""
	for _, line := range i.Lines {
		switch {
		case line.Discount.IsZero():
		case coupon == "":
			coupon = line.Coupon
		case coupon != line.Coupon:
			return "Discounts"
		}
	}
	return join("Discount", coupon)
}

// paidOn gives the day of the only payment.
func (i Invoice) paidOn() string {
	if len(i.Payments) != 1 {
		return ""
	}
	return " on " + shortDay(i.Payments[0].Paid, i.Zone)
}

func (r Refund) words(d Document) string {
	if r.Returned == nil {
		return "Refund, to be paid back"
	}
	return "Refund, paid back on " + shortDay(*r.Returned, d.Zone)
}
