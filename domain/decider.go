package domain

import (
	"slices"
	"time"
)

// Meta tells a decision about the world beside the stream's state and the command.
type Meta struct {
	// Now gives the time by the ledger's clock, in UTC and whole microseconds, so that it is stored as it was decided.
	Now time.Time
}

// State sums up a stream's events. It is a value: Evolve returns a new one and leaves the old one as it was, so a
// speculative decision can be thrown away and a cached state can be read without a lock.
type State interface {
	// Size estimates the bytes a state occupies. Caches are bounded by it.
	Size() int
}

// EventType tells the store how to read one type of event.
type EventType struct {
	// Zero gives an empty value of the event; its EventType is the stored name.
	Zero Event
	// Upcast holds one step for each older schema: Upcast[0] takes the JSON of schema 1 to that of schema 2, and so on.
	// Stored events are never rewritten, so a step stays for ever.
	Upcast []func(data []byte) ([]byte, error)
	// Private finds the event's private part; it is nil for a type without one.
	Private *Private
	// Erases makes the store delete the private parts of the stream's earlier events with this one.
	Erases bool
}

// Schema numbers the shape that the event is written in today, beginning with 1.
func (t EventType) Schema() int { return len(t.Upcast) + 1 }

// StreamType tells the store about one kind of stream: its name, its events and how to fold them.
type StreamType struct {
	Name    string
	Initial State
	Evolve  func(State, Event) State
	// EvolveAll folds many events, whose states between nobody sees.
	EvolveAll func(State, []Event) State
	Events    []EventType
	// Admit refuses an event that must not be stored, with the refusal of its command; nil for a type that takes all.
	Admit func(Event) error
	// Snapshot keeps states of the type; nil for a type whose streams are always read from their first event.
	Snapshot *Snapshot
}

// NewStreamType makes a StreamType of a package's Evolve and its events. F is the package's Fact, so that an event without
// its fold does not compile. The zero value of S is the state of an empty stream.
func NewStreamType[F Event, S State](name string, evolve func(S, Event) S, events ...F) StreamType {
	var initial S
	t := StreamType{
		Name:    name,
		Initial: initial,
		Evolve:  func(state State, event Event) State { return evolve(state.(S), event) },
		EvolveAll: func(state State, events []Event) State {
			s := state.(S)
			for _, event := range events {
				s = evolve(s, event)
			}
			return s
		},
	}
	for _, zero := range events {
		t.Events = append(t.Events, EventType{Zero: zero})
	}
	return t
}

// EvolvingAll gives a StreamType a faster way to fold many events, which must lead to the same state.
func EvolvingAll[S State](t StreamType, evolveAll func(S, []Event) S) StreamType {
	t.EvolveAll = func(state State, events []Event) State { return evolveAll(state.(S), events) }
	return t
}

// Admitting gives a StreamType a rule that holds for each of its events before it is stored.
func (t StreamType) Admitting(admit func(Event) error) StreamType {
	t.Admit = admit
	return t
}

// With describes some of the stream's events further: their older schemas, their private parts, what they erase. It panics
// when the stream has no such event.
func (t StreamType) With(described ...EventType) StreamType {
	t.Events = slices.Clone(t.Events)
	for _, event := range described {
		name := event.Zero.EventType()
		at := slices.IndexFunc(t.Events, func(known EventType) bool { return known.Zero.EventType() == name })
		if at < 0 {
			panic("the stream type " + t.Name + " has no event " + name)
		}
		t.Events[at] = event
	}
	return t
}

// Fold folds an event into a state by a package's Fact.evolve. An event of another stream changes nothing.
func Fold[F Event, S State](s S, event Event, evolve func(F, S) S) S {
	if fact, ok := event.(F); ok {
		return evolve(fact, s)
	}
	return s
}

// Events gives a package's facts as events.
func Events[F Event](facts []F) []Event {
	events := make([]Event, len(facts))
	for i, fact := range facts {
		events[i] = fact
	}
	return events
}
