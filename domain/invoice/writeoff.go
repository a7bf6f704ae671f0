package invoice

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// WriteOff gives the outstanding amount up. It may still be paid.
type WriteOff struct {
	Reason string
}

// WrittenOff gives the rest up.
type WrittenOff struct {
	ID           string         `json:"id"`
	Amount       money.Amount   `json:"amount"`
	Lines        []CreditedLine `json:"lines"` // what of each line the amount is, since tax and revenue are booked apart
	Reason       string         `json:"reason"`
	WrittenOffAt time.Time      `json:"written_off_at"`
	// LinesStay tells that the lines stay in force. What write-offs of earlier releases gave up was taken out of force.
	LinesStay bool `json:"lines_stay,omitempty"`
}

// EventType gives the stored name.
func (WrittenOff) EventType() string { return "invoice.written_off.v1" }

func (e WrittenOff) evolve(s State) State {
	s.PaymentStatus, s.WrittenOff, s.LinesTaken = PaymentUncollectible, s.WrittenOff.Plus(e.Amount), !e.LinesStay
	return s
}

// decide refuses with the codes of checkWritable, or reason_invalid. What a later bill prorated is owed all the same: its
// credit is that bill's.
func (c WriteOff) decide(s State, meta domain.Meta) ([]Fact, error) {
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
	return []Fact{WrittenOff{ID: s.ID, Amount: amount, Lines: lines, Reason: c.Reason, WrittenOffAt: meta.Now, LinesStay: true}}, nil
}

// checkWritable refuses with invoice_not_finalized, invoice_voided or nothing_due.
func (s State) checkWritable() error {
	if err := s.checkIssued(); err != nil {
		return err
	}
	if s.PaymentStatus != PaymentPending {
		return domain.Conflict("nothing_due", "nothing is expected to be paid any more")
	}
	return nil
}
