package invoice

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
		hundred(),
		Opened{ID: "i", OpenedAt: now, CreditApplied: usd(1000), AmountDue: usd(10000)},
		finalized(1000, 10000, PaymentPending),
		paid(12000, 10000, 2000, 10000, PaymentSucceeded),
		Voided{ID: "i", Reason: "wrong", VoidedAt: now, CreditReturned: usd(1000), PaidReturned: usd(0)},
		noted(110, 10, 60, 20, 30, PaymentSucceeded, CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)}),
		WrittenOff{ID: "i", Amount: usd(110), Lines: []CreditedLine{{Key: "a", Amount: usd(100), Tax: usd(10)}}, Reason: "gone",
			WrittenOffAt: now},
		prorated(CreditedLine{Key: "a", Amount: usd(100), Tax: usd(10)}),
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
