package testbed

import (
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// Group lists the events that one command writes, stream by stream.
type Group []Written

// Written lists the events that a command writes to one stream.
type Written struct {
	Stream domain.Stream
	Events []domain.Event
}

// To is a group of one stream.
func To(stream domain.Stream, events ...domain.Event) Group { return Group{}.And(stream, events...) }

// And gives the group with events of one more stream.
func (g Group) And(stream domain.Stream, events ...domain.Event) Group {
	return append(g, Written{Stream: stream, Events: events})
}

// Command writes the group at the time of its decision.
func (g Group) Command() eventstore.Command { return g.CommandAt((*eventstore.Decision).Now) }

// CommandAt writes the group at a time of its own.
func (g Group) CommandAt(when func(*eventstore.Decision) time.Time) eventstore.Command {
	id := uuid.Must(uuid.NewV7())
	c := eventstore.Command{ID: id, Actor: "tester", Correlation: id.String(), Resource: g[0].Stream}
	for _, w := range g {
		c.Writes = append(c.Writes, w.Stream)
	}
	c.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
		for _, w := range g {
			d.AppendAt(w.Stream, when(d), w.Events...)
		}
		return eventstore.Answer{Status: 200, Body: []byte("{}")}, nil
	}
	return c
}
