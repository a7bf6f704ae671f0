package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// ReversePayment tells that a gateway took money away again that had paid the invoice.
type ReversePayment struct {
	Payment string
	Amount  money.Amount
}

// dueAgain tells when an invoice is due that expects more money from an instant on: then, unless it was due before and is not paid.
func (s State) dueAgain(at time.Time) time.Time {
	if s.DueAt != nil && s.DueAt.Before(at) && s.Outstanding().Sign() > 0 {
		return *s.DueAt
	}
	return at
}

// PaymentReversed notes that money which had paid the invoice is gone, so that it is to be paid again, on that day unless it is late already.
type PaymentReversed struct {
	ID            string        `json:"id"`
	Payment       string        `json:"payment"`
	Amount        money.Amount  `json:"amount"`
	AmountPaid    money.Amount  `json:"amount_paid"` // all that is left
	PaymentStatus PaymentStatus `json:"payment_status"`
	DueAt         time.Time     `json:"due_at"`
}

// EventType gives the stored name.
func (PaymentReversed) EventType() string { return "invoice.payment_reversed.v1" }

func (e PaymentReversed) evolve(s State) State {
	s.AmountPaid, s.PaymentStatus = e.AmountPaid, e.PaymentStatus
	if s.Payment == e.Payment {
		s.Following = PaymentFailed
	}
	if s.DueAt != nil {
		s.DueAt = &e.DueAt
	}
	return s
}

// decide never refuses: the caller is at fault for more than was paid, or for an invoice that expects nothing any more.
func (c ReversePayment) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Payment == "" || s.Status != StatusOpen && s.Status != StatusFinalized || c.Amount.Sign() <= 0 || !covers(s.AmountPaid, c.Amount) {
		return nil, errIncomplete
	}
	e := PaymentReversed{ID: s.ID, Payment: c.Payment, Amount: c.Amount, AmountPaid: s.AmountPaid.Minus(c.Amount), DueAt: s.dueAgain(meta.Now)}
	e.PaymentStatus = e.evolve(s).standing()
	return []Fact{e}, nil
}

// WithdrawCredit tells that credit which had paid the invoice came of money that is gone.
type WithdrawCredit struct{ Amount money.Amount }

// CreditWithdrawn notes that credit pays less of the invoice, so that more of it is to be paid, on that day unless it is late already.
type CreditWithdrawn struct {
	ID            string        `json:"id"`
	Amount        money.Amount  `json:"amount"`
	CreditApplied money.Amount  `json:"credit_applied"` // what is left
	AmountDue     money.Amount  `json:"amount_due"`
	PaymentStatus PaymentStatus `json:"payment_status"`
	DueAt         time.Time     `json:"due_at"`
}

// EventType gives the stored name.
func (CreditWithdrawn) EventType() string { return "invoice.credit_withdrawn.v1" }

func (e CreditWithdrawn) evolve(s State) State {
	s.CreditApplied, s.PaymentStatus = e.CreditApplied, e.PaymentStatus
	if s.DueAt != nil {
		s.DueAt = &e.DueAt
	}
	return s
}

// decide never refuses: the caller is at fault for more than credit paid.
func (c WithdrawCredit) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.Status != StatusOpen && s.Status != StatusFinalized || c.Amount.Sign() <= 0 || !covers(s.CreditApplied, c.Amount) {
		return nil, errCredit
	}
	e := CreditWithdrawn{ID: s.ID, Amount: c.Amount, CreditApplied: s.CreditApplied.Minus(c.Amount), DueAt: s.dueAgain(meta.Now)}
	e.AmountDue = s.Bill.Total.Minus(e.CreditApplied)
	e.PaymentStatus = e.evolve(s).standing()
	return []Fact{e}, nil
}

// NoteDispute tells that a customer disputes a payment of the invoice, or how that ended.
type NoteDispute struct {
	Dispute string
	Payment string
	Open    bool
}

// DisputeNoted notes that a payment of the invoice is disputed, or is no more.
type DisputeNoted struct {
	ID      string    `json:"id"`
	Dispute string    `json:"dispute"`
	Payment string    `json:"payment"`
	Open    bool      `json:"open"`
	NotedAt time.Time `json:"noted_at"`
}

// EventType gives the stored name.
func (DisputeNoted) EventType() string { return "invoice.dispute_noted.v1" }

func (e DisputeNoted) evolve(s State) State {
	s.Disputes = slices.DeleteFunc(slices.Clone(s.Disputes), func(id string) bool { return id == e.Dispute })
	if e.Open {
		s.Disputes = append(s.Disputes, e.Dispute)
	}
	if len(s.Disputes) == 0 {
		s.Disputes = nil
	}
	return s
}

func (c NoteDispute) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Dispute == "" || c.Payment == "" {
		return nil, errIncomplete
	}
	if slices.Contains(s.Disputes, c.Dispute) == c.Open {
		return nil, nil
	}
	return []Fact{DisputeNoted{ID: s.ID, Dispute: c.Dispute, Payment: c.Payment, Open: c.Open, NotedAt: meta.Now}}, nil
}
