package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Owed names an invoice whose money is to be collected. Nobody waits for invoices that are sent.
type Owed struct {
	Invoice string    `json:"invoice"`
	DueAt   time.Time `json:"due_at"`  // when it was issued: collected money is due at once
	Overdue bool      `json:"overdue"` // the subscription is past due because of it
}

func isOverdue(o Owed) bool { return o.Overdue }

// overdueAt tells when collecting has failed: it may take as long as anything else that waits for money.
func (o Owed) overdueAt() time.Time { return o.DueAt.Add(updateLife) }

// nextOverdue finds what is owed and becomes overdue first; ok is false when there is nothing.
func (s State) nextOverdue() (owed Owed, ok bool) {
	for _, candidate := range s.Owed {
		if !candidate.Overdue && (!ok || candidate.DueAt.Before(owed.DueAt)) {
			owed, ok = candidate, true
		}
	}
	return owed, ok
}

// purchase is a command that may buy more. Nobody buys more while payments are past due.
type purchase interface {
	Command
	buys(State) bool
}

func (Create) buys(State) bool { return true }

func (Upgrade) buys(s State) bool { return s.ID != "" }

func (c ChangeSeats) buys(s State) bool { return s.ID != "" && c.Seats > s.Seats }

func (ConvertTrial) buys(s State) bool { return s.ID != "" }

// pastDue lists the invoices of the workspace that are past due, whichever of its subscriptions they are of. Invoices that
// the account does not know of yet are those that the subscription is past due for.
func (s State) pastDue() []string {
	pastDue := slices.Clip(s.PastDue)
	for _, owed := range s.Owed {
		if owed.Overdue && !slices.Contains(pastDue, owed.Invoice) {
			pastDue = append(pastDue, owed.Invoice)
		}
	}
	return pastDue
}

// mayBuy reports whether nothing is past due.
func (s State) mayBuy() bool { return len(s.pastDue()) == 0 }

// checkPaid refuses with payment_past_due to buy more while invoices of the workspace are past due.
func (s State) checkPaid() error {
	if s.mayBuy() {
		return nil
	}
	rejection := &domain.Rejection{Kind: domain.KindDeclined, Code: "payment_past_due", Message: "invoices are past due: pay them first"}
	return rejection.With("invoices", s.pastDue())
}

// owes reports whether an invoice is overdue.
func (s State) owes() bool { return s.Status == StatusPastDue || s.Status == StatusRestricted }

// BecamePastDue notes that an invoice is overdue, perhaps beside others.
type BecamePastDue struct {
	ID      string    `json:"id"`
	Invoice string    `json:"invoice"`
	Since   time.Time `json:"since"`
}

// EventType gives the stored name.
func (BecamePastDue) EventType() string { return "subscription.became_past_due.v1" }

func (e BecamePastDue) evolve(s State) State {
	if s.Status == StatusActive {
		s.Status = StatusPastDue
	}
	s.Owed = slices.Clone(s.Owed)
	for i := range s.Owed {
		s.Owed[i].Overdue = s.Owed[i].Overdue || s.Owed[i].Invoice == e.Invoice
	}
	return s
}

// overdueEvents make the invoice overdue whose time is up.
func (s State) overdueEvents(at time.Time) []Fact {
	owed, _ := s.nextOverdue()
	return []Fact{BecamePastDue{ID: s.ID, Invoice: owed.Invoice, Since: at}}
}

// MissPayment tells that the money for an invoice did not come.
type MissPayment struct{ Invoice string }

func (MissPayment) action() string { return actionFollow }

// decide makes an invoice overdue that the subscription owes, before its time is up.
func (c MissPayment) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !slices.ContainsFunc(s.Owed, func(o Owed) bool { return o.Invoice == c.Invoice && !o.Overdue }) {
		return nil, nil
	}
	return []Fact{BecamePastDue{ID: s.ID, Invoice: c.Invoice, Since: meta.Now}}, nil
}

// Settle tells that an invoice does not expect money any more, in whatever way.
type Settle struct {
	Invoice string
}

// InvoiceSettled notes that no money is expected for an invoice any more.
type InvoiceSettled struct {
	ID      string `json:"id"`
	Invoice string `json:"invoice"`
}

// EventType gives the stored name.
func (InvoiceSettled) EventType() string { return "subscription.invoice_settled.v1" }

func (e InvoiceSettled) evolve(s State) State {
	s.Owed = slices.DeleteFunc(slices.Clone(s.Owed), func(o Owed) bool { return o.Invoice == e.Invoice })
	return s
}

// Recovered notes that nothing is overdue any more.
type Recovered struct {
	ID          string    `json:"id"`
	RecoveredAt time.Time `json:"recovered_at"`
}

// EventType gives the stored name.
func (Recovered) EventType() string { return "subscription.recovered.v1" }

func (Recovered) evolve(s State) State {
	s.Status = StatusActive
	return s
}

func (Settle) action() string { return actionFollow }

// decide forgets what is not owed any more. With the last that was overdue the subscription recovers.
func (c Settle) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !slices.ContainsFunc(s.Owed, func(o Owed) bool { return o.Invoice == c.Invoice }) {
		return nil, nil
	}
	settled := InvoiceSettled{ID: s.ID, Invoice: c.Invoice}
	if s.owes() && !slices.ContainsFunc(settled.evolve(s).Owed, isOverdue) {
		return []Fact{settled, Recovered{ID: s.ID, RecoveredAt: meta.Now}}, nil
	}
	return []Fact{settled}, nil
}

// Restrict tells that the subscription has been past due for too long.
type Restrict struct{}

// Restricted takes from the subscription what only those have who pay.
type Restricted struct {
	ID           string    `json:"id"`
	RestrictedAt time.Time `json:"restricted_at"`
}

// EventType gives the stored name.
func (Restricted) EventType() string { return "subscription.restricted.v1" }

func (Restricted) evolve(s State) State {
	s.Status = StatusRestricted
	return s
}

func (Restrict) action() string { return actionFollow }

func (Restrict) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.Status != StatusPastDue {
		return nil, nil
	}
	return []Fact{Restricted{ID: s.ID, RestrictedAt: meta.Now}}, nil
}
