package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
)

// Owed names an invoice that expects money.
type Owed struct {
	Invoice string    `json:"invoice"`
	DueAt   time.Time `json:"due_at"`  // when it was issued: collected money is due at once
	Overdue bool      `json:"overdue"` // the subscription is past due because of it
	// OverdueAt tells when an invoice that falls due later than it is issued, or is sent, is overdue; nil for all others.
	OverdueAt *time.Time `json:"overdue_at,omitempty"`
	Sent      bool       `json:"sent,omitempty"`   // nobody collects the money
	Held      bool       `json:"held,omitempty"`   // a gateway may be taking the money
	Since     *time.Time `json:"since,omitempty"`  // since when it is overdue
	Ladder    *Ladder    `json:"ladder,omitempty"` // nil before it falls due, and where an earlier release made it overdue
}

func isOverdue(o Owed) bool { return o.Overdue }

// overdueAt tells when an invoice that is sent is overdue, or else when collecting has failed: that may take as long as anything
// else that waits for money.
func (o Owed) overdueAt() time.Time {
	if o.Sent {
		return *o.OverdueAt
	}
	return o.DueAt.Add(updateLife)
}

// nextOverdue finds what is owed and becomes overdue first; ok is false when there is nothing. What a gateway may be taking waits.
func (s State) nextOverdue() (owed Owed, ok bool) {
	for _, candidate := range s.Owed {
		if !candidate.Overdue && !candidate.Held && (!ok || candidate.overdueAt().Before(owed.overdueAt())) {
			owed, ok = candidate, true
		}
	}
	return owed, ok
}

// overdueFrom tells when an invoice is overdue that is issued at an instant: as the civil day ends on which it is due.
func (s State) overdueFrom(issued time.Time) (time.Time, error) {
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return issued, err
	}
	due := period.DateIn(issued, zone).AddDays(s.DaysUntilDue)
	return period.Midnight(due.AddDays(1), zone), nil
}

func (s State) indexOwed(invoice string) int {
	return slices.IndexFunc(s.Owed, func(o Owed) bool { return o.Invoice == invoice })
}

// withOwed gives the state with an invoice that is owed changed.
func (s State) withOwed(invoice string, change func(*Owed)) State {
	if at := s.indexOwed(invoice); at >= 0 {
		s.Owed = slices.Clone(s.Owed)
		change(&s.Owed[at])
	}
	return s
}

// withOwedAt remembers when what is owed changed: nothing happens because of it as of an earlier instant.
func (s State) withOwedAt(at time.Time) State {
	if at.After(s.OwedAt) {
		s.OwedAt = at
	}
	return s
}

// notBefore gives an instant, or the later one at which what is owed changed.
func (s State) notBefore(at time.Time) time.Time {
	if at.Before(s.OwedAt) {
		return s.OwedAt
	}
	return at
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

// pastDue lists the invoices of the workspace whose payment is past due, whichever of its subscriptions they are of. Invoices
// that the account does not know of yet are those that the subscription is past due for. Those that are sent count once the
// subscription is restricted.
func (s State) pastDue() []string {
	pastDue := slices.Clip(s.PastDue)
	for _, owed := range s.Owed {
		if owed.Overdue && (!owed.Sent || s.Status == StatusRestricted) && !slices.Contains(pastDue, owed.Invoice) {
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
	return s.withOwedAt(e.Since).withOwed(e.Invoice, func(o *Owed) { o.Overdue, o.Held, o.Since = true, false, &e.Since })
}

// pastDueEvents make an invoice overdue. Its ladder begins at once where it has fallen due.
func (s State) pastDueEvents(invoice string, at time.Time, ladder *Ladder) []Fact {
	events := []Fact{BecamePastDue{ID: s.ID, Invoice: invoice, Since: at}}
	if ladder != nil {
		events = append(events, DunningBegan{ID: s.ID, Invoice: invoice, Ladder: *ladder, BeganAt: at})
	}
	return events
}

// MissPayment tells that the money for an invoice did not come.
type MissPayment struct {
	Invoice string
	Ladder  *Ladder // nil where the invoice has not fallen due
}

func (MissPayment) action() string { return actionFollow }

// decide makes an invoice overdue that the subscription owes, before its time is up.
func (c MissPayment) decide(s State, meta domain.Meta) ([]Fact, error) {
	if at := s.indexOwed(c.Invoice); at < 0 || s.Owed[at].Overdue {
		return nil, nil
	}
	return s.pastDueEvents(c.Invoice, meta.Now, c.Ladder), nil
}

// Settle tells that an invoice does not expect money any more, in whatever way.
type Settle struct {
	Invoice string
}

// InvoiceSettled notes that no money is expected for an invoice any more.
type InvoiceSettled struct {
	ID        string    `json:"id"`
	Invoice   string    `json:"invoice"`
	SettledAt time.Time `json:"settled_at,omitzero"`
}

// EventType gives the stored name.
func (InvoiceSettled) EventType() string { return "subscription.invoice_settled.v1" }

func (e InvoiceSettled) evolve(s State) State {
	s.Owed = slices.DeleteFunc(slices.Clone(s.Owed), func(o Owed) bool { return o.Invoice == e.Invoice })
	return s.withOwedAt(e.SettledAt)
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

// decide forgets what is not owed any more. With the last that was overdue the subscription recovers; one that was restricted
// because of it is past due again where what else is overdue is younger.
func (c Settle) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.indexOwed(c.Invoice) < 0 {
		return nil, nil
	}
	settled := InvoiceSettled{ID: s.ID, Invoice: c.Invoice, SettledAt: meta.Now}
	after := settled.evolve(s)
	switch ladder := after.ladder(); {
	case s.owes() && !slices.ContainsFunc(after.Owed, isOverdue):
		return []Fact{settled, Recovered{ID: s.ID, RecoveredAt: meta.Now}}, nil
	case s.Status == StatusRestricted && (ladder == nil || ladder.RestrictAt.After(meta.Now)):
		return []Fact{settled, RestrictionLifted{ID: s.ID, LiftedAt: meta.Now}}, nil
	}
	return []Fact{settled}, nil
}

// OweAgain tells that an invoice of a subscription expects more money, since what paid it was taken back.
type OweAgain struct {
	Subscription string
	Invoice      string
	OwedAt       time.Time // from when on collecting it may take its time
	OverdueAt    time.Time // when the day ends on which it is due now
	Sent         bool      // nobody collects the money
	Ladder       *Ladder   // nil where it is not past due yet
}

// InvoiceOwedAgain notes that an invoice that was settled expects money again, or that one which expects some is due earlier.
type InvoiceOwedAgain struct {
	ID      string    `json:"id"`
	Invoice string    `json:"invoice"`
	OwedAt  time.Time `json:"owed_at"`
	// OverdueAt tells when an invoice that is sent is overdue, or one that is due earlier; nil for all others.
	OverdueAt *time.Time `json:"overdue_at,omitempty"`
	Sent      bool       `json:"sent,omitempty"` // nobody collects the money
}

// EventType gives the stored name.
func (InvoiceOwedAgain) EventType() string { return "subscription.invoice_owed_again.v1" }

func (e InvoiceOwedAgain) evolve(s State) State {
	if s.indexOwed(e.Invoice) < 0 {
		s.Owed = append(slices.Clip(s.Owed), Owed{Invoice: e.Invoice, DueAt: e.OwedAt, OverdueAt: e.OverdueAt, Sent: e.Sent})
		return s
	}
	return s.withOwed(e.Invoice, func(o *Owed) {
		if e.OverdueAt != nil {
			o.OverdueAt = e.OverdueAt
		}
	})
}

func (OweAgain) action() string { return actionFollow }

// decide makes an invoice that is collected overdue at once where that has failed, and one that is sent as the day ends. Nothing
// comes of a subscription that is over.
func (c OweAgain) decide(s State, meta domain.Meta) (events []Fact, err error) {
	if s.ID != c.Subscription || !s.Live() {
		return nil, nil
	}
	again := InvoiceOwedAgain{ID: s.ID, Invoice: c.Invoice, OwedAt: c.OwedAt, Sent: c.Sent}
	var owed Owed
	at := s.indexOwed(c.Invoice)
	if at >= 0 {
		owed = s.Owed[at]
	}
	earlier := owed.OverdueAt != nil && owed.Ladder == nil && c.OverdueAt.Before(*owed.OverdueAt)
	if earlier || at < 0 && c.Sent {
		again.OverdueAt = &c.OverdueAt
	}
	if earlier || at < 0 {
		events = append(events, again)
	}
	if c.Ladder != nil && !c.Sent && !owed.Overdue && !owed.Held {
		events = append(events, s.pastDueEvents(c.Invoice, meta.Now, c.Ladder)...)
	}
	return events, nil
}
