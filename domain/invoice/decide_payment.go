package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// recordPayment is refused with invoice_not_finalized (a draft), invoice_voided, invoice_paid, nothing_due, or its
// fields: amount_invalid, currency_mismatch, reference_invalid, paid_at_invalid. Of an invoice that became void while it
// waited for money the payment is late: it is kept, as credit.
func recordPayment(s State, c RecordPayment, now time.Time) ([]domain.Event, error) {
	var check domain.Check
	s.checkAmount(&check, "/amount", c.Amount)
	checkText(&check, "/reference", "reference_invalid", c.Reference)
	check.Require(c.PaidAt == nil || !c.PaidAt.After(now), "/paid_at", "paid_at_invalid", "paid_at must not be in the future")
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if err := s.checkPayable(); err != nil {
		return nil, s.withActions(err)
	}
	applied := lesser(c.Amount, s.Outstanding())
	event := PaymentRecorded{
		ID: s.ID, Amount: c.Amount, Applied: applied, Credit: c.Amount.Minus(applied), Reference: c.Reference, PaidAt: now,
		AmountPaid: s.AmountPaid.Plus(applied), PaymentStatus: s.PaymentStatus, Late: s.Status == StatusVoided,
	}
	if c.PaidAt != nil {
		event.PaidAt = *c.PaidAt
	}
	if s.PaymentStatus == PaymentUncollectible {
		var err error
		if event.Recovered, err = s.spread(applied, s.owed); err != nil {
			return nil, err
		}
	}
	if !event.Late && covers(c.Amount, s.Outstanding()) {
		event.PaymentStatus = PaymentSucceeded
	}
	events := []domain.Event{event}
	if s.Completes(c.Amount) {
		issued, err := s.issued(c.Number, now, s.CreditApplied, PaymentSucceeded)
		return append(events, issued...), err
	}
	return events, nil
}

func (s State) checkPayable() error {
	switch {
	case s.Status == StatusDraft:
		return domain.Conflict("invoice_not_finalized", "the invoice is a draft")
	case s.Status == StatusVoided && s.Number != "":
		return domain.Conflict("invoice_voided", "the invoice is void")
	case s.PaymentStatus == PaymentSucceeded:
		return domain.Conflict("invoice_paid", "the invoice is paid already")
	case s.Status == StatusFinalized && s.PaymentStatus == PaymentNotRequired:
		return domain.Conflict("nothing_due", "nothing is to be paid")
	}
	return nil
}

// checkAmount checks amount_invalid and currency_mismatch.
func (s State) checkAmount(check *domain.Check, pointer string, amount money.Amount) {
	if check.Require(amount.Currency() == s.Bill.Currency, pointer, "currency_mismatch", "the invoice is in %s", s.Bill.Currency) {
		check.Require(amount.Sign() > 0, pointer, "amount_invalid", "amount must be more than 0")
	}
}

// void is refused with what checkVoidable says, or reason_invalid.
func void(s State, c Void, now time.Time) ([]domain.Event, error) {
	var check domain.Check
	checkText(&check, "/reason", "reason_invalid", c.Reason)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if err := s.checkVoidable(); err != nil {
		return nil, s.withActions(err)
	}
	if c.At != nil {
		now = *c.At
	}
	return []domain.Event{Voided{
		ID: s.ID, Reason: c.Reason, VoidedAt: now, CreditReturned: s.CreditApplied, PaidReturned: s.AmountPaid,
	}}, nil
}

// checkVoidable says invoice_voided, invoice_not_finalized (a draft), invoice_paid when money settled, and
// invoice_credited when credit was given: by a credit note, a negative total, or a credit line, of this invoice or of a
// later one for a charge of this one. None of that can be taken back. Partial payments of an invoice that is still open
// become credit.
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
	case s.isProrated():
		return domain.Conflict("invoice_credited", "a later invoice credited a part of this one; a credit note takes the rest back")
	case s.Status == StatusFinalized && slices.ContainsFunc(s.Bill.Lines, isCredit):
		return domain.Conflict("invoice_credited", "the invoice credits an earlier one; a credit note takes back what it charges")
	}
	return nil
}

func isCredit(line pricing.Line) bool { return line.Kind == pricing.LineKindCredit }
