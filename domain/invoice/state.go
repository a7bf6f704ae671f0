package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Stream is one invoice.
func Stream(id string) domain.Stream { return domain.NewStream("invoice", id) }

// Status is how far the document is.
type Status string

const (
	StatusDraft     Status = "draft"
	StatusOpen      Status = "open"
	StatusFinalized Status = "finalized"
	StatusVoided    Status = "voided"
)

// State is an invoice; it has no ID before its draft. Its slices are never written to.
type State struct {
	ID            string         `json:"id"`
	Workspace     string         `json:"workspace"`
	Subscription  *string        `json:"subscription"`
	Reason        Reason         `json:"reason"`
	Status        Status         `json:"status"`
	PaymentStatus PaymentStatus  `json:"payment_status"`
	Number        string         `json:"number"` // empty until finalised
	TimeZone      string         `json:"time_zone"`
	Period        period.Period  `json:"period"`
	Bill          pricing.Bill   `json:"bill"`
	DaysUntilDue  int            `json:"days_until_due"`
	IssuedAt      *time.Time     `json:"issued_at"`
	DueAt         *time.Time     `json:"due_at"`
	CreditApplied money.Amount   `json:"credit_applied"`
	AmountPaid    money.Amount   `json:"amount_paid"`
	Credited      money.Amount   `json:"credited"` // by credit notes, with tax
	Reduced       money.Amount   `json:"reduced"`  // of that, off what was outstanding
	Refunded      money.Amount   `json:"refunded"` // of that, paid back
	Lines         []CreditedLine `json:"lines"`    // what was credited of each line of the bill, by its index
	Prorated      []CreditedLine `json:"prorated"` // of that, by lines of later bills
	CreditNotes   []string       `json:"credit_notes"`
}

// AmountDue is what was to be paid when the invoice was issued.
func (s State) AmountDue() money.Amount { return s.Bill.Total.Minus(s.CreditApplied) }

// Outstanding is what is still to be paid; of an invoice that is void nothing is.
func (s State) Outstanding() money.Amount {
	if s.Status == StatusVoided || s.Status == StatusDraft {
		return money.Zero(s.Bill.Currency)
	}
	return s.AmountDue().Minus(s.AmountPaid).Minus(s.Reduced)
}

// Overdue reports whether an issued invoice is to be paid and its time is up.
func (s State) Overdue(now time.Time) bool {
	return s.Status == StatusFinalized && s.PaymentStatus == PaymentPending && !now.Before(*s.DueAt)
}

// Completes reports whether a payment of this amount issues the invoice, so that it needs a number.
func (s State) Completes(amount money.Amount) bool {
	return s.Status == StatusOpen && covers(amount, s.Outstanding())
}

// Creditable is what credit notes can still take back, with tax: what is left of the total, and no more than what is left
// of the charges. Credit lines make the one less, and later bills that prorate a charge the other.
func (s State) Creditable() money.Amount {
	none := money.Zero(s.Bill.Currency)
	if s.Status != StatusFinalized || s.Bill.Total.Sign() < 0 {
		return none
	}
	charges := none
	for i, line := range s.Bill.Lines {
		if line.Base().Sign() > 0 {
			charges = charges.Plus(s.grossLeft(i))
		}
	}
	return lesser(s.Bill.Total.Minus(s.Credited), charges)
}

// Names of what can be done with an invoice, as clients see them.
const (
	ActionRecordPayment = "record_payment"
	ActionVoid          = "void"
	ActionCredit        = "credit_notes"
	ActionWriteOff      = "write_off"
)

// AvailableActions are what the state allows, in a fixed order.
func (s State) AvailableActions() []string {
	actions := []string{}
	if s.Status == StatusVoided {
		return actions // a late payment is still taken, but nobody should be asked for it
	}
	for _, action := range []struct {
		name  string
		check func() error
	}{
		{ActionRecordPayment, s.checkPayable},
		{ActionVoid, s.checkVoidable},
		{ActionCredit, s.checkCreditable},
		{ActionWriteOff, s.checkWritable},
	} {
		if action.check() == nil {
			actions = append(actions, action.name)
		}
	}
	return actions
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 1000 + 1400*len(s.Bill.Lines) + 40*len(s.CreditNotes) }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State {
	switch e := event.(type) {
	case Drafted:
		return drafted(e)
	case Opened:
		s.Status, s.PaymentStatus, s.CreditApplied = StatusOpen, PaymentPending, e.CreditApplied
	case Finalized:
		s.Status, s.PaymentStatus, s.Number = StatusFinalized, e.PaymentStatus, e.Number
		s.CreditApplied, s.IssuedAt, s.DueAt = e.CreditApplied, &e.IssuedAt, &e.DueAt
	case PaymentRecorded:
		s.AmountPaid, s.PaymentStatus = e.AmountPaid, e.PaymentStatus
	case Voided:
		s.Status, s.PaymentStatus = StatusVoided, PaymentNotRequired
	case Credited:
		return s.credited(e)
	case WrittenOff:
		s.PaymentStatus = PaymentUncollectible
	case LinesProrated:
		s.Lines, s.Prorated = added(s.Lines, e.Lines), added(s.Prorated, e.Lines)
	}
	return s
}

func drafted(e Drafted) State {
	none := money.Zero(e.Bill.Currency)
	s := State{
		ID: e.ID, Workspace: e.Workspace, Subscription: e.Subscription, Reason: e.Reason, Status: StatusDraft,
		PaymentStatus: PaymentPending, TimeZone: e.TimeZone, Period: e.Period, Bill: e.Bill, DaysUntilDue: e.DaysUntilDue,
		CreditApplied: none, AmountPaid: none, Credited: none, Reduced: none, Refunded: none,
	}
	for _, line := range e.Bill.Lines {
		s.Lines = append(s.Lines, CreditedLine{Key: line.Key, Amount: none, Tax: none})
	}
	s.Prorated = s.Lines
	return s
}

func (s State) credited(e Credited) State {
	s.Lines = added(s.Lines, e.Lines)
	s.Credited, s.Reduced, s.Refunded = s.Credited.Plus(e.Total), s.Reduced.Plus(e.Reduced), s.Refunded.Plus(e.Refund)
	s.CreditNotes = append(slices.Clip(s.CreditNotes), e.CreditNote)
	s.PaymentStatus = e.PaymentStatus
	return s
}

// added are the sums of what was credited, line by line.
func added(sums, lines []CreditedLine) []CreditedLine {
	sums = slices.Clone(sums)
	for _, line := range lines {
		if at := slices.IndexFunc(sums, func(l CreditedLine) bool { return l.Key == line.Key }); at >= 0 {
			sums[at].Amount, sums[at].Tax = sums[at].Amount.Plus(line.Amount), sums[at].Tax.Plus(line.Tax)
		}
	}
	return sums
}
