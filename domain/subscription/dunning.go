package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Ladder tells what becomes of a subscription while an invoice is not paid, by the policy that was in force when it fell due.
type Ladder struct {
	DueAt      time.Time  `json:"due_at"`
	RestrictAt time.Time  `json:"restrict_at"`
	CancelAt   *time.Time `json:"cancel_at"` // null: never
	Settlement Settlement `json:"settlement"`
}

// ladder gives the one that counts, which is that of what fell due first; nil where there is none.
func (s State) ladder() (first *Ladder) {
	for _, owed := range s.Owed {
		if owed.Overdue && owed.Ladder != nil && (first == nil || owed.Ladder.DueAt.Before(first.DueAt)) {
			first = owed.Ladder
		}
	}
	return first
}

// Dunning shows why a subscription is past due, and what comes of it.
type Dunning struct {
	Since      time.Time
	Invoices   []string // that are overdue
	RestrictAt *time.Time
	CancelAt   *time.Time
}

// Dunning tells how the subscription is followed up; nil where nothing is overdue.
func (s State) Dunning() *Dunning {
	var d Dunning
	for _, owed := range s.Owed {
		if !owed.Overdue {
			continue
		}
		if since := domain.Or(owed.Since, owed.DueAt); len(d.Invoices) == 0 || since.Before(d.Since) {
			d.Since = since
		}
		d.Invoices = append(d.Invoices, owed.Invoice)
	}
	if len(d.Invoices) == 0 {
		return nil
	}
	if ladder := s.ladder(); ladder != nil {
		d.RestrictAt, d.CancelAt = &ladder.RestrictAt, ladder.CancelAt
	}
	return &d
}

// held reports whether a gateway may be taking money that is owed, so that nothing is done for want of it.
func (s State) held() bool {
	for _, owed := range s.Owed {
		if owed.Held {
			return true
		}
	}
	return false
}

// nextDunning finds the next step of dunning; ok is false when there is none. An invoice is named whose ladder begins.
func (s State) nextDunning() (step Deadline, ok bool) {
	consider := func(at time.Time, invoice string) {
		if at = s.notBefore(at); !ok || at.Before(step.At) {
			step, ok = Deadline{Kind: DeadlineDunning, At: at, Invoice: invoice}, true
		}
	}
	for _, owed := range s.Owed {
		if owed.Overdue && owed.Ladder == nil && owed.OverdueAt != nil {
			consider(*owed.OverdueAt, owed.Invoice)
		}
	}
	ladder := s.ladder()
	if ladder == nil || s.held() {
		return step, ok
	}
	if s.Status == StatusPastDue {
		consider(ladder.RestrictAt, "")
	}
	if ladder.CancelAt != nil {
		consider(*ladder.CancelAt, "")
	}
	return step, ok
}

// dunningEvents carry out a step: a ladder begins, or the subscription is restricted, or it is canceled.
func (s State) dunningEvents(d Deadline, ladder *Ladder) ([]Fact, error) {
	counts := s.ladder()
	switch {
	case d.Invoice != "" && ladder == nil:
		return nil, errIncomplete
	case d.Invoice != "":
		return []Fact{DunningBegan{ID: s.ID, Invoice: d.Invoice, Ladder: *ladder, BeganAt: d.At}}, nil
	case s.Status == StatusPastDue && !d.At.Before(counts.RestrictAt):
		return []Fact{Restricted{ID: s.ID, RestrictedAt: d.At}}, nil
	}
	events := append(s.dropEvents(), s.canceledEvent(d.At, CanceledUnpaid, counts.Settlement))
	if !d.At.Before(s.CurrentPeriod.End) || counts.Settlement == SettlementNone {
		return events, nil
	}
	taken, err := s.takeBackEvents(cancelChange, TakenBackCanceled, counts.Settlement, d.At)
	return append(events, taken...), err
}

// DunningBegan tells what becomes of the subscription if an invoice is not paid.
type DunningBegan struct {
	ID      string `json:"id"`
	Invoice string `json:"invoice"`
	Ladder
	BeganAt time.Time `json:"began_at"`
}

// EventType gives the stored name.
func (DunningBegan) EventType() string { return "subscription.dunning_began.v1" }

func (e DunningBegan) evolve(s State) State {
	return s.withOwedAt(e.BeganAt).withOwed(e.Invoice, func(o *Owed) { o.Ladder = &e.Ladder })
}

// Restricted takes from the subscription what only those have who pay.
type Restricted struct {
	ID           string    `json:"id"`
	RestrictedAt time.Time `json:"restricted_at"`
}

// EventType gives the stored name.
func (Restricted) EventType() string { return "subscription.restricted.v1" }

func (e Restricted) evolve(s State) State {
	s.Status = StatusRestricted
	return s.withOwedAt(e.RestrictedAt)
}

// RestrictionLifted gives back what was taken, though the subscription is still past due: what is overdue now is younger.
type RestrictionLifted struct {
	ID       string    `json:"id"`
	LiftedAt time.Time `json:"lifted_at"`
}

// EventType gives the stored name.
func (RestrictionLifted) EventType() string { return "subscription.restriction_lifted.v1" }

func (RestrictionLifted) evolve(s State) State {
	s.Status = StatusPastDue
	return s
}

// Hold tells that a gateway may be taking the money for an invoice, which holds dunning until it answers.
type Hold struct{ Invoice string }

// DunningHeld notes that a gateway may be taking the money for an invoice.
type DunningHeld struct {
	ID      string    `json:"id"`
	Invoice string    `json:"invoice"`
	HeldAt  time.Time `json:"held_at"`
}

// EventType gives the stored name.
func (DunningHeld) EventType() string { return "subscription.dunning_held.v1" }

func (e DunningHeld) evolve(s State) State {
	return s.withOwed(e.Invoice, func(o *Owed) { o.Held = true })
}

func (Hold) action() string { return actionFollow }

func (c Hold) decide(s State, meta domain.Meta) ([]Fact, error) {
	if at := s.indexOwed(c.Invoice); at < 0 || s.Owed[at].Held {
		return nil, nil
	}
	return []Fact{DunningHeld{ID: s.ID, Invoice: c.Invoice, HeldAt: meta.Now}}, nil
}

// Release tells that the gateway answered.
type Release struct{ Invoice string }

// DunningReleased lets dunning go on.
type DunningReleased struct {
	ID         string    `json:"id"`
	Invoice    string    `json:"invoice"`
	ReleasedAt time.Time `json:"released_at"`
}

// EventType gives the stored name.
func (DunningReleased) EventType() string { return "subscription.dunning_released.v1" }

func (e DunningReleased) evolve(s State) State {
	return s.withOwedAt(e.ReleasedAt).withOwed(e.Invoice, func(o *Owed) { o.Held = false })
}

func (Release) action() string { return actionFollow }

func (c Release) decide(s State, meta domain.Meta) ([]Fact, error) {
	if at := s.indexOwed(c.Invoice); at < 0 || !s.Owed[at].Held {
		return nil, nil
	}
	return []Fact{DunningReleased{ID: s.ID, Invoice: c.Invoice, ReleasedAt: meta.Now}}, nil
}
