package numbering

import "github.com/tallystick/tallystick/domain"

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("numbering", Evolve, InvoiceNumbered{}, CreditNoteNumbered{}).
	WithSnapshot(domain.NewJSONSnapshot[State](2))

// Fact is an event of numbering with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// InvoiceNumbered gives an invoice its number. What stands before the digits is the series that Sequence counts in.
type InvoiceNumbered struct {
	Invoice  string `json:"invoice"`
	Sequence int64  `json:"sequence"`
	Number   string `json:"number"`
}

// EventType gives the stored name.
func (InvoiceNumbered) EventType() string { return "numbering.invoice_numbered.v1" }

func (e InvoiceNumbered) evolve(s State) State {
	return s.with(e.Number, e.Sequence)
}

// CreditNoteNumbered gives a credit note its number, in the same way.
type CreditNoteNumbered struct {
	CreditNote string `json:"credit_note"`
	Sequence   int64  `json:"sequence"`
	Number     string `json:"number"`
}

// EventType gives the stored name.
func (CreditNoteNumbered) EventType() string { return "numbering.credit_note_numbered.v1" }

func (e CreditNoteNumbered) evolve(s State) State {
	return s.with(e.Number, e.Sequence)
}
