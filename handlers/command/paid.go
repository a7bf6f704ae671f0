package command

import (
	"slices"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/subscription"
)

// paid adds up what came in for the invoices that billed what is in force, and for the invoices that they credit in turn.
func (w *workspace) paid() (*subscription.Paid, error) {
	invoices, err := w.lineage(w.subscription().Invoices())
	if err != nil {
		return nil, err
	}
	none := money.Zero(w.subscription().Terms.Currency)
	paid := subscription.Paid{Invoiced: none, Settled: none, Received: none}
	for _, billed := range invoices {
		if billed.Status == invoice.StatusVoided {
			continue
		}
		// A credit note lowers the invoiced amount; a part of it that had been paid was given back.
		paid.Invoiced = paid.Invoiced.Plus(billed.Bill.Total).Minus(billed.Credited)
		paid.Settled = paid.Settled.Plus(billed.AmountPaid).Plus(billed.CreditApplied).Plus(billed.Reduced).Minus(billed.Credited)
		paid.Received = paid.Received.Plus(billed.AmountPaid).Minus(billed.Refunded)
	}
	return &paid, nil
}

// lineage returns these invoices and all those that their credit lines lead back to.
func (w *workspace) lineage(ids []string) (invoices []invoice.State, err error) {
	for i := 0; i < len(ids); i++ {
		if err := w.need(invoice.Stream(ids[i])); err != nil {
			return nil, err
		}
		billed := w.invoiceState(ids[i])
		invoices = append(invoices, billed)
		for _, line := range billed.Bill.Lines {
			if line.SourceInvoice != "" && !slices.Contains(ids, line.SourceInvoice) {
				ids = append(ids, line.SourceInvoice)
			}
		}
	}
	return invoices, nil
}
