package invoice

import (
	"errors"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

var (
	errIncomplete = errors.New("an invoice needs an id, a workspace and a bill of a currency, and once it is issued a number")
	errCredit     = errors.New("credit is applied of nothing up to the total, and none to a negative one")
	errNotDraft   = errors.New("only a draft is opened or finalised")
)

// Reason tells why there is an invoice.
type Reason string

const (
	ReasonCreate  Reason = "create"  // a subscription begins
	ReasonChange  Reason = "change"  // it changes within a period
	ReasonRenewal Reason = "renewal" // its next period begins
	ReasonManual  Reason = "manual"
)

// Reasons lists all of them.
var Reasons = []Reason{ReasonCreate, ReasonChange, ReasonRenewal, ReasonManual}

// Draft writes down what is billed.
type Draft struct {
	ID           string
	Workspace    string
	Subscription *string
	Reason       Reason
	TimeZone     string
	Period       period.Period
	Bill         pricing.Bill
	DaysUntilDue int
	Collection   string
}

// Drafted carries all that is billed.
type Drafted struct {
	ID           string        `json:"id"`
	Workspace    string        `json:"workspace"`
	Subscription *string       `json:"subscription"`
	Reason       Reason        `json:"reason"`
	TimeZone     string        `json:"time_zone"` // that the days of its lines are counted in
	Period       period.Period `json:"period"`
	Bill         pricing.Bill  `json:"bill"`
	DaysUntilDue int           `json:"days_until_due"`
	Collection   string        `json:"collection,omitempty"` // how its money comes
}

// EventType gives the stored name.
func (Drafted) EventType() string { return "invoice.drafted.v1" }

func (e Drafted) evolve(State) State {
	none := money.Zero(e.Bill.Currency)
	s := State{
		ID: e.ID, Workspace: e.Workspace, Subscription: e.Subscription, Reason: e.Reason, Status: StatusDraft,
		PaymentStatus: PaymentPending, TimeZone: e.TimeZone, Period: e.Period, Bill: e.Bill, DaysUntilDue: e.DaysUntilDue,
		Collection: e.Collection, CreditApplied: none, AmountPaid: none, Credited: none, Reduced: none, WrittenOff: none, Refunded: none,
		Unnamed: Unnamed{Applied: none, Credit: none},
	}
	for _, line := range e.Bill.Lines {
		s.Lines = append(s.Lines, CreditedLine{Key: line.Key, Amount: none, Tax: none})
	}
	s.Prorated = s.Lines
	return s
}

// decide never refuses, as the other rules here: each comes with a command that bills, so that its errors are faults.
func (c Draft) decide(s State, _ domain.Meta) ([]Fact, error) {
	if s.ID != "" {
		return nil, fmt.Errorf("invoice %s is there already", s.ID)
	}
	if c.ID == "" || c.Workspace == "" || !c.Bill.Currency.Valid() {
		return nil, errIncomplete
	}
	return []Fact{Drafted(c)}, nil
}

// Open lets a draft wait for its payment before it has a number.
type Open struct {
	Credit money.Amount // to apply
}

// Opened lets what the invoice bills wait for its payment.
type Opened struct {
	ID            string       `json:"id"`
	OpenedAt      time.Time    `json:"opened_at"`
	CreditApplied money.Amount `json:"credit_applied"`
	AmountDue     money.Amount `json:"amount_due"`
}

// EventType gives the stored name.
func (Opened) EventType() string { return "invoice.opened.v1" }

func (e Opened) evolve(s State) State {
	s.Status, s.PaymentStatus, s.CreditApplied = StatusOpen, PaymentPending, e.CreditApplied
	return s
}

func (c Open) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.Status != StatusDraft {
		return nil, errNotDraft
	}
	due, err := s.dueAfter(c.Credit)
	if err != nil {
		return nil, err
	}
	return []Fact{Opened{ID: s.ID, OpenedAt: meta.Now, CreditApplied: c.Credit, AmountDue: due}}, nil
}

// Finalize issues a draft as of an instant.
type Finalize struct {
	Number   string
	Seller   *int64       // the version of the seller's profile, nil where there is none
	Credit   money.Amount // to apply; nothing of a negative total, which becomes credit
	Claims   []Claim      // that a negative total lowers first
	IssuedAt time.Time
	Dunning  int64 // the version of the policy of dunning; it counts where the invoice falls due as it is issued
}

// Finalized issues the invoice, which does not change any more.
type Finalized struct {
	ID            string        `json:"id"`
	Number        string        `json:"number"`
	IssuedAt      time.Time     `json:"issued_at"`
	DueAt         *time.Time    `json:"due_at"`         // null for a negative total
	CreditApplied money.Amount  `json:"credit_applied"` // negative: a negative total became credit
	AmountDue     money.Amount  `json:"amount_due"`
	PaymentStatus PaymentStatus `json:"payment_status"`
	Seller        *int64        `json:"seller,omitempty"` // the version of the profile that it shows
	// SettledAgainst lists what a negative total lowered; the rest of it became credit.
	SettledAgainst []Settled `json:"settled_against,omitempty"`
	// Dunning is the version of the policy by which it is followed up, where it falls due now; 0 where it is found by due_at.
	Dunning int64 `json:"dunning,omitzero"`
}

// Credit computes what of a negative total became credit.
func (e Finalized) Credit() money.Amount {
	credit := e.CreditApplied.Neg()
	for _, settled := range e.SettledAgainst {
		credit = credit.Minus(settled.Amount)
	}
	return credit
}

// EventType gives the stored name.
func (Finalized) EventType() string { return "invoice.finalized.v1" }

func (e Finalized) evolve(s State) State {
	s.Status, s.PaymentStatus, s.Number, s.Seller = StatusFinalized, e.PaymentStatus, e.Number, e.Seller
	s.CreditApplied, s.IssuedAt, s.DueAt, s.SettledAgainst = e.CreditApplied, &e.IssuedAt, e.DueAt, e.SettledAgainst
	s.Dunning = e.Dunning
	if s.Bill.Total.Sign() < 0 {
		s.DueAt = nil // events of earlier releases have one
	}
	return s
}

func (c Finalize) decide(s State, _ domain.Meta) ([]Fact, error) {
	if s.Status != StatusDraft {
		return nil, errNotDraft
	}
	if s.Bill.Total.Sign() < 0 && c.Credit.IsZero() {
		c.Credit = s.Bill.Total
	}
	due, err := s.dueAfter(c.Credit)
	if err != nil {
		return nil, err
	}
	status := PaymentPending
	if due.IsZero() {
		status = PaymentNotRequired
	}
	issued, err := s.issuedEvent(Finalized{Number: c.Number, Seller: c.Seller, IssuedAt: c.IssuedAt, CreditApplied: c.Credit, PaymentStatus: status})
	if err != nil {
		return nil, err
	}
	if issued.DueAt != nil && issued.DueAt.Equal(issued.IssuedAt) {
		issued.Dunning = c.Dunning
	}
	if s.Bill.Total.Sign() < 0 {
		issued.SettledAgainst, _ = setOff(s.Bill.Total.Neg(), c.Claims)
	}
	return []Fact{issued}, nil
}

// dueAfter computes what is left of the total after this much credit.
func (s State) dueAfter(credit money.Amount) (money.Amount, error) {
	due, err := s.Bill.Total.Sub(credit)
	if err != nil {
		return due, err
	}
	if credit.Sign() > 0 && due.Sign() < 0 || credit.Sign() < 0 && !due.IsZero() {
		return due, errCredit
	}
	return due, nil
}

// issuedEvent fills in what follows of an issue.
func (s State) issuedEvent(issued Finalized) (Finalized, error) {
	if issued.Number == "" || issued.IssuedAt.IsZero() {
		return issued, errIncomplete
	}
	issued.ID, issued.AmountDue = s.ID, s.Bill.Total.Minus(issued.CreditApplied)
	if s.Bill.Total.Sign() >= 0 {
		due, err := DueAt(issued.IssuedAt, s.DaysUntilDue, s.TimeZone)
		if err != nil {
			return issued, err
		}
		issued.DueAt = &due
	}
	return issued, nil
}
