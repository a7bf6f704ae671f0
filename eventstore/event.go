package eventstore

import (
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore/audit"
)

// Event is a stored event with its envelope.
type Event struct {
	Position    int64
	GroupLast   int64 // the position of the last event of the same command
	ID          uuid.UUID
	Stream      domain.Stream
	Version     int64
	Type        string
	Schema      int
	RecordedAt  time.Time // when it was appended, by the database's clock
	EffectiveAt time.Time // when it took effect, by the ledger's clock
	Actor       string    // the id of the API key that gave the command
	Command     uuid.UUID
	Correlation string
	Causation   string // "" where nothing caused it but a client
	Data        []byte // canonical JSON, as hashed
	LeafHash    []byte

	// PrivateHash is of the private part and its salt, and stays when these are erased; all are nil for an event that never
	// had one.
	PrivateHash []byte
	PrivateSalt []byte
	Private     []byte // canonical JSON, as hashed

	// Fact is what Data says, and Private as long as it is there, in today's shape.
	Fact domain.Event

	size int                // of Data, for an event that is kept without it
	span *trace.SpanContext // of the command, while an event is kept by the process that wrote it; nil where that is not traced
}

// Body gives the fields that the first stage of the leaf hash covers.
func (e *Event) Body(ledger uuid.UUID) audit.Body {
	return audit.Body{
		Ledger: ledger, Stream: string(e.Stream), Version: e.Version, EventID: e.ID, Type: e.Type, Schema: e.Schema, EffectiveAt: e.EffectiveAt,
		Actor: e.Actor, Command: e.Command, Correlation: e.Correlation, Causation: e.Causation, PrivateHash: e.PrivateHash, Data: e.Data,
	}
}
