package numbering

// Command is issued with the command that finalises a document, never alone.
type Command interface{ command() }

// NumberInvoice gives an invoice the next number.
type NumberInvoice struct {
	Invoice string
}

// NumberCreditNote gives a credit note the next number.
type NumberCreditNote struct {
	CreditNote string
}

func (NumberInvoice) command()    {}
func (NumberCreditNote) command() {}
