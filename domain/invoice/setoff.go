package invoice

import (
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Claim tells what an issued invoice is still owed, so that what takes an invoice back can lower it.
type Claim struct {
	Invoice     string
	Outstanding money.Amount
	WrittenOff  money.Amount
}

// Claim gives what the invoice is still owed.
func (s State) Claim() Claim {
	return Claim{Invoice: s.ID, Outstanding: s.Outstanding(), WrittenOff: s.WrittenOff}
}

// Settled tells by how much an invoice was lowered.
type Settled struct {
	Invoice    string       `json:"invoice"`
	Amount     money.Amount `json:"amount"`
	WrittenOff money.Amount `json:"written_off"` // of it, off what had been written off
}

// setOff takes an amount off claims, one after the other, and gives what is left of it.
func setOff(amount money.Amount, claims []Claim) (settled []Settled, left money.Amount) {
	left = amount
	for _, claim := range claims {
		outstanding := lesser(left, claim.Outstanding)
		writtenOff := lesser(left.Minus(outstanding), claim.WrittenOff)
		if lowered := outstanding.Plus(writtenOff); lowered.Sign() > 0 {
			settled = append(settled, Settled{Invoice: claim.Invoice, Amount: lowered, WrittenOff: writtenOff})
			left = left.Minus(lowered)
		}
	}
	return settled, left
}

// Sources lists the invoices that this one's credit lines are of, or that it was set off against.
func (s State) Sources() []string {
	var invoices []string
	add := func(id string) {
		if id != "" && id != s.ID && !slices.Contains(invoices, id) {
			invoices = append(invoices, id)
		}
	}
	for _, line := range s.Bill.Lines {
		add(line.SourceInvoice)
	}
	if s.Bill.Total.Sign() < 0 {
		for _, settled := range s.SettledAgainst {
			add(settled.Invoice)
		}
	}
	return invoices
}

// Lower takes off the invoice what another document settles against it.
type Lower struct {
	By         string // the credit note, or the invoice with the negative total
	Number     string // of that document
	Amount     money.Amount
	WrittenOff money.Amount // of it, off what was written off
}

// Lowered notes that another document was settled against the invoice, so that less of it is to be paid.
type Lowered struct {
	ID            string        `json:"id"`
	By            string        `json:"by"` // a credit note, or an invoice with a negative total
	Number        string        `json:"number"`
	Amount        money.Amount  `json:"amount"`
	WrittenOff    money.Amount  `json:"written_off"` // of it, off what had been written off
	PaymentStatus PaymentStatus `json:"payment_status"`
}

// EventType gives the stored name.
func (Lowered) EventType() string { return "invoice.lowered.v1" }

func (e Lowered) evolve(s State) State {
	s.Reduced, s.WrittenOff = s.Reduced.Plus(e.Amount), s.WrittenOff.Minus(e.WrittenOff)
	s.Lowerings = append(slices.Clip(s.Lowerings), Lowering{By: e.By, Number: e.Number, Amount: e.Amount})
	s.PaymentStatus = e.PaymentStatus
	return s
}

// Lowering names a document that lowered the invoice, beside its own credit notes.
type Lowering struct {
	By     string       `json:"by"`
	Number string       `json:"number"`
	Amount money.Amount `json:"amount"`
}

// decide never refuses: it comes with the document that is settled, whose claims bound it.
func (c Lower) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.By == "" || c.Number == "" || c.Amount.Sign() <= 0 || s.Status != StatusFinalized {
		return nil, errIncomplete
	}
	if !covers(s.WrittenOff, c.WrittenOff) || !covers(s.Outstanding(), c.Amount.Minus(c.WrittenOff)) {
		return nil, errOvercredit
	}
	e := Lowered{ID: s.ID, By: c.By, Number: c.Number, Amount: c.Amount, WrittenOff: c.WrittenOff}
	e.PaymentStatus = e.evolve(s).standing()
	return []Fact{e}, nil
}
