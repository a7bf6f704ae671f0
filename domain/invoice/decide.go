package invoice

import (
	"errors"
	"slices"

	"github.com/tallystick/tallystick/domain"
)

const textMax = 500

// Command asks for something of one invoice. Ids are made at the edge, numbers are those of domain/numbering, and the
// workspace's account covers the credit, which is applied to it in the same group.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on an invoice. It refuses with a *[domain.Rejection] whose codes stand at the rules; conflicts of
// the state name the actions that it does allow.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) {
	switch c.(type) {
	case Draft, Open, Finalize: // come with the commands that bill
	default:
		if s.ID == "" {
			return nil, domain.NotFound("invoice_not_found", "there is no such invoice")
		}
	}
	return c.decide(s, meta)
}

// Names of what can be done with an invoice, as clients see them.
const (
	ActionRecordPayment = "record_payment"
	ActionVoid          = "void"
	ActionCredit        = "credit_notes"
	ActionWriteOff      = "write_off"
)

// Actions lists all of them, in the order that clients see.
var Actions = []string{ActionRecordPayment, ActionVoid, ActionCredit, ActionWriteOff}

// inFlight lists how payments stand whose outcome is awaited.
var inFlight = []PaymentStatus{PaymentProcessing, PaymentRequiresAction, PaymentUnknown}

// AvailableActions gives what the state allows, in a fixed order.
func (s State) AvailableActions() []string {
	actions := []string{}
	if s.Status == StatusVoided {
		return actions // a late payment is still taken, but nobody should be asked for it
	}
	for _, action := range []struct {
		name  string
		check func() error
		ends  bool // nobody expects the money any more
	}{
		{ActionRecordPayment, s.checkExpected, false},
		{ActionVoid, s.checkVoidable, true},
		{ActionCredit, s.checkCreditable, false},
		{ActionWriteOff, s.checkWritable, true},
	} {
		if action.check() == nil && !(action.ends && slices.Contains(inFlight, s.Following)) {
			actions = append(actions, action.name)
		}
	}
	return actions
}

// checkIssued refuses with invoice_not_finalized or invoice_voided.
func (s State) checkIssued() error {
	switch s.Status {
	case StatusFinalized:
		return nil
	case StatusVoided:
		return domain.Conflict("invoice_voided", "the invoice is void")
	default:
		return domain.Conflict("invoice_not_finalized", "the invoice is not issued yet")
	}
}

// withActions adds to a conflict the actions that the state does allow.
func (s State) withActions(err error) error {
	var rejection *domain.Rejection
	if errors.As(err, &rejection) {
		rejection.Actions = s.AvailableActions()
	}
	return err
}

func checkText(check *domain.Check, pointer, code, text string) {
	check.Text(pointer, code, text, 1, textMax)
}
