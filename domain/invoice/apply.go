package invoice

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// ApplyCredit pays an issued invoice by the workspace's credit.
type ApplyCredit struct{ Amount money.Amount }

// CreditApplied notes that the workspace's credit pays an issued invoice, or a part of it.
type CreditApplied struct {
	ID            string        `json:"id"`
	Amount        money.Amount  `json:"amount"`
	AppliedAt     time.Time     `json:"applied_at"`
	CreditApplied money.Amount  `json:"credit_applied"` // all of it, with what was applied before
	AmountDue     money.Amount  `json:"amount_due"`
	PaymentStatus PaymentStatus `json:"payment_status"`
}

// EventType gives the stored name.
func (CreditApplied) EventType() string { return "invoice.credit_applied.v1" }

func (e CreditApplied) evolve(s State) State {
	s.CreditApplied, s.PaymentStatus = e.CreditApplied, e.PaymentStatus
	return s
}

// decide never refuses: the caller is at fault for more than is outstanding.
func (c ApplyCredit) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.Status != StatusFinalized || c.Amount.Sign() <= 0 || !covers(s.Outstanding(), c.Amount) {
		return nil, errCredit
	}
	e := CreditApplied{ID: s.ID, Amount: c.Amount, AppliedAt: meta.Now, CreditApplied: s.CreditApplied.Plus(c.Amount)}
	e.AmountDue = s.Bill.Total.Minus(e.CreditApplied)
	e.PaymentStatus = e.evolve(s).standing()
	return []Fact{e}, nil
}
