package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Owed is an invoice whose money is to be collected. Nobody waits for invoices that are sent.
type Owed struct {
	Invoice string    `json:"invoice"`
	DueAt   time.Time `json:"due_at"`
	Overdue bool      `json:"overdue"` // the subscription is past due because of it
}

// overdueAt is when collecting has failed: it may take as long as anything else that waits for money.
func (o Owed) overdueAt() time.Time { return o.DueAt.Add(updateLife) }

// nextOverdue is what is owed and becomes overdue first; ok is false when there is nothing.
func (s State) nextOverdue() (owed Owed, ok bool) {
	for _, candidate := range s.Owed {
		if !candidate.Overdue && (!ok || candidate.DueAt.Before(owed.DueAt)) {
			owed, ok = candidate, true
		}
	}
	return owed, ok
}

// settle forgets what is not owed any more. With the last that was overdue the subscription recovers.
func (s State) settle(invoice string, now time.Time) []domain.Event {
	at := slices.IndexFunc(s.Owed, func(o Owed) bool { return o.Invoice == invoice })
	if at < 0 {
		return nil
	}
	events := []domain.Event{InvoiceSettled{ID: s.ID, Invoice: invoice}}
	rest := Evolve(s, events[0])
	if s.owes() && !slices.ContainsFunc(rest.Owed, func(o Owed) bool { return o.Overdue }) {
		events = append(events, Recovered{ID: s.ID, RecoveredAt: now})
	}
	return events
}

func evolveOwed(s State, event domain.Event) State {
	s.Owed = slices.Clone(s.Owed)
	switch e := event.(type) {
	case BecamePastDue:
		if s.Status == StatusActive {
			s.Status = StatusPastDue
		}
		for i := range s.Owed {
			s.Owed[i].Overdue = s.Owed[i].Overdue || s.Owed[i].Invoice == e.Invoice
		}
	case InvoiceSettled:
		s.Owed = slices.DeleteFunc(s.Owed, func(o Owed) bool { return o.Invoice == e.Invoice })
	}
	return s
}
