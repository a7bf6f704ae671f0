package numbering

import "github.com/tallystick/tallystick/domain"

// Command asks for a number. It is issued with the command that finalises a document, never alone.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// NumberInvoice gives an invoice the next number of a series.
type NumberInvoice struct {
	Invoice string
	Series  string
}

// NumberCreditNote gives a credit note the next number of a series.
type NumberCreditNote struct {
	CreditNote string
	Series     string
}
