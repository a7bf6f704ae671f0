package domain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
)

// Snapshot tells the store how to keep a state outside the memory, so that a long stream is not folded from its first event
// after every start. It is a cache: the state that the events add up to is the only one that counts.
type Snapshot struct {
	// Revision numbers what is kept and what it means. It is raised by hand with every change of the two functions, of the
	// state or of its fold; what an older program kept is then passed over. [CheckSnapshot] notices where it was forgotten.
	Revision int
	// Encode gives the same bytes for the same state. An error keeps nothing.
	Encode func(State) ([]byte, error)
	Decode func([]byte) (State, error)
}

// NewSnapshot makes a Snapshot of a package's typed functions.
func NewSnapshot[S State](revision int, encode func(S) ([]byte, error), decode func([]byte) (S, error)) Snapshot {
	return Snapshot{
		Revision: revision,
		Encode:   func(state State) ([]byte, error) { return encode(state.(S)) },
		Decode:   func(data []byte) (State, error) { return decode(data) },
	}
}

// NewJSONSnapshot makes a Snapshot of a state whose JSON says everything.
func NewJSONSnapshot[S State](revision int) Snapshot {
	return NewSnapshot(revision,
		func(state S) ([]byte, error) { return json.Marshal(state) },
		func(data []byte) (state S, err error) { return state, json.Unmarshal(data, &state) })
}

// WithSnapshot has states of the stream type kept. A type whose events have private parts can't: they would outlive their
// erasure.
func (t StreamType) WithSnapshot(s Snapshot) StreamType {
	t.Snapshot = &s
	return t
}

// CheckSnapshot folds a history that has every event of the stream type, and holds what is kept of its state against the file
// "<stream type>@<revision>.json". Stream packages use it in their tests.
func CheckSnapshot(t T, of StreamType, files fs.FS, history ...Event) {
	t.Helper()
	shown := map[string]bool{}
	state := of.Initial
	for _, event := range history {
		shown[event.EventType()] = true
		state = of.Evolve(state, event)
	}
	for _, eventType := range of.Events {
		if name := eventType.Zero.EventType(); !shown[name] {
			t.Fatalf("the history has no %s", name)
		}
	}
	kept, err := of.Snapshot.Encode(state)
	if err != nil {
		t.Fatalf("%v", err)
	}
	back, err := of.Snapshot.Decode(kept)
	if err != nil || !reflect.DeepEqual(back, state) {
		t.Fatalf("%s comes back as\n%+v, %v\nwant\n%+v", kept, back, err, state)
	}
	name := fmt.Sprintf("%s@%d.json", of.Name, of.Snapshot.Revision)
	golden, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatalf("the state is kept as\n%s\nand there is no file of this revision: %v", kept, err)
	}
	if !bytes.Equal(kept, bytes.TrimSuffix(golden, []byte("\n"))) {
		t.Fatalf("the state is kept as\n%s\nand %s has\n%s\nraise Revision and add a file for it", kept, name, golden)
	}
}
