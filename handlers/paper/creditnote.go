package paper

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
)

// CreditNote holds all that the paper says of a credit note. All amounts have one currency. Its lines are the parts of the
// invoice's lines that it takes back. Those by which more seats made the plan cheaper are of later invoices, and negative.
type CreditNote struct {
	Document
	Invoice string // the number of the invoice that it takes a part of back
	Billed  *time.Time
	Issued  time.Time
	Reason  string

	Tax     money.Amount
	Total   money.Amount // with tax: Reduced + Credit + Refund
	Reduced money.Amount // what it lowered unpaid invoices by
	Credit  money.Amount // what became the customer's credit
	Refund  money.Amount // what goes back to the customer

	Settled []Reference // the invoices that it lowered, where it is known
	Refunds []Refund    // the refunds of Refund, where they are known
}

// Sheet says what the paper shows.
func (n CreditNote) Sheet() Sheet {
	s := n.sheet("Credit note", n.Total.Currency())
	s.Facts = []Pair{{"Number", n.Number}, {"Issued", Day(n.Issued, n.Zone)}, {"For invoice", n.Invoice}}
	if n.Billed != nil {
		s.Facts = append(s.Facts, Pair{"Invoiced", Day(*n.Billed, n.Zone)})
	}
	s.Facts = append(s.Facts, Pair{"Account", n.Workspace})
	s.Key = Key{Label: "Credited", Amount: Price(n.Total), Note: "Taken back from invoice " + n.Invoice}
	s.Sums = n.sums()
	s.Sections = append(s.Sections, Section{Heading: "What it is for", Text: []string{n.Reason}})
	n.law(&s)
	return s.cleaned()
}

// sums returns the reckoning, and where the total goes.
func (n CreditNote) sums() []Sum {
	var r reckoning
	if taxes := n.taxes(); len(taxes) > 0 {
		r.add("Subtotal", n.Total.Minus(n.Tax))
		r.tax(taxes)
	}
	r.total("Total credited", n.Total)
	lowered := n.Reduced
	for _, s := range n.Settled {
		r.add("Set off against "+s.Number, s.Amount)
		lowered = lowered.Minus(s.Amount)
	}
	r.add("Taken off what was to be paid", lowered)
	if len(n.Refunds) == 0 {
		r.add("Refund", n.Refund)
	}
	for _, refund := range n.Refunds {
		r.add(refund.words(n.Document), refund.Amount)
	}
	r.add("Added to your credit", n.Credit)
	return r
}
