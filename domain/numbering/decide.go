package numbering

import (
	"errors"

	"github.com/tallystick/tallystick/domain"
)

var errIncomplete = errors.New("a number is for a document with an id")

// Decide gives the next number. It never refuses.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

func (c NumberInvoice) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.Invoice == "" {
		return nil, errIncomplete
	}
	n := s.Invoices + 1
	return []Fact{InvoiceNumbered{Invoice: c.Invoice, Sequence: n, Number: invoiceNumber(n)}}, nil
}

func (c NumberCreditNote) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.CreditNote == "" {
		return nil, errIncomplete
	}
	n := s.CreditNotes + 1
	return []Fact{CreditNoteNumbered{CreditNote: c.CreditNote, Sequence: n, Number: creditNoteNumber(n)}}, nil
}
