package invoice

import (
	"errors"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

const textMax = 500

var (
	errIncomplete = errors.New("an invoice needs an id, a workspace and a bill of a currency, and once it is issued a number")
	errCredit     = errors.New("credit is applied of nothing up to the total, and none to a negative one")
	errNotDraft   = errors.New("only a draft is opened or finalised")
	errOvercredit = errors.New("a bill credits more of a line than there is left of it, or a line that is not issued")
)

// Decide judges a command on an invoice. A refusal is a *[domain.Rejection] with a code named at the leaf; conflicts of
// the state say which actions it does allow.
func Decide(s State, command Command, meta domain.Meta) ([]domain.Event, error) {
	switch c := command.(type) {
	case Draft:
		return draft(s, c)
	case Open:
		return open(s, c, meta.Now)
	case Finalize:
		return finalize(s, c)
	}
	if s.ID == "" {
		return nil, domain.NotFound("invoice_not_found", "there is no such invoice")
	}
	switch c := command.(type) {
	case RecordPayment:
		return recordPayment(s, c, meta.Now)
	case Prorate:
		return prorate(s, c)
	case Void:
		return void(s, c, meta.Now)
	case Credit:
		return credit(s, c, meta.Now)
	case WriteOff:
		return writeOff(s, c, meta.Now)
	}
	return nil, fmt.Errorf("invoice has no command %T", command)
}

// draft, open and finalize come with the commands that bill and are never refused: their errors are faults.
func draft(s State, c Draft) ([]domain.Event, error) {
	if s.ID != "" {
		return nil, fmt.Errorf("invoice %s is there already", s.ID)
	}
	if c.ID == "" || c.Workspace == "" || !c.Bill.Currency.Valid() {
		return nil, errIncomplete
	}
	return []domain.Event{Drafted(c)}, nil
}

func open(s State, c Open, now time.Time) ([]domain.Event, error) {
	if s.Status != StatusDraft {
		return nil, errNotDraft
	}
	due, err := s.due(c.Credit)
	if err != nil {
		return nil, err
	}
	return []domain.Event{Opened{ID: s.ID, OpenedAt: now, CreditApplied: c.Credit, AmountDue: due}}, nil
}

func finalize(s State, c Finalize) ([]domain.Event, error) {
	if s.Status != StatusDraft {
		return nil, errNotDraft
	}
	if s.Bill.Total.Sign() < 0 && c.Credit.IsZero() {
		c.Credit = s.Bill.Total
	}
	due, err := s.due(c.Credit)
	if err != nil {
		return nil, err
	}
	status := PaymentPending
	if due.IsZero() {
		status = PaymentNotRequired
	}
	return s.issued(c.Number, c.IssuedAt, c.Credit, status)
}

// due is what is left of the total after this much credit.
func (s State) due(credit money.Amount) (money.Amount, error) {
	due, err := s.Bill.Total.Sub(credit)
	if err != nil {
		return due, err
	}
	if credit.Sign() > 0 && due.Sign() < 0 || credit.Sign() < 0 && !due.IsZero() {
		return due, errCredit
	}
	return due, nil
}

func (s State) issued(number string, at time.Time, credit money.Amount, status PaymentStatus) ([]domain.Event, error) {
	if number == "" || at.IsZero() {
		return nil, errIncomplete
	}
	return []domain.Event{Finalized{
		ID: s.ID, Number: number, IssuedAt: at, DueAt: at.AddDate(0, 0, s.DaysUntilDue),
		CreditApplied: credit, AmountDue: s.Bill.Total.Minus(credit), PaymentStatus: status,
	}}, nil
}

// writeOff is refused with what checkWritable says, or reason_invalid. What a later bill prorated is owed all the same:
// its credit is that bill's.
func writeOff(s State, c WriteOff, now time.Time) ([]domain.Event, error) {
	var check domain.Check
	checkText(&check, "/reason", "reason_invalid", c.Reason)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if err := s.checkWritable(); err != nil {
		return nil, s.withActions(err)
	}
	amount := s.Outstanding()
	lines, err := s.spread(amount, s.owed)
	if err != nil {
		return nil, err
	}
	return []domain.Event{WrittenOff{ID: s.ID, Amount: amount, Lines: lines, Reason: c.Reason, WrittenOffAt: now}}, nil
}

// checkWritable says invoice_not_finalized, invoice_voided or nothing_due.
func (s State) checkWritable() error {
	if err := s.checkIssued(); err != nil {
		return err
	}
	if s.PaymentStatus != PaymentPending {
		return domain.Conflict("nothing_due", "nothing is expected to be paid any more")
	}
	return nil
}

// checkIssued says invoice_not_finalized or invoice_voided.
func (s State) checkIssued() error {
	switch s.Status {
	case StatusFinalized:
		return nil
	case StatusVoided:
		return domain.Conflict("invoice_voided", "the invoice is void")
	}
	return domain.Conflict("invoice_not_finalized", "the invoice is not issued yet")
}

// withActions says of a conflict what the state does allow.
func (s State) withActions(err error) error {
	var rejection *domain.Rejection
	if errors.As(err, &rejection) {
		rejection.Actions = s.AvailableActions()
	}
	return err
}

func checkText(check *domain.Check, pointer, code, text string) {
	check.Require(len(text) > 0 && len(text) <= textMax, pointer, code, "%s must be 1 to %d bytes long", pointer[1:], textMax)
}
