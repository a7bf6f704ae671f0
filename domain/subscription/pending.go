package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// PendingChange waits for the next period, which begins with these terms and seats. Kind tells what of them changes; seats
// that do not change are always those of today.
type PendingChange struct {
	Change      string        `json:"change"`
	Kind        ChangeKind    `json:"kind"`
	Terms       pricing.Terms `json:"terms"`
	Seats       int64         `json:"seats"`
	EffectiveAt time.Time     `json:"effective_at"`
}

func (p *PendingChange) changesPrice() bool { return p != nil && p.Kind != ChangeOfSeats }

func (p *PendingChange) changesSeats() bool {
	return p != nil && (p.Kind == ChangeOfSeats || p.Kind == ChangeOfPriceAndSeats)
}

// ChangeScheduled lets a change wait for the next period.
type ChangeScheduled struct {
	ID string `json:"id"`
	PendingChange
}

// EventType gives the stored name.
func (ChangeScheduled) EventType() string { return "subscription.change_scheduled.v1" }

func (e ChangeScheduled) evolve(s State) State {
	waiting := e.PendingChange
	if waiting.Kind == ChangeDowngrade {
		waiting.Kind = ChangeOfPrice
	}
	s.PendingChange = &waiting
	return s
}

// scheduleEvents let the next period begin with these terms and seats, instead of with what waited before. Nothing waits
// where they are those of today.
func (s State) scheduleEvents(change string, terms pricing.Terms, seats int64) []Fact {
	scheduled := PendingChange{Change: change, Terms: terms, Seats: seats, EffectiveAt: s.CurrentPeriod.End}
	switch price, fewer := terms.Price != s.Terms.Price, seats != s.Seats; {
	case price && fewer:
		scheduled.Kind = ChangeOfPriceAndSeats
	case price:
		scheduled.Kind = ChangeOfPrice
	case fewer:
		scheduled.Kind = ChangeOfSeats
	}
	waiting := s.PendingChange
	switch {
	case waiting == nil && scheduled.Kind == "":
		return nil
	case waiting == nil:
		return []Fact{ChangeScheduled{ID: s.ID, PendingChange: scheduled}}
	case scheduled.Kind == "":
		return []Fact{s.unscheduledEvent(UnscheduledCanceled)}
	case waiting.Kind == scheduled.Kind && waiting.Terms.Price == terms.Price && waiting.Seats == seats:
		return nil
	}
	return []Fact{s.unscheduledEvent(UnscheduledReplaced), ChangeScheduled{ID: s.ID, PendingChange: scheduled}}
}

// Reasons why a scheduled change will not happen.
const (
	UnscheduledCanceled   = "canceled"
	UnscheduledReplaced   = "replaced"   // by another one
	UnscheduledSuperseded = "superseded" // by a change at once
	UnscheduledPaused     = "paused"     // in older events: now it waits for the resume
	UnscheduledEnding     = "ending"     // the subscription ends
)

// CancelPendingChange takes back what waits for the next period.
type CancelPendingChange struct{}

// ChangeUnscheduled drops a change that waited for the next period.
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

// nextTerms gives the terms that the next period will have.
func (s State) nextTerms() pricing.Terms {
	if !s.PendingChange.changesPrice() {
		return s.Terms
	}
	terms := s.PendingChange.Terms
	if terms.Cycle().Months() == s.Terms.Cycle().Months() {
		terms.Proration = s.Terms.Proration // as long as the anchor stays, so does the grain of its boundaries
	}
	return terms
}

// nextSeats gives the seats that the next period will have with so many in use: fewer than today only where that waits, and
// never fewer than are in use.
func (s State) nextSeats(inUse int64) int64 {
	if !s.PendingChange.changesSeats() {
		return s.Seats
	}
	return min(max(s.PendingChange.Seats, inUse), s.Seats)
}

// takeEffectEvents give the terms and seats to a period that begins.
func (s State) takeEffectEvents(terms pricing.Terms, seats int64, at time.Time) []Fact {
	var events []Fact
	if terms.Price != s.Terms.Price {
		events = append(events, Downgraded{
			ID: s.ID, Change: s.PendingChange.Change, From: s.Terms.Price, Terms: terms, EffectiveAt: at,
		})
	}
	return append(events, s.seatsEvents(seats, at)...)
}

func (s State) seatsEvents(seats int64, at time.Time) []Fact {
	if seats == s.Seats {
		return nil
	}
	return []Fact{SeatsChanged{ID: s.ID, From: s.Seats, To: seats, EffectiveAt: at}}
}

// reachesNextPeriod reports whether the next period begins before the subscription ends. A trial has none to wait for.
func (s State) reachesNextPeriod() bool {
	return s.Cancellation == nil || s.Status == StatusTrialing || s.CurrentPeriod.End.Before(s.Cancellation.At)
}

// WaitingLimit gives the most seats that may be in use while another price waits, so that the next period can begin with
// it; ok is false where nothing bounds them.
func (s State) WaitingLimit() (most int64, ok bool) {
	if !s.PendingChange.changesPrice() || s.PendingChange.Terms.MaxSeats == nil {
		return 0, false
	}
	return *s.PendingChange.Terms.MaxSeats, true
}
