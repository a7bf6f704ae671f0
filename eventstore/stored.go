package eventstore

import (
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/eventstore/audit"
)

// stored gives the events of an appended batch as they are read from the log, without Data and private parts, and with their
// spans where there are any.
func (b *batch) stored(reply *appendReply, traced bool) (events []Event) {
	position := reply.tail
	for _, d := range b.decided {
		if d.fate != fateSent || d.err != nil {
			continue
		}
		c := &d.pending.command
		var span *trace.SpanContext
		if traced {
			span = tracedIn(d.pending.ctx)
		}
		groupLast := position + int64(len(d.proposed))
		for i := range d.proposed {
			position++
			proposed, encoded := &d.proposed[i], &d.encoded[i]
			leaf := audit.Leaf(position, groupLast, reply.recordedAt, encoded.body)
			events = append(events, Event{
				Position: position, GroupLast: groupLast, ID: encoded.id, Stream: proposed.Stream, Version: proposed.Version,
				Type: proposed.Fact.EventType(), Schema: encoded.schema,
				RecordedAt: reply.recordedAt.UTC(), EffectiveAt: proposed.EffectiveAt.UTC(),
				Actor: c.Actor, Command: c.ID, Correlation: c.Correlation, Causation: c.Causation,
				LeafHash: leaf[:], PrivateHash: encoded.privateHash, Fact: encoded.fact, size: len(encoded.data), span: span,
			})
		}
	}
	return events
}
