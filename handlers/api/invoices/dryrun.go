package invoices

import (
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// DryRun shows the invoice and the credit notes that a command would make, beside its events.
var DryRun = endpoint.ShowDryRun(viewDryRun)

// dryRunView shows what a command would do.
type dryRunView struct {
	Events      []endpoint.DryRunEvent `json:"events"`
	Invoice     *invoiceView           `json:"invoice" doc:"That the command would make, with ids and a number of its own; null for none."`
	CreditNotes []creditNoteView       `json:"credit_notes" doc:"That the command would issue."`
}

// viewDryRun shows the last invoice that the events make, as they leave it.
func viewDryRun(events []endpoint.DryRunEvent, decided []eventstore.Proposed) dryRunView {
	shown := dryRunView{Events: events, CreditNotes: []creditNoteView{}}
	var made invoice.State
	for _, e := range decided {
		if _, first := e.Fact.(invoice.Drafted); first || made.ID != "" && e.Stream == invoice.Stream(made.ID) {
			made = invoice.Evolve(made, e.Fact)
			shown.Invoice = new(viewInvoice(made, e.EffectiveAt))
		}
		if note, is := e.Fact.(invoice.Credited); is {
			shown.CreditNotes = append(shown.CreditNotes, viewCreditNote(note.Workspace, note))
		}
	}
	return shown
}
