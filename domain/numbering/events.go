package numbering

import "github.com/tallystick/tallystick/domain"

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType("numbering", Evolve,
	domain.EventType{Zero: InvoiceNumbered{}},
	domain.EventType{Zero: CreditNoteNumbered{}},
)

// InvoiceNumbered gives an invoice its number.
type InvoiceNumbered struct {
	Invoice  string `json:"invoice"`
	Sequence int64  `json:"sequence"`
	Number   string `json:"number"`
}

// EventType is the stored name.
func (InvoiceNumbered) EventType() string { return "numbering.invoice_numbered.v1" }

// CreditNoteNumbered gives a credit note its number.
type CreditNoteNumbered struct {
	CreditNote string `json:"credit_note"`
	Sequence   int64  `json:"sequence"`
	Number     string `json:"number"`
}

// EventType is the stored name.
func (CreditNoteNumbered) EventType() string { return "numbering.credit_note_numbered.v1" }
