package projections

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// All lists the read models of this program.
func All() []engine.Projection {
	return []engine.Projection{Catalog, Subscriptions, Licences, Seats, Invoices, Deadlines, Usage}
}

// others gives the events of a type of stream but for those that a read model takes.
func others(of domain.StreamType, taken ...domain.Event) []domain.Event {
	var rest []domain.Event
	for _, eventType := range of.Events {
		same := func(e domain.Event) bool { return e.EventType() == eventType.Zero.EventType() }
		if !slices.ContainsFunc(taken, same) {
			rest = append(rest, eventType.Zero)
		}
	}
	return rest
}

// entities are what the events are about, each once, in the order of their first event.
func entities(events []eventstore.Event) []string {
	var names []string
	seen := map[string]bool{}
	for _, event := range events {
		if name := event.Stream.Entity(); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// encode gives one form for one value, maps included: a rebuilt row must equal the live one to the byte.
func encode(value any) (string, error) {
	data, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", value, err)
	}
	return string(data), nil
}

func decode(data []byte, value any) error {
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("decode %T: %w", value, err)
	}
	return nil
}
