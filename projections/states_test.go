package projections

import (
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// TestEveryStateIsShown asks the state of each stream for its JSON after each event of the canned history. A state that keeps
// fields to itself says by a method of its own what is shown.
func TestEveryStateIsShown(t *testing.T) {
	t.Parallel()
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		t.Fatal(err)
	}
	types, states := map[string]domain.StreamType{}, map[domain.Stream]domain.State{}
	for _, streamType := range append(command.StreamTypes(), clock.Type) {
		types[streamType.Name] = streamType
	}
	for i, line := range cannedHistory(t) {
		fact, err := codec.Decode(line.Type, line.Schema, line.Data)
		if err != nil {
			t.Fatal(err)
		}
		stream := line.Stream
		state, known := states[stream]
		if !known {
			state = types[stream.Type()].Initial
		}
		states[stream] = types[stream.Type()].Evolve(state, fact)
		shown, err := json.Marshal(states[stream])
		if err != nil || known && string(shown) == "{}" && stream.Type() != "entitlement" {
			t.Errorf("behind event %d, %s: %s is shown as %s, %v", i+1, line.Type, stream, shown, err)
		}
	}
	for name, streamType := range types {
		of := reflect.TypeOf(streamType.Initial)
		if of.Implements(reflect.TypeFor[json.Marshaler]()) {
			continue
		}
		for i := range of.NumField() {
			if field := of.Field(i); field.IsExported() && !field.Anonymous && field.Tag.Get("json") == "" {
				t.Errorf("%s of %s has no name in JSON", field.Name, name)
			}
		}
		if of.NumField() == 1 && !of.Field(0).IsExported() {
			t.Errorf("nothing of %s is shown", name)
		}
	}
}
