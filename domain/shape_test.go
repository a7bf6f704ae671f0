package domain

import (
	"fmt"
	"testing"
	"testing/fstest"
)

type sold struct {
	Seats int `json:"seats"`
}

func (sold) EventType() string { return "toy.sold.v1" }

type mute struct {
	Secret int `json:"-"`
}

func (mute) EventType() string { return "toy.mute.v1" }

type nothing struct{}

func (nothing) Size() int { return 0 }

// failing notes the first failure as a panic, since a real one would end the test.
type failing struct{}

func (failing) Helper() {}

func (failing) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func TestCheckShapes(t *testing.T) {
	t.Parallel()
	ignore := func(s nothing, _ Event) nothing { return s }
	toy := NewStreamType[Event]("toy", ignore, sold{}, mute{})
	files := fstest.MapFS{"toy.sold.v1.json": {Data: []byte("{\"seats\":3}\n")}, "toy.mute.v1.json": {Data: []byte("{}")}}
	for name, test := range map[string]struct {
		examples []Event
		files    fstest.MapFS
		fails    bool
	}{
		"as stored":        {[]Event{sold{3}, mute{}}, files, false},
		"another value":    {[]Event{sold{4}, mute{}}, files, true},
		"stored nowhere":   {[]Event{sold{3}, mute{}}, fstest.MapFS{}, true},
		"comes back empty": {[]Event{sold{3}, mute{1}}, files, true},
		"no example":       {[]Event{sold{3}}, files, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if failed := recover(); (failed != nil) != test.fails {
					t.Errorf("failed: %v", failed)
				}
			}()
			CheckShapes(failing{}, toy, test.files, test.examples...)
		})
	}
}
