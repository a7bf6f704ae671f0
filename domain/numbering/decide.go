package numbering

import (
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain"
)

var (
	errIncomplete = errors.New("a number is for a document with an id")
	errSeries     = errors.New("a series never ends with a digit")
)

// Decide gives the next number. It never refuses.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

func (c NumberInvoice) decide(s State, _ domain.Meta) ([]Fact, error) {
	n, number, err := s.next(c.Series, c.Invoice)
	if err != nil {
		return nil, err
	}
	return []Fact{InvoiceNumbered{Invoice: c.Invoice, Sequence: n, Number: number}}, nil
}

func (c NumberCreditNote) decide(s State, _ domain.Meta) ([]Fact, error) {
	n, number, err := s.next(c.Series, c.CreditNote)
	if err != nil {
		return nil, err
	}
	return []Fact{CreditNoteNumbered{CreditNote: c.CreditNote, Sequence: n, Number: number}}, nil
}

// next gives the next number of a series, in digits and as it is printed.
func (s State) next(series, document string) (n int64, number string, err error) {
	if document == "" {
		return 0, "", errIncomplete
	}
	if seriesOf(series) != series {
		return 0, "", errSeries
	}
	n = s.last(series) + 1
	return n, fmt.Sprintf("%s%06d", series, n), nil
}
