package domain

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"reflect"
)

// CheckShapes holds an example of each event of a stream type against the JSON in which it is stored, byte for byte: what
// is stored is stored for ever. The files are named after the event types, and those of old versions never change. Stream
// packages use it in their tests.
func CheckShapes(t T, of StreamType, files fs.FS, examples ...Event) {
	t.Helper()
	shown := map[string]bool{}
	for _, example := range examples {
		shown[example.EventType()] = true
		CheckShape(t, files, example.EventType(), example)
	}
	for _, eventType := range of.Events {
		if name := eventType.Zero.EventType(); !shown[name] {
			t.Fatalf("no example of %s", name)
		}
	}
	if len(shown) != len(of.Events) {
		t.Fatalf("examples of %d types of events, and there are %d", len(shown), len(of.Events))
	}
}

// CheckShape holds one value against its stored JSON, such as the private part of an event.
func CheckShape(t T, files fs.FS, name string, value any) {
	t.Helper()
	written, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	stored, err := fs.ReadFile(files, name+".json")
	if err != nil {
		t.Fatalf("%s is written as\n%s\nand stored nowhere: %v", name, written, err)
	}
	if !bytes.Equal(written, bytes.TrimSuffix(stored, []byte("\n"))) {
		t.Fatalf("%s is written as\n%s\nand stored as\n%s", name, written, stored)
	}
	back := reflect.New(reflect.TypeOf(value))
	if err := json.Unmarshal(stored, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), value) {
		t.Fatalf("%s comes back as %+v, %v", name, back.Elem(), err)
	}
}
