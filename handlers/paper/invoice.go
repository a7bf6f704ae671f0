package paper

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// Status says how far an invoice is.
type Status string

const (
	StatusDraft  Status = "draft"
	StatusOpen   Status = "open" // waits for money and is issued by it
	StatusIssued Status = "issued"
	StatusVoid   Status = "void" // was taken back
)

// Invoice holds all that the paper says of an invoice. All amounts have one currency.
type Invoice struct {
	Document
	Status    Status
	Issued    *time.Time // nil before it is issued
	Due       *time.Time // nil where nothing is to be paid
	Overdue   bool
	Automatic bool // whether the seller collects the money
	Period    period.Period

	Subtotal      money.Amount // of the lines, without tax
	Discount      money.Amount // off Subtotal
	Total         money.Amount // with tax
	CreditApplied money.Amount // of the customer's credit; of a negative total, what became credit
	Paid          money.Amount
	Reduced       money.Amount // what credit notes, and credits on other invoices, took off
	WrittenOff    money.Amount // what is not expected any more
	Outstanding   money.Amount

	Payments    []Payment
	CreditNotes []IssuedNote
	// Settled lists the invoices that a negative total lowered; the rest of it became credit.
	Settled []Reference
	// Lowered lists the documents of other invoices that lowered this one.
	Lowered []Reference
	Refunds []Refund
}

// IssuedNote is a credit note that took a part of the invoice back.
type IssuedNote struct {
	Number  string
	Issued  time.Time
	Reason  string
	Total   money.Amount // Reduced + Credit + Refund
	Reduced money.Amount // what it lowered, this invoice or others
	Credit  money.Amount
	Refund  money.Amount
	// Lowered is the part of Reduced that it lowered this invoice by.
	Lowered money.Amount
}

// Sheet says what the paper shows. An invoice that gives more back than it charges is a credit note to its reader.
func (i Invoice) Sheet() Sheet {
	heading := "Invoice"
	switch {
	case i.Status == StatusDraft:
		heading = "Draft invoice"
	case i.Status == StatusOpen, i.Issued == nil:
		heading = "Pro forma invoice"
	case i.Total.Sign() < 0:
		heading = "Credit note"
	}
	s := i.sheet(heading, i.Total.Currency())
	s.Mark, s.Key = i.mark(), i.key()
	switch i.Status {
	case StatusOpen:
		s.Across = "PRO FORMA"
	case StatusDraft, StatusVoid:
		s.Across = s.Mark.Word
	case StatusIssued:
	}
	s.Facts, s.Sums = i.facts(), i.sums()
	i.payment(&s)
	i.movements(&s)
	i.law(&s)
	if i.Total.Sign() >= 0 {
		i.terms(&s)
	}
	return s.cleaned()
}

func (i Invoice) facts() []Pair {
	var facts []Pair
	switch {
	case i.Number != "":
		facts = []Pair{{"Number", i.Number}}
	case i.Status != StatusVoid:
		facts = []Pair{{"Number", "none yet"}}
	}
	if i.Issued != nil {
		facts = append(facts, Pair{"Issued", Day(*i.Issued, i.Zone)})
	}
	if i.Due != nil && i.Status == StatusIssued && i.Total.Sign() >= 0 {
		facts = append(facts, Pair{"Due", Day(*i.Due, i.Zone)})
	}
	if i.Period.End.After(i.Period.Start) {
		facts = append(facts, Pair{"Period", days(i.Period, i.Zone)})
	}
	return append(facts, Pair{"Account", i.Workspace})
}

// mark says in which state the invoice is; one that is only to be paid needs no mark.
func (i Invoice) mark() Mark {
	switch {
	case i.Status == StatusDraft:
		return Mark{"DRAFT", ToneMild}
	case i.Status == StatusOpen:
		return Mark{"NOT PAID YET", ToneMild}
	case i.Status == StatusVoid:
		return Mark{"VOID", ToneBad}
	case i.Total.Sign() < 0:
		return Mark{}
	case i.WrittenOff.Sign() > 0:
		return Mark{"UNCOLLECTIBLE", ToneBad}
	case i.Outstanding.Sign() > 0 && i.Overdue:
		return Mark{"OVERDUE", ToneBad}
	case i.Outstanding.Sign() > 0 && i.Paid.Sign() > 0:
		return Mark{"PART PAID", ToneMild}
	case i.Outstanding.Sign() > 0:
		return Mark{}
	case i.Paid.Sign() > 0:
		return Mark{"PAID", ToneGood}
	}
	return Mark{"SETTLED", ToneGood}
}

// key says what is to be paid and until when, or why nothing is.
func (i Invoice) key() Key {
	none := money.Zero(i.Total.Currency())
	switch {
	case i.Status == StatusDraft:
		return Key{Label: "Total", Amount: Price(i.Total), Note: "This is a draft and not an invoice. Nothing is to be paid yet."}
	case i.Status == StatusOpen:
		return Key{Label: "To pay", Amount: Price(i.Outstanding), Note: "Not an invoice yet: it becomes one, with a number, when it is paid."}
	case i.Status == StatusVoid:
		return Key{Label: "To pay", Amount: Price(none), Note: "This invoice is void. Nothing is to be paid."}
	case i.Total.Sign() < 0:
		return Key{Label: "Credited", Amount: Price(i.Total.Neg()), Note: "Nothing is to be paid."}
	case i.WrittenOff.Sign() > 0:
		return Key{Label: "Not paid", Amount: Price(i.WrittenOff), Note: "Written off as uncollectible. No payment is expected any more.", Urgent: true}
	case i.Outstanding.Sign() > 0:
		return i.owed()
	case i.Paid.Sign() > 0:
		return Key{Label: "Paid", Amount: Price(i.Paid), Note: i.paidWhen() + "Nothing is left to pay."}
	}
	return Key{Label: "To pay", Amount: Price(none), Note: i.settledBy()}
}

func (i Invoice) owed() Key {
	key := Key{Label: "To pay", Amount: Price(i.Outstanding)}
	if !i.Paid.IsZero() || !i.Reduced.IsZero() || !i.CreditApplied.IsZero() {
		key.Label = "Left to pay"
	}
	switch {
	case i.Due == nil:
	case i.Overdue:
		key.Note, key.Urgent = "Overdue since "+Day(*i.Due, i.Zone), true
	default:
		key.Note = "Due by " + Day(*i.Due, i.Zone)
	}
	return key
}

// paidWhen gives the day of the last payment, as a sentence.
func (i Invoice) paidWhen() string {
	if len(i.Payments) == 0 {
		return ""
	}
	last := i.Payments[0].Paid
	for _, p := range i.Payments {
		if p.Paid.After(last) {
			last = p.Paid
		}
	}
	words := "Paid on " + Day(last, i.Zone) + ". "
	if i.CreditApplied.Sign() > 0 || i.Reduced.Sign() > 0 {
		words += "The rest was settled by credit. "
	}
	return words
}

func (i Invoice) settledBy() string {
	switch {
	case i.CreditApplied.Sign() > 0 && i.Reduced.Sign() > 0:
		return "Settled by credit and by credit notes."
	case i.CreditApplied.Sign() > 0:
		return "Settled by credit."
	case i.Reduced.Sign() > 0:
		return "Credited. Nothing is left to pay."
	}
	return "Nothing is to be paid."
}
