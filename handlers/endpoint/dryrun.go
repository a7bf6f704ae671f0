package endpoint

import (
	"net/http"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/eventstore"
)

// DryRunType is the content type of a dry run's answer, which tells it from that of the command done in earnest.
const DryRunType = "application/vnd.tallystick.dry-run+json"

// DryRun shows what a command would do.
type DryRun struct {
	view reflect.Type
	show func([]DryRunEvent, []eventstore.Proposed) any
}

// DryRunEvent shows an event that a command would write.
type DryRunEvent struct {
	Stream string         `json:"stream" example:"seating:acme"`
	Type   string         `json:"type" example:"seating.allocated.v1"`
	Data   jsontext.Value `json:"data" doc:"Without the event's private part."`
}

// ShowDryRun shows dry runs as V, which is made of the events as they are shown and as they were decided.
func ShowDryRun[V any](show func([]DryRunEvent, []eventstore.Proposed) V) DryRun {
	return DryRun{view: reflect.TypeFor[V](), show: func(shown []DryRunEvent, decided []eventstore.Proposed) any {
		return show(shown, decided)
	}}
}

// View gives the type of a dry run's answer.
func (d DryRun) View() reflect.Type { return d.view }

// sendDryRun shows the events. The ETag is of the resource as it is, since nothing was done to it.
func (c *Call) sendDryRun(outcome eventstore.Outcome) error {
	events := make([]DryRunEvent, len(outcome.Proposed))
	for i, proposed := range outcome.Proposed {
		data, _, err := c.server.codec.Encode(proposed.Fact)
		if err != nil {
			return err
		}
		events[i] = DryRunEvent{Stream: string(proposed.Stream), Type: proposed.Fact.EventType(), Data: data}
	}
	c.header(storedVersion(outcome), unversioned)
	return c.send(http.StatusOK, DryRunType, marshal(c.server.dryRun.show(events, outcome.Proposed)))
}
