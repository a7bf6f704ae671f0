package domain

import (
	"encoding/json"
	"testing"
	"testing/fstest"
)

// tally adds up what was sold.
type tally struct {
	Seats  int `json:"seats"`
	Secret int `json:"-"`
}

func (tally) Size() int { return 0 }

func TestCheckSnapshot(t *testing.T) {
	t.Parallel()
	seats := func(s tally, e Event) tally { s.Seats += e.(sold).Seats; return s }
	for name, test := range map[string]struct {
		evolve   func(tally, Event) tally
		revision int
		history  []Event
		fails    bool
	}{
		"as pinned":                    {seats, 1, []Event{sold{3}}, false},
		"a revision without a file":    {seats, 2, []Event{sold{3}}, true},
		"another fold":                 {func(s tally, e Event) tally { s.Seats = 7; return s }, 1, []Event{sold{3}}, true},
		"a state that is not all kept": {func(s tally, e Event) tally { return tally{3, 1} }, 1, []Event{sold{3}}, true},
		"an event that is not shown":   {seats, 1, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			toy := NewStreamType[Event]("toy", test.evolve, sold{}).WithSnapshot(NewJSONSnapshot[tally](test.revision))
			defer func() {
				if failed := recover(); (failed != nil) != test.fails {
					t.Errorf("failed: %v", failed)
				}
			}()
			CheckSnapshot(failing{}, toy, fstest.MapFS{"toy@1.json": {Data: []byte("{\"seats\":3}\n")}}, test.history...)
		})
	}
}

func TestASnapshotComesBack(t *testing.T) {
	t.Parallel()
	snapshot := NewJSONSnapshot[tally](1)
	data, err := snapshot.Encode(tally{Seats: 3})
	if err != nil || !json.Valid(data) {
		t.Fatalf("%s, %v", data, err)
	}
	if state, err := snapshot.Decode(data); err != nil || state != (tally{Seats: 3}) {
		t.Errorf("%v, %v", state, err)
	}
	if state, err := snapshot.Decode(data[1:]); err == nil {
		t.Errorf("half of it was read as %v", state)
	}
}
