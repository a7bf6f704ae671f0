package account

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

func eventExamples() []domain.Event {
	return []domain.Event{
		CreditGranted{ID: "g", Source: SourceInvoice, Invoice: new("i"), Amount: usd(2000), Reason: "sorry", Balance: usd(2500)},
		CreditApplied{Invoice: "i", Amount: usd(2000), Balance: usd(500)},
		CreditRefunded{ID: "r", Amount: usd(500), Reason: "asked", Balance: usd(0)},
	}
}

func compareGolden(t *testing.T, name string, event domain.Event) {
	t.Helper()
	data, err := json.Marshal(event)
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
	back := reflect.New(reflect.TypeOf(event))
	if err := json.Unmarshal(want, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), event) {
		t.Errorf("%s comes back as %+v, %v", name, back.Elem(), err)
	}
}
