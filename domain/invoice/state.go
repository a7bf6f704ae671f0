package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("invoice", Evolve,
	Drafted{}, Opened{}, Finalized{}, PaymentRecorded{}, Voided{}, Credited{}, WrittenOff{}, LinesProrated{},
	CreditApplied{}, Lowered{}, PaymentStarted{}, PaymentFollowed{}, PaymentReversed{}, CreditWithdrawn{}, DisputeNoted{},
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
	Collection    string         `json:"collection"` // empty in invoices of earlier releases
	IssuedAt      *time.Time     `json:"issued_at"`
	DueAt         *time.Time     `json:"due_at"`
	CreditApplied money.Amount   `json:"credit_applied"`
	AmountPaid    money.Amount   `json:"amount_paid"`
	Credited      money.Amount   `json:"credited"`    // by credit notes, with tax
	Reduced       money.Amount   `json:"reduced"`     // what credit notes and other invoices took off what was owed
	WrittenOff    money.Amount   `json:"written_off"` // what was given up, and is neither paid nor taken back since
	Refunded      money.Amount   `json:"refunded"`    // by credit notes
	Lines         []CreditedLine `json:"lines"`       // what was credited of each line of the bill, by its index
	Prorated      []CreditedLine `json:"prorated"`    // of that, by lines of later bills
	ProratedBy    []string       `json:"prorated_by"` // the documents with those lines
	CreditNotes   []string       `json:"credit_notes"`
	// SettledAgainst lists what a negative total lowered, and Lowerings which documents, beside its own credit notes, lowered
	// this invoice.
	SettledAgainst []Settled  `json:"settled_against"`
	Lowerings      []Lowering `json:"lowerings"`
	// Unnamed holds money that was recorded before payments had names.
	Unnamed Unnamed `json:"unnamed"`
	// LinesTaken tells of a write-off of an earlier release, which took what it gave up out of force.
	LinesTaken bool `json:"lines_taken"`
	// Payment names the latest payment that a gateway is asked for, and Payments counts them.
	Payment  string `json:"payment,omitempty"`
	Payments int    `json:"payments,omitzero"`
	// Dunning is the version of the policy by which it is followed up; 0 where it is found by DueAt.
	Dunning int64 `json:"dunning,omitzero"`
	// Following tells how far that payment is; empty while it is not answered.
	Following PaymentStatus `json:"following,omitempty"`
	// Disputes names the disputes of its payments that are open.
	Disputes []string `json:"disputes,omitempty"`
}

// AmountDue computes what was to be paid when the invoice was issued.
func (s State) AmountDue() money.Amount { return s.Bill.Total.Minus(s.CreditApplied) }

// Outstanding computes what is still to be paid, which is nothing of a void invoice.
func (s State) Outstanding() money.Amount {
	if s.Status == StatusVoided || s.Status == StatusDraft {
		return money.Zero(s.Bill.Currency)
	}
	return s.AmountDue().Minus(s.AmountPaid).Minus(s.Reduced).Minus(s.WrittenOff)
}

// Owed computes what a payment still pays: what is outstanding, and what was written off.
func (s State) Owed() money.Amount {
	if s.Status == StatusVoided || s.Status == StatusDraft {
		return money.Zero(s.Bill.Currency)
	}
	return s.Outstanding().Plus(s.WrittenOff)
}

// standing gives the payment status that the amounts come to.
func (s State) standing() PaymentStatus {
	switch {
	case s.Outstanding().Sign() > 0:
		return PaymentPending
	case s.WrittenOff.Sign() > 0:
		return PaymentUncollectible
	case s.AmountPaid.Sign() > 0:
		return PaymentSucceeded
	default:
		return PaymentNotRequired
	}
}

// Completes reports whether a payment of this amount issues the invoice, so that it needs a number.
func (s State) Completes(amount money.Amount) bool {
	return s.Status == StatusOpen && covers(amount, s.Outstanding())
}

// Creditable computes what credit notes can still take back, with tax: what is left of the charges, however much the
// invoice's credit lines paid of them. Without credit lines it is no more than what is left of the total, which a line of
// more seats can lower where they make a plan cheaper.
func (s State) Creditable() money.Amount {
	none := money.Zero(s.Bill.Currency)
	if s.Status != StatusFinalized {
		return none
	}
	charges := none
	for i, line := range s.Bill.Lines {
		if isCharge(line) {
			charges = charges.Plus(s.grossLeft(i))
		}
	}
	if slices.ContainsFunc(s.Bill.Lines, isCredit) {
		return charges
	}
	if left := s.Bill.Total.Minus(s.Credited); left.Sign() > 0 {
		return lesser(left, charges)
	}
	return none
}

// Size estimates the bytes of the state.
func (s State) Size() int {
	return 1200 + 1400*len(s.Bill.Lines) + 40*(len(s.CreditNotes)+len(s.ProratedBy)) + 200*(len(s.SettledAgainst)+len(s.Lowerings))
}

// Fact is an event of an invoice with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
