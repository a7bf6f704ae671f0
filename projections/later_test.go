package projections

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// laterEvent is of a stream type that only a later release of the program knows.
type laterEvent struct{}

func (laterEvent) EventType() string { return "later.happened.v1" }

type laterState struct{}

func (laterState) Size() int { return 1 }

type laterStream struct{ domain.StreamType }

var laterType = laterStream{domain.NewStreamType[domain.Event]("later",
	func(s laterState, _ domain.Event) laterState { return s }, laterEvent{})}

func (laterStream) stream() domain.Stream { return domain.NewStream("later", "main") }

// later is the bench as the later release has it.
func (b *bench) later() *bench {
	b.t.Helper()
	codec, err := eventstore.NewCodec(append(StreamTypes(), laterType.StreamType)...)
	if err != nil {
		b.t.Fatal(err)
	}
	later := *b
	later.codec = codec
	if later.store, err = eventstore.New(b.pool("store", 2, appRole), codec, eventstore.Options{}); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(later.store.Close)
	return &later
}

func events(facts ...domain.Event) []domain.Event { return facts }
