package domain

import "time"

// Meta is what a decision may know of the world beside the stream's state and the command.
type Meta struct {
	// Now is the time by the ledger's clock, in UTC and whole microseconds, so that what is decided is what is stored.
	Now time.Time
}

// State is what a stream's events add up to. It is a value: Evolve returns a new one and leaves the old one as it was,
// so a speculative decision can be thrown away and a cached state can be read without a lock.
type State interface {
	// Size estimates the bytes a state occupies. Caches are bounded by it.
	Size() int
}

// EventType tells the store how to read one type of event.
type EventType struct {
	// Zero is an empty value of the event; its EventType is the stored name.
	Zero Event
	// Upcast holds one step for each older schema: Upcast[0] takes the JSON of schema 1 to that of schema 2, and so on.
	// Stored events are never rewritten, so a step stays for ever.
	Upcast []func(data []byte) ([]byte, error)
	// Private is where the event keeps its private part; nil for a type without one.
	Private *Private
	// Erases says that the store deletes the private parts of the stream's earlier events with this one.
	Erases bool
}

// Schema is the number of the shape that the event is written in today, beginning with 1.
func (t EventType) Schema() int { return len(t.Upcast) + 1 }

// StreamType is what the store knows of one kind of stream: its name, its events and how to fold them.
type StreamType struct {
	Name    string
	Initial State
	Evolve  func(State, Event) State
	Events  []EventType
}

// NewStreamType makes a StreamType from a package's typed Evolve. The zero value of S is the state of an empty stream.
func NewStreamType[S State](name string, evolve func(S, Event) S, events ...EventType) StreamType {
	var initial S
	return StreamType{
		Name:    name,
		Initial: initial,
		Evolve:  func(state State, event Event) State { return evolve(state.(S), event) },
		Events:  events,
	}
}
