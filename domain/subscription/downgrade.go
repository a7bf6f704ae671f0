package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Downgrade changes to any other price at the period's end; in a trial at once.
type Downgrade struct {
	Change string
	Price  string
	Terms  pricing.Terms
}

// Downgraded gives other terms from a period's beginning on, or at once in a trial.
type Downgraded struct {
	ID          string        `json:"id"`
	Change      string        `json:"change"`
	From        string        `json:"from"` // the price before
	Terms       pricing.Terms `json:"terms"`
	EffectiveAt time.Time     `json:"effective_at"`
}

// EventType gives the stored name.
func (Downgraded) EventType() string { return "subscription.downgraded.v1" }

func (e Downgraded) evolve(s State) State {
	s.Terms = e.Terms
	return s
}

func (Downgrade) action() string { return ActionDowngrade }

// decide refuses with no_change, currency_mismatch, not_a_downgrade or seats_out_of_range. The change waits for the
// period's end, but not in a trial, and replaces what waited before.
func (c Downgrade) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Change == "" {
		return nil, errIncomplete
	}
	if err := s.checkDowngrade(c.Terms, meta.Now); err != nil {
		return nil, err
	}
	if s.Status == StatusTrialing {
		return s.trialPriceEvents(c.Terms, c.Change, meta.Now)
	}
	return s.scheduleEvents(PendingChange{
		Change: c.Change, Kind: ChangeDowngrade, Terms: c.Terms, Seats: s.Seats, EffectiveAt: s.CurrentPeriod.End,
	}), nil
}

func (s State) checkDowngrade(terms pricing.Terms, now time.Time) error {
	if err := s.checkTerms(now, terms); err != nil {
		return err
	}
	if pricing.CompareTerms(s.Terms, terms) != pricing.ChangeDowngrade {
		return s.conflict(now, "not_a_downgrade", "price %s is an upgrade from %s", terms.Price, s.Terms.Price)
	}
	return checkSeats("/price", terms, s.Seats)
}

// PendingChange waits for the period's end.
type PendingChange struct {
	Change      string        `json:"change"`
	Kind        ChangeKind    `json:"kind"`
	Terms       pricing.Terms `json:"terms"`
	Seats       int64         `json:"seats"`
	EffectiveAt time.Time     `json:"effective_at"`
}

// ChangeScheduled lets a change wait for the period's end.
type ChangeScheduled struct {
	ID string `json:"id"`
	PendingChange
}

// EventType gives the stored name.
func (ChangeScheduled) EventType() string { return "subscription.change_scheduled.v1" }

func (e ChangeScheduled) evolve(s State) State {
	s.PendingChange = &e.PendingChange
	return s
}

// scheduleEvents let a change wait, instead of another one; the same again changes nothing.
func (s State) scheduleEvents(change PendingChange) []Fact {
	var events []Fact
	if waiting := s.PendingChange; waiting != nil {
		if waiting.Kind == change.Kind && waiting.Terms.Price == change.Terms.Price && waiting.Seats == change.Seats {
			return nil
		}
		events = append(events, s.unscheduledEvent(UnscheduledReplaced))
	}
	return append(events, ChangeScheduled{ID: s.ID, PendingChange: change})
}

// Reasons why a scheduled change will not happen.
const (
	UnscheduledCanceled   = "canceled"
	UnscheduledReplaced   = "replaced"   // by another one
	UnscheduledSuperseded = "superseded" // by a change at once
	UnscheduledPaused     = "paused"
	UnscheduledEnding     = "ending" // the subscription will end
)

// CancelPendingChange takes back what waits for the period's end.
type CancelPendingChange struct{}

// ChangeUnscheduled drops a change that waited for the period's end.
type ChangeUnscheduled struct {
	ID     string `json:"id"`
	Change string `json:"change"`
	Reason string `json:"reason"`
}

// EventType gives the stored name.
func (ChangeUnscheduled) EventType() string { return "subscription.change_unscheduled.v1" }

func (ChangeUnscheduled) evolve(s State) State {
	s.PendingChange = nil
	return s
}

func (CancelPendingChange) action() string { return ActionCancelPendingChange }

func (CancelPendingChange) decide(s State, _ domain.Meta) ([]Fact, error) {
	return []Fact{s.unscheduledEvent(UnscheduledCanceled)}, nil
}

func (s State) unscheduledEvent(reason string) Fact {
	return ChangeUnscheduled{ID: s.ID, Change: s.PendingChange.Change, Reason: reason}
}

// dropEvents end all that waits.
func (s State) dropEvents(reason string) []Fact {
	var events []Fact
	if s.PendingUpdate != nil {
		events = append(events, s.updateCanceledEvent())
	}
	if s.PendingChange != nil {
		events = append(events, s.unscheduledEvent(reason))
	}
	return events
}

// pendingEvents make what waited for the period's end happen. Fewer seats are never fewer than are in use by then.
func (s State) pendingEvents(at time.Time, inUse int64) []Fact {
	waiting := s.PendingChange
	switch {
	case waiting == nil:
		return nil
	case waiting.Kind == ChangeOfSeats:
		seats := min(max(waiting.Seats, inUse), s.Seats)
		if seats == s.Seats {
			return nil
		}
		return []Fact{SeatsChanged{ID: s.ID, From: s.Seats, To: seats, EffectiveAt: at}}
	}
	terms := waiting.Terms
	if terms.Cycle().Months() == s.Terms.Cycle().Months() {
		terms.Proration = s.Terms.Proration // as long as the anchor stays, so does the grain of its boundaries
	}
	return []Fact{Downgraded{ID: s.ID, Change: waiting.Change, From: s.Terms.Price, Terms: terms, EffectiveAt: at}}
}
