package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/refund"
)

// ofInvoice tells of invoices, of what was paid and taken back of them, and of their numbers.
func ofInvoice(event domain.Event) string {
	switch e := event.(type) {
	case invoice.Drafted:
		return fmt.Sprintf("An invoice of %v was drafted (%s)", e.Bill.Total, e.Reason)
	case invoice.Opened:
		return fmt.Sprintf("An invoice waits for %v", e.AmountDue)
	case invoice.Finalized:
		text := fmt.Sprintf("Invoice %s was issued, with %v to be paid", e.Number, e.AmountDue)
		if e.DueAt != nil && e.AmountDue.Sign() > 0 {
			text += " until " + at(*e.DueAt)
		}
		return text
	case invoice.PaymentRecorded:
		text := fmt.Sprintf("A payment of %v was recorded%s", e.Amount, because(e.Reference))
		if e.Credit.Sign() > 0 {
			text += fmt.Sprintf(", of which %v became credit", e.Credit)
		}
		return text
	case invoice.CreditApplied:
		return fmt.Sprintf("Credit of %v paid for an issued invoice", e.Amount)
	case invoice.Lowered:
		return fmt.Sprintf("%s lowered what is owed of an invoice by %v", e.Number, e.Amount)
	case invoice.Voided:
		return "An invoice was voided" + because(e.Reason)
	case invoice.Credited:
		return fmt.Sprintf("Credit note %s over %v was issued%s", e.Number, e.Total, because(e.Reason))
	case invoice.WrittenOff:
		return fmt.Sprintf("%v of an invoice was written off%s", e.Amount, because(e.Reason))
	case invoice.LinesProrated:
		return fmt.Sprintf("A later invoice credits %s of an invoice", counted(int64(len(e.Lines)), "line"))
	case numbering.InvoiceNumbered:
		return fmt.Sprintf("An invoice got the number %s", e.Number)
	case numbering.CreditNoteNumbered:
		return fmt.Sprintf("A credit note got the number %s", e.Number)
	}
	return ""
}

// ofAccount tells of a workspace's credit, and of money that came and goes back.
func ofAccount(event domain.Event) string {
	switch e := event.(type) {
	case account.ReceivableOpened:
		return fmt.Sprintf("Invoice %s expects money", e.Number)
	case account.ReceivableClosed:
		return "An invoice expects no money any more"
	case account.MoneyReceived:
		return fmt.Sprintf("%v was received", e.Amount)
	case account.MoneyReturned:
		return fmt.Sprintf("%v of a payment goes back", e.Amount)
	case refund.Created:
		return fmt.Sprintf("A refund of %v is owed%s", e.Amount, because(spoken(e.Reason)))
	case refund.Recorded:
		return "A refund was paid back" + because(e.Reference)
	case account.CreditGranted:
		return fmt.Sprintf("Credit of %v was given, the balance is %v%s", e.Amount, e.Balance, because(spoken(e.Reason)))
	case account.CreditApplied:
		return fmt.Sprintf("Credit of %v paid for an invoice, the balance is %v", e.Amount, e.Balance)
	case account.CreditRefunded:
		return fmt.Sprintf("Credit of %v is to be paid back, the balance is %v%s", e.Amount, e.Balance, because(e.Reason))
	}
	return ""
}
