package projections

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
)

// All are the read models of this program.
func All() []Projection {
	return []Projection{Catalog, Subscriptions, Licences, Seats, Invoices, Deadlines, Usage}
}

// StreamTypes are all that there is events of, but for those of the store itself. A type that is missing here stops every
// read model at its first event.
func StreamTypes() []domain.StreamType {
	return append([]domain.StreamType{catalog.Type, seating.Type, subscription.Type}, moneyTypes...)
}

// moneyTypes are the streams that say what money becomes of plans, and who pays it; what plans and seats are follows without
// them.
var moneyTypes = []domain.StreamType{account.Type, invoice.Type, numbering.Type, trial.Type, details.Type}

// of are the page's events of one type of stream, in order.
func (p Page) of(streamType string) []eventstore.Event {
	var events []eventstore.Event
	for _, event := range p.Events {
		if event.Stream.Type() == streamType {
			events = append(events, event)
		}
	}
	return events
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
