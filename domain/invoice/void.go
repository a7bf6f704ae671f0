package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Void takes an invoice back that nothing was paid of.
type Void struct {
	Reason string
}

// Voided takes the invoice back. What had been applied to it, credit and payments, is the workspace's credit again.
type Voided struct {
	ID             string       `json:"id"`
	Reason         string       `json:"reason"`
	VoidedAt       time.Time    `json:"voided_at"`
	CreditReturned money.Amount `json:"credit_returned"` // credit that had been applied
	PaidReturned   money.Amount `json:"paid_returned"`   // partial payments of an open invoice
}

// EventType gives the stored name.
func (Voided) EventType() string { return "invoice.voided.v1" }

func (Voided) evolve(s State) State {
	s.Status, s.PaymentStatus, s.WrittenOff = StatusVoided, PaymentNotRequired, money.Zero(s.Bill.Currency)
	return s
}

// decide refuses with the codes of checkVoidable, or reason_invalid.
func (c Void) decide(s State, meta domain.Meta) ([]Fact, error) {
	var check domain.Check
	checkText(&check, "/reason", "reason_invalid", c.Reason)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if err := s.checkVoidable(); err != nil {
		return nil, s.withActions(err)
	}
	return []Fact{Voided{
		ID: s.ID, Reason: c.Reason, VoidedAt: meta.Now, CreditReturned: s.CreditApplied, PaidReturned: s.AmountPaid,
	}}, nil
}

// checkVoidable refuses with invoice_voided, invoice_not_finalized (a draft), invoice_paid when money settled, and
// invoice_credited when the invoice took part in taking back: by a credit note, a negative total, or a credit line, of this
// invoice or of a later one for a charge of this one, or because such a document lowered it. None of that can be undone.
// Partial payments of an invoice that is still open become credit.
func (s State) checkVoidable() error {
	switch {
	case s.Status == StatusVoided:
		return domain.Conflict("invoice_voided", "the invoice is void already")
	case s.Status == StatusDraft:
		return domain.Conflict("invoice_not_finalized", "the invoice is a draft")
	case s.Status == StatusFinalized && s.AmountPaid.Sign() > 0:
		return domain.Conflict("invoice_paid", "%v of the invoice is paid; a credit note takes it back", s.AmountPaid)
	case len(s.CreditNotes) > 0 || s.CreditApplied.Sign() < 0:
		return domain.Conflict("invoice_credited", "credit was given for the invoice and can't be taken back")
	case len(s.Lowerings) > 0:
		return domain.Conflict("invoice_credited", "another document was settled against the invoice, which can't be taken back")
	case s.isProrated():
		return domain.Conflict("invoice_credited", "a later invoice credited a part of this one; a credit note takes the rest back")
	case s.Status == StatusFinalized && slices.ContainsFunc(s.Bill.Lines, isCredit):
		return domain.Conflict("invoice_credited", "the invoice credits an earlier one; a credit note takes back what it charges")
	}
	return nil
}

func isCredit(line pricing.Line) bool { return line.Kind == pricing.LineKindCredit }
