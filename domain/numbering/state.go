package numbering

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
)

// Stream is the one stream of a ledger's numbers.
func Stream() domain.Stream { return domain.NewStream("numbering", "main") }

// State is how far the numbers have come.
type State struct {
	Invoices    int64 `json:"invoices"`
	CreditNotes int64 `json:"credit_notes"`
}

// LastInvoice is the number that was given last, such as "INV-000017".
func (s State) LastInvoice() string { return invoiceNumber(s.Invoices) }

// LastCreditNote is the number that was given last, such as "CN-000017".
func (s State) LastCreditNote() string { return creditNoteNumber(s.CreditNotes) }

// Size estimates the bytes of the state.
func (s State) Size() int { return 100 }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State {
	switch e := event.(type) {
	case InvoiceNumbered:
		s.Invoices = e.Sequence
	case CreditNoteNumbered:
		s.CreditNotes = e.Sequence
	}
	return s
}

func invoiceNumber(n int64) string    { return fmt.Sprintf("INV-%06d", n) }
func creditNoteNumber(n int64) string { return fmt.Sprintf("CN-%06d", n) }
