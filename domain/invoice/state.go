package invoice

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("invoice", Evolve,
	Drafted{}, Opened{}, Finalized{}, PaymentRecorded{}, Voided{}, Credited{}, WrittenOff{}, LinesProrated{},
)

// Stream names one invoice.
func Stream(id string) domain.Stream { return domain.NewStream("invoice", id) }

// Status tells how far the document is.
type Status string

const (
	StatusDraft     Status = "draft"
	StatusOpen      Status = "open"
	StatusFinalized Status = "finalized"
	StatusVoided    Status = "voided"
)

// Statuses lists all of them.
var Statuses = []Status{StatusDraft, StatusOpen, StatusFinalized, StatusVoided}

// State describes an invoice; it has no ID before its draft. Its slices are never written to.
type State struct {
	ID            string         `json:"id"`
	Workspace     string         `json:"workspace"`
	Subscription  *string        `json:"subscription"`
	Reason        Reason         `json:"reason"`
	Status        Status         `json:"status"`
	PaymentStatus PaymentStatus  `json:"payment_status"`
	Number        string         `json:"number"` // empty until finalised
	Seller        *int64         `json:"seller,omitempty"`
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

// AmountDue computes what was to be paid when the invoice was issued.
func (s State) AmountDue() money.Amount { return s.Bill.Total.Minus(s.CreditApplied) }

// Outstanding computes what is still to be paid, which is nothing of a void invoice.
func (s State) Outstanding() money.Amount {
	if s.Status == StatusVoided || s.Status == StatusDraft {
		return money.Zero(s.Bill.Currency)
	}
	return s.AmountDue().Minus(s.AmountPaid).Minus(s.Reduced)
}

// Completes reports whether a payment of this amount issues the invoice, so that it needs a number.
func (s State) Completes(amount money.Amount) bool {
	return s.Status == StatusOpen && covers(amount, s.Outstanding())
}

// Creditable computes what credit notes can still take back, with tax: what is left of the total, and no more than what is
// left of the charges. Credit lines make the one less, and later bills that prorate a charge the other.
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

// Size estimates the bytes of the state.
func (s State) Size() int { return 1000 + 1400*len(s.Bill.Lines) + 40*len(s.CreditNotes) }

// Fact is an event of an invoice with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
