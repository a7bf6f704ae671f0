package numbering

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
)

// Stream names the one stream of a ledger's numbers.
func Stream() domain.Stream { return domain.NewStream("numbering", "main") }

// State counts the numbers that were given.
type State struct {
	Invoices    int64 `json:"invoices"`
	CreditNotes int64 `json:"credit_notes"`
}

// LastInvoice gives the invoice number that was given last, such as "INV-000017".
func (s State) LastInvoice() string { return invoiceNumber(s.Invoices) }

// LastCreditNote gives the credit note number that was given last, such as "CN-000017".
func (s State) LastCreditNote() string { return creditNoteNumber(s.CreditNotes) }

// Size estimates the bytes of the state.
func (s State) Size() int { return 100 }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

func invoiceNumber(n int64) string    { return fmt.Sprintf("INV-%06d", n) }
func creditNoteNumber(n int64) string { return fmt.Sprintf("CN-%06d", n) }
