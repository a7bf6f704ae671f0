package details

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

var update = flag.Bool("update", false, "write the golden files of new event types")

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	examples := map[string]domain.Event{}
	for _, event := range eventExamples() {
		examples[event.EventType()] = event
	}
	for _, eventType := range Type.Events {
		name := eventType.Zero.EventType()
		example, ok := examples[name]
		if !ok {
			t.Errorf("no example of %s", name)
			continue
		}
		compareGolden(t, name, example)
	}
	if len(examples) != len(Type.Events) {
		t.Errorf("%d examples of %d event types", len(examples), len(Type.Events))
	}
}

func eventExamples() []domain.Event { return []domain.Event{Set{}, Erased{}} }

// The private part is stored for ever too, unless it is erased.
func TestThePrivatePartKeepsItsShape(t *testing.T) {
	t.Parallel()
	compareGolden(t, "details.set.v1.private", ada)
	public, part := Type.Events[0].Private.Split(Set{&ada})
	joined, err := Type.Events[0].Private.Join(public, func(into any) error { *into.(*Details) = *part.(*Details); return nil })
	if public != (Set{}) || err != nil || *joined.(Set).Details != ada {
		t.Errorf("split into %+v and %+v, joined to %+v, %v", public, part, joined, err)
	}
	if _, part := Type.Events[0].Private.Split(Set{}); part != nil {
		t.Errorf("nothing has the part %+v", part)
	}
}

func compareGolden(t *testing.T, name string, value any) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "events", name+".json")
	if _, err := os.Stat(path); *update && os.IsNotExist(err) {
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, bytes.TrimSuffix(want, []byte("\n"))) {
		t.Errorf("%s is written as\n%s\nand stored as\n%s", name, data, want)
	}
	back := reflect.New(reflect.TypeOf(value))
	if err := json.Unmarshal(want, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), value) {
		t.Errorf("%s comes back as %+v, %v", name, back.Elem(), err)
	}
}
