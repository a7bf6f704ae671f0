package numbering

import (
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain"
)

var errIncomplete = errors.New("a number is for a document with an id")

// Decide gives the next number. Nothing is ever refused.
func Decide(s State, command Command, _ domain.Meta) ([]domain.Event, error) {
	switch c := command.(type) {
	case NumberInvoice:
		if c.Invoice == "" {
			return nil, errIncomplete
		}
		n := s.Invoices + 1
		return []domain.Event{InvoiceNumbered{Invoice: c.Invoice, Sequence: n, Number: invoiceNumber(n)}}, nil
	case NumberCreditNote:
		if c.CreditNote == "" {
			return nil, errIncomplete
		}
		n := s.CreditNotes + 1
		return []domain.Event{CreditNoteNumbered{CreditNote: c.CreditNote, Sequence: n, Number: creditNoteNumber(n)}}, nil
	}
	return nil, fmt.Errorf("numbering has no command %T", command)
}
