package eventstore_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
)

func leave(stream domain.Stream, text string) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		d.Append(stream, noteLeft{Colour: "red", Note: &note{To: "ada", Text: text}})
		return nil
	})
}

func burn(stream domain.Stream) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		d.Append(stream, notesBurnt{})
		return nil
	})
}

// leafOf is the leaf as an auditor computes it, from the envelope, the data and the private hash alone.
func (b *bench) leafOf(e eventstore.Event) string {
	body := audit.Body{
		Ledger: b.ledger.ID, Stream: string(e.Stream), Version: e.Version, EventID: e.ID, Type: e.Type, Schema: e.Schema,
		EffectiveAt: e.EffectiveAt, Actor: e.Actor, Command: e.Command, Correlation: e.Correlation, Causation: e.Causation,
		PrivateHash: e.PrivateHash, Data: e.Data,
	}.Hash()
	leaf := audit.Leaf(e.Position, e.GroupLast, e.RecordedAt, body)
	return string(leaf[:])
}

// parts are the texts of the private parts that are there, by position.
func (b *bench) parts() map[int64]string {
	b.t.Helper()
	rows, err := b.admin.Query(b.ctx, `SELECT position, data FROM tallystick.private_parts WHERE ledger_id = $1`, [16]byte(b.ledger.ID))
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	parts := map[int64]string{}
	for rows.Next() {
		var position int64
		var data []byte
		if err := rows.Scan(&position, &data); err != nil {
			b.t.Fatal(err)
		}
		parts[position] = string(data)
	}
	return parts
}

// stateIn is a stream's state as a process has it.
func (b *bench) stateIn(store *eventstore.Store, stream domain.Stream) (state box) {
	b.t.Helper()
	b.execute(store, command(stream, func(d *eventstore.Decision) error {
		state = eventstore.StateOf[box](d, stream)
		return nil
	}))
	return state
}

func TestAPrivatePartStandsBesideItsEvent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 10, "red"))
	b.execute(store, leave("box:a", "héllo"))
	b.execute(store, leave("box:b", "héllo"))

	events := b.events()
	if plain := events[0]; plain.Private != nil || plain.PrivateHash != nil || plain.PrivateSalt != nil {
		t.Errorf("an event without a private part has %+v", plain)
	}
	for _, e := range events[1:] {
		if fact := e.Fact.(noteLeft); fact.Colour != "red" || *fact.Note != (note{"ada", "héllo"}) {
			t.Errorf("came back as %+v with %+v", fact, fact.Note)
		}
		const part = `{"a_text":"héllo","to":"ada"}`
		if string(e.Data) != `{"colour":"red"}` || string(e.Private) != part {
			t.Errorf("stored as %s with %s", e.Data, e.Private)
		}
		// The definition, taken literally.
		text := "tallystick/private/v1"
		for _, field := range []string{string(e.PrivateSalt), part} {
			text += string(binary.BigEndian.AppendUint32(nil, uint32(len(field)))) + field
		}
		if hash := sha256.Sum256([]byte(text)); string(hash[:]) != string(e.PrivateHash) || len(e.PrivateSalt) != 16 {
			t.Errorf("private hash %x with salt %x", e.PrivateHash, e.PrivateSalt)
		}
		if b.leafOf(e) != string(e.LeafHash) {
			t.Errorf("the leaf at position %d is another", e.Position)
		}
	}
	if string(events[1].PrivateHash) == string(events[2].PrivateHash) {
		t.Error("equal parts have one hash")
	}
	stream, err := b.codec.Stream(b.ctx, b.admin, b.ledger.ID, "box:b", 0, 10)
	if err != nil || len(stream) != 1 || stream[0].Fact.(noteLeft).Note == nil {
		t.Errorf("read by stream: %+v, %v", stream, err)
	}
	page, err := eventstore.NewChunks(b.codec).Page(b.ctx, b.admin, b.ledger.ID, 2, 3, events[2].LeafHash, eventstore.Selection{StreamTypes: []string{"box"}})
	if err != nil || len(page) != 2 || page[1].Fact.(noteLeft).Note == nil {
		t.Errorf("read as a page: %+v, %v", page, err)
	}
}

func TestErasingLeavesEverythingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store, other := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	b.execute(store, put("box:a", 10, "red"))
	b.execute(store, leave("box:a", "first"))
	b.execute(store, leave("box:b", "kept"))
	b.execute(store, leave("box:a", "second"))
	if state := b.stateIn(other, "box:a"); state.Note.Text != "second" {
		t.Errorf("another process has %+v", state)
	}
	before := b.events()

	b.execute(store, burn("box:a"))
	b.execute(store, leave("box:a", "later"))
	after := b.events()
	for i, e := range after {
		if b.leafOf(e) != string(e.LeafHash) || i < len(before) && string(before[i].LeafHash) != string(e.LeafHash) {
			t.Errorf("the leaf at position %d is another", e.Position)
		}
	}
	for i, want := range []bool{false, false, true, false, false, true} {
		fact, hasNote := after[i].Fact.(noteLeft)
		if there := hasNote && fact.Note != nil; there != want || (after[i].Private != nil) != want || (after[i].PrivateSalt != nil) != want {
			t.Errorf("position %d: private part %v, want %v", i+1, there, want)
		}
	}
	if parts := b.parts(); len(parts) != 2 || !strings.Contains(parts[3], "kept") || !strings.Contains(parts[6], "later") {
		t.Errorf("parts %v", parts)
	}
	for name, process := range map[string]*eventstore.Store{
		"the process itself": store, "one that knew the stream": other, "a new one": b.process(eventstore.Options{}),
	} {
		if state := b.stateIn(process, "box:a"); state != (box{Balls: 1, Note: note{"ada", "later"}}) {
			t.Errorf("%s has %+v", name, state)
		}
	}
	b.execute(other, burn("box:a"))
	if state := b.stateIn(store, "box:a"); state != (box{Balls: 1}) {
		t.Errorf("state %+v", state)
	}
	if state := b.stateIn(b.process(eventstore.Options{}), "box:a"); state != (box{Balls: 1}) {
		t.Errorf("replayed state %+v", state)
	}
}

// A batch may hold an event, what erases it, and one that comes after; and what is refused before them moves them down.
func TestErasingWithinABatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store, other := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	b.execute(store, put("box:moved", 10, "red"))
	b.execute(other, put("box:moved", 10, "red")) // what the first process knows of it is old now
	b.stateIn(store, "box:a")

	release := b.holdLock()
	var callers sync.WaitGroup
	callers.Go(func() { b.execute(store, put("box:first", 1, "red")) })
	b.awaitWaiting(1)
	group := command("box:a", func(d *eventstore.Decision) error {
		d.Append("box:a", noteLeft{Note: &note{Text: "gone"}}, notesBurnt{}, noteLeft{Note: &note{Text: "here"}})
		return nil
	})
	for _, c := range []eventstore.Command{put("box:moved", 10, "blue"), group, leave("box:b", "there")} {
		callers.Go(func() { b.execute(store, c) })
	}
	release()
	callers.Wait()
	texts := map[string]bool{}
	for _, e := range b.events() {
		fact, isNote := e.Fact.(noteLeft)
		if isNote && fact.Note != nil {
			texts[string(e.Stream)+" "+fact.Note.Text] = true
		}
		if private := b.parts()[e.Position]; private != string(e.Private) {
			t.Errorf("position %d has the part %q", e.Position, private)
		}
		if b.leafOf(e) != string(e.LeafHash) {
			t.Errorf("the leaf at position %d is another", e.Position)
		}
	}
	if fmt.Sprint(texts) != "map[box:a here:true box:b there:true]" || len(b.parts()) != 2 {
		t.Errorf("notes %v, parts %v", texts, b.parts())
	}
}

// A repeat is decided on what is there now, and is answered from its key: it must not erase what came since.
func TestARepeatedErasureErasesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, leave("box:a", "first"))
	b.execute(store, withKey(burn("box:a"), "key", 1))
	b.execute(store, leave("box:a", "second"))
	for _, process := range []*eventstore.Store{store, b.process(eventstore.Options{})} {
		if repeat := b.execute(process, withKey(burn("box:a"), "key", 1)); !repeat.Replayed {
			t.Errorf("repeat %+v", repeat)
		}
	}
	if parts := b.parts(); len(parts) != 1 || !strings.Contains(parts[3], "second") {
		t.Errorf("parts %v", parts)
	}
}

// Whoever is first, a part is there exactly as long as nothing later erased it.
func TestErasingMeetsWriting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stores := []*eventstore.Store{b.process(eventstore.Options{}), b.process(eventstore.Options{})}
	var callers sync.WaitGroup
	for i := range 300 {
		callers.Go(func() {
			stream := domain.Stream(fmt.Sprint("box:", i%3))
			if i%5 == 0 {
				b.execute(stores[i%2], burn(stream))
			} else {
				b.execute(stores[i%2], leave(stream, fmt.Sprint("text ", i)))
			}
		})
	}
	callers.Wait()
	events := b.events()
	burnt := map[domain.Stream]int64{}
	for _, e := range events {
		if e.Fact == (notesBurnt{}) {
			burnt[e.Stream] = e.Version
		}
		if b.leafOf(e) != string(e.LeafHash) {
			t.Fatalf("the leaf at position %d is another", e.Position)
		}
	}
	there := 0
	for _, e := range events {
		if e.Type != "box.note_left.v1" {
			continue
		}
		want := e.Version > burnt[e.Stream]
		if got := e.Private != nil; got != want {
			t.Errorf("version %d of %s: private part %v, want %v", e.Version, e.Stream, got, want)
		}
		if want {
			there++
		}
	}
	if parts := b.parts(); len(parts) != there {
		t.Errorf("%d parts, want %d", len(parts), there)
	}
}

func TestADryRunKeepsNoPrivatePart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, leave("box:a", "kept"))
	for _, c := range []eventstore.Command{leave("box:a", "dry"), burn("box:a")} {
		c.DryRun = true
		b.execute(store, c)
	}
	if parts := b.parts(); len(parts) != 1 || parts[1] == "" {
		t.Errorf("parts %v", parts)
	}
}

// What can't be read is named by its position, and not by what is in it.
func TestAnUnreadablePrivatePartIsNotQuoted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.execute(b.process(eventstore.Options{}), leave("box:a", "x"))
	_, err := b.admin.Exec(b.ctx, `
		ALTER TABLE tallystick.private_parts DISABLE TRIGGER refuse_rewriting;
		UPDATE tallystick.private_parts SET data = '{"a_text":31415926}'`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.codec.After(b.ctx, b.admin, b.ledger.ID, 0, eventstore.Filter{}, 10)
	if err == nil || strings.Contains(err.Error(), "31415") || !strings.Contains(err.Error(), "position 1") {
		t.Errorf("reading gave %v", err)
	}
}
