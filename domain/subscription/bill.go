package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Billed issues an invoice with this bill, in the same group of events.
type Billed struct {
	ID           string        `json:"id"`
	Change       string        `json:"change"`
	Invoice      string        `json:"invoice"`
	Reason       Reason        `json:"reason"`
	BilledAt     time.Time     `json:"billed_at"`
	DaysUntilDue int           `json:"days_until_due"`
	Period       period.Period `json:"period"`
	Bill         pricing.Bill  `json:"bill"`
	Refund       *money.Amount `json:"refund"`  // in bills of earlier releases that settled an end: the part of their credit that was paid back
	Collect      bool          `json:"collect"` // money is to come for it, though nothing waits for that
	// OverdueAt tells when it is overdue, where money is to come that falls due later, or that nobody collects.
	OverdueAt *time.Time `json:"overdue_at,omitempty"`
}

// EventType gives the stored name.
func (Billed) EventType() string { return "subscription.billed.v1" }

func (e Billed) evolve(s State) State {
	s = s.withBill(e.Bill, e.Invoice)
	if e.Collect || e.OverdueAt != nil {
		s.Owed = append(slices.Clip(s.Owed), Owed{Invoice: e.Invoice, DueAt: e.BilledAt, OverdueAt: e.OverdueAt, Sent: !e.Collect})
	}
	return s
}

// billEvents issue a bill, unless it has no lines, and note on it what money is to come that nothing waits for.
func (s State) billEvents(change string, reason Reason, at time.Time, bill pricing.Bill, b Billing) ([]Fact, error) {
	if len(bill.Lines) == 0 {
		return nil, nil
	}
	billed := Billed{
		ID: s.ID, Change: change, Invoice: b.Invoice, Reason: reason, BilledAt: at, DaysUntilDue: s.DaysUntilDue,
		Period: span(bill), Bill: bill,
	}
	due, err := amountDue(bill, b.Credit)
	if err != nil || due.Sign() <= 0 {
		return []Fact{billed}, err
	}
	billed.Collect = s.Collection == CollectionAutomatic
	if !billed.Collect || s.DaysUntilDue > 0 {
		overdue, err := s.overdueFrom(at)
		if err != nil {
			return nil, err
		}
		billed.OverdueAt = &overdue
	}
	return []Fact{billed}, nil
}

// span gives the time that a bill is for. What is billed beside the seats does not make it longer.
func span(bill pricing.Bill) period.Period {
	return pricing.Span(slices.DeleteFunc(slices.Clone(bill.Lines), func(l pricing.Line) bool { return !l.OfSeats() }))
}

// amountDue computes what of a bill the account's credit does not cover, which is nothing of a negative one.
func amountDue(bill pricing.Bill, credit money.Amount) (money.Amount, error) {
	if bill.Total.Sign() <= 0 {
		return bill.Total.Mul(0), nil
	}
	if credit.Currency() == "" {
		return bill.Total, nil
	}
	applied, err := lesser(credit, bill.Total)
	if err != nil {
		return applied, err
	}
	return bill.Total.Sub(applied)
}

func lesser(a, b money.Amount) (money.Amount, error) {
	more, err := a.Cmp(b)
	if more > 0 {
		return b, err
	}
	return a, err
}

// withBill puts the lines in force that a bill charges. More seats come beside what is in force, and any other charge, as
// any credit, is of a change that ends all of that.
func (s State) withBill(bill pricing.Bill, invoice string) State {
	s = s.withCredits(bill)
	s.InForce = slices.Clone(s.InForce)
	for _, line := range bill.Lines {
		if !line.OfSeats() {
			continue
		}
		if line.Kind != pricing.LineKindSeats {
			s = s.withoutForce(line.Period.Start)
		}
		if line.Kind != pricing.LineKindCredit {
			s = s.withUse(line)
			s = s.withLine(line, invoice)
		}
	}
	return s
}

// indexInForce finds a line in force by its key; it gives -1 for one that is not.
func (s State) indexInForce(key string) int {
	return slices.IndexFunc(s.InForce, func(d pricing.Debit) bool { return d.Line.Key == key })
}

// Invoices lists those that billed what is in force, in the order of the bills.
func (s State) Invoices() []string {
	var invoices []string
	for _, debit := range s.InForce {
		if !slices.Contains(invoices, debit.Invoice) {
			invoices = append(invoices, debit.Invoice)
		}
	}
	return invoices
}
