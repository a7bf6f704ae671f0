package projections

import (
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/finance"
	"github.com/tallystick/tallystick/projections/usage"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// All lists the read models of this program.
func All() []engine.Projection {
	return []engine.Projection{
		Catalog,
		Subscriptions,
		Plans,
		Seats,
		Invoices,
		Deadlines,
		usage.Model,
		Timeline,
		webhooks.Model,
		Payments,
		Features,
		finance.Model,
		Licenses,
	}
}

// entities names the streams of events without their type, each once, in the order of their first event.
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
