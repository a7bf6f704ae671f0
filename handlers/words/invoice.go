package words

import (
	"fmt"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/numbering"
)

// ofInvoice tells of invoices, of what was paid and taken back of them, and of their numbers.
func ofInvoice(event domain.Event) string {
	switch e := event.(type) {
	case invoice.Drafted:
		return fmt.Sprintf("An invoice of %v was drafted (%s)", e.Bill.Total, e.Reason)
	case invoice.Opened:
		return fmt.Sprintf("An invoice waits for %v", e.AmountDue)
	case invoice.Finalized:
		text := fmt.Sprintf("Invoice %s was issued", e.Number)
		switch {
		case e.AmountDue.Sign() <= 0:
			text += ", with nothing to be paid"
		case e.DueAt == nil:
			text += fmt.Sprintf(", with %v to be paid", e.AmountDue)
		default:
			text += fmt.Sprintf(", with %v to be paid by %s", e.AmountDue, at(*e.DueAt))
		}
		return text
	case invoice.PaymentRecorded:
		text := fmt.Sprintf("A payment of %v was recorded%s", e.Amount, because(e.Reference))
		if e.Credit.Sign() > 0 {
			text += fmt.Sprintf(", of which %v became credit", e.Credit)
		}
		return text
	case invoice.PaymentReversed:
		return fmt.Sprintf("%v that had paid an invoice is gone, and to be paid again", e.Amount)
	case invoice.CreditWithdrawn:
		return fmt.Sprintf("Credit of %v pays an invoice no more, since the money that it came of is gone", e.Amount)
	case invoice.DisputeNoted:
		if e.Open {
			return "A payment of an invoice is disputed"
		}
		return "A payment of an invoice is disputed no more"
	case invoice.PaymentStarted:
		return "A gateway is asked for what an invoice expects"
	case invoice.PaymentFollowed:
		if e.Status == "" {
			return "A gateway is asked once more for what an invoice expects"
		}
		return fmt.Sprintf("The payment of an invoice is %s", strings.ReplaceAll(string(e.Status), "_", " "))
	case invoice.CreditApplied:
		return fmt.Sprintf("Credit of %v paid for an issued invoice", e.Amount)
	case invoice.Lowered:
		return fmt.Sprintf("%s lowered what is owed on an invoice by %v", e.Number, e.Amount)
	case invoice.Voided:
		return "An invoice was voided" + because(e.Reason)
	case invoice.Credited:
		return fmt.Sprintf("Credit note %s for %v was issued%s", e.Number, e.Total, because(e.Reason))
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
	case account.MoneyReversed:
		return fmt.Sprintf("%v that had come is gone again", e.Amount)
	case account.CreditGranted:
		return fmt.Sprintf("Credit of %v %s, the balance is %v", e.Amount, given(e), e.Balance)
	case account.CreditApplied:
		return fmt.Sprintf("Credit of %v paid for an invoice, the balance is %v", e.Amount, e.Balance)
	case account.CreditRefunded:
		return fmt.Sprintf("Credit of %v was turned into a refund, the balance is %v%s", e.Amount, e.Balance, because(e.Reason))
	}
	return ""
}

// given tells where credit came from, or why a person gave it.
func given(e account.CreditGranted) string {
	switch e.Source {
	case account.SourceInvoice:
		return "came from a change that took back more than it charged"
	case account.SourceOverpayment:
		return "came from an overpayment"
	case account.SourceCreditNote:
		return "came from a credit note"
	case account.SourceVoided:
		return "came back from a void invoice"
	case account.SourceManual:
	}
	return "was given" + because(e.Reason)
}
