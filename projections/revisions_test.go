package projections

import (
	"bufio"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

const (
	historyFile  = "testdata/history.jsonl"
	revisionsDir = "testdata/revisions"
	readsFile    = "testdata/reads.txt"
	howToPin     = "go test ./projections -run TestRowsArePinned -write-revisions"

	howToPinReads = "go test ./projections -run TestReadsArePinned -write-revisions"
)

var writeRevisions = flag.Bool("write-revisions", false, "write the rows' hashes of new revisions, and of a history that grew, to "+revisionsDir)

// stored is a line of the canned history, as the log has it. Last is the position at which its command's events end.
type stored struct {
	Stream domain.Stream  `json:"stream"`
	Type   string         `json:"type"`
	Schema int            `json:"schema"`
	At     time.Time      `json:"at"`
	Last   int64          `json:"last"`
	Data   jsontext.Value `json:"data"`
}

// cannedHistory reads the history that every revision is pinned to. It only grows: its ids and times stay as they are,
// whatever the rules would write today.
func cannedHistory(t *testing.T) (history []stored) {
	t.Helper()
	file, err := os.Open(historyFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line stored
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%s:%d: %v", historyFile, len(history)+1, err)
		}
		history = append(history, line)
	}
	return history
}

// TestCannedHistoryHoldsEveryEvent keeps the guard below complete.
func TestCannedHistoryHoldsEveryEvent(t *testing.T) {
	t.Parallel()
	held := map[string]bool{}
	for _, line := range cannedHistory(t) {
		held[fmt.Sprintf("%s in schema %d", line.Type, line.Schema)] = true
	}
	for _, streamType := range append([]domain.StreamType{clock.Type}, command.StreamTypes()...) {
		for _, event := range streamType.Events {
			for schema := 1; schema <= event.Schema(); schema++ {
				if name := fmt.Sprintf("%s in schema %d", event.Zero.EventType(), schema); !held[name] {
					t.Errorf("the canned history has no %s: append one to projections/%s, then run\n\t%s", name, historyFile, howToPin)
				}
			}
		}
	}
}

// TestRowsArePinned holds the tables and rows that each model makes of the canned history against those of its revision.
// Versions that stand are rebuilt only when Revision is raised, so a change without it would never reach them.
func TestRowsArePinned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	history := cannedHistory(t)
	events := decoded(t, b.Codec, history)
	current := map[string]bool{}
	for _, model := range All() {
		pin := filepath.Join(revisionsDir, fmt.Sprintf("%s@%d.sha256", model.Name, model.Revision))
		current[pin] = true
		t.Run(model.Name, func(t *testing.T) {
			pinned := 0
			for _, line := range pins(t, pin) {
				if pinned = line.events; pinned > len(events) {
					t.Fatalf("projections/%s lost events, and may only grow: bring them back", historyFile)
				}
				if got := b.hashOf(t, model, events[:pinned]); got != line.hash {
					t.Fatalf("%s makes other tables or rows than before of the same %d events, and is still revision %d: "+
						"raise Revision, remove projections/%s, and run\n\t%s", model.Name, pinned, model.Revision, pin, howToPin)
				}
			}
			if pinned == len(events) {
				return
			}
			if !*writeRevisions {
				t.Fatalf("projections/%s pins %d of %d events: run\n\t%s", pin, pinned, len(events), howToPin)
			}
			appendPin(t, pin, len(events), b.hashOf(t, model, events))
		})
	}
	files, err := filepath.Glob(filepath.Join(revisionsDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !current[file] {
			t.Errorf("no read model is of the revision of projections/%s: remove it", file)
		}
	}
}

// TestReadsArePinned holds the types of streams that each model reads against those of its revision. Versions that stand have
// passed by the events of a type that was not read, and no hash tells of it where the canned history has none before.
func TestReadsArePinned(t *testing.T) {
	t.Parallel()
	pinned := map[string]string{}
	text, err := os.ReadFile(readsFile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		version, reads, _ := strings.Cut(strings.TrimSpace(line), " ")
		pinned[version] = reads
	}
	var now strings.Builder
	for _, model := range All() {
		var names []string
		for _, streamType := range model.Reads {
			names = append(names, streamType.Name)
		}
		slices.Sort(names)
		version, reads := fmt.Sprintf("%s@%d", model.Name, model.Revision), strings.Join(names, " ")
		fmt.Fprintln(&now, version, reads)
		switch was, known := pinned[version]; {
		case known && was != reads:
			t.Errorf("%s reads %s, and read %s before, and is still revision %d: raise Revision, and run\n\t%s", model.Name, reads, was, model.Revision, howToPinReads)
		case !known && !*writeRevisions:
			t.Errorf("projections/%s has no %s: run\n\t%s", readsFile, version, howToPinReads)
		}
	}
	if *writeRevisions && !t.Failed() {
		if err := os.WriteFile(readsFile, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// decoded gives the events of a history as they come from the log.
func decoded(t *testing.T, codec *eventstore.Codec, history []stored) []eventstore.Event {
	t.Helper()
	events := make([]eventstore.Event, len(history))
	versions := map[domain.Stream]int64{}
	for i, line := range history {
		fact, err := codec.Decode(line.Type, line.Schema, line.Data)
		if err != nil {
			t.Fatalf("%s:%d: %v", historyFile, i+1, err)
		}
		versions[line.Stream]++
		events[i] = eventstore.Event{
			Position: int64(i + 1), GroupLast: line.Last, Stream: line.Stream, Version: versions[line.Stream], Fact: fact, EffectiveAt: line.At,
		}
	}
	return events
}

var comment = regexp.MustCompile(`--.*`)

// hashOf hashes what defines a model's tables and the rows that it makes of events.
func (b *bench) hashOf(t *testing.T, model engine.Projection, events []eventstore.Event) string {
	t.Helper()
	tx, err := b.Admin.Begin(b.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(b.Ctx) }()
	schema := model.Name + "_1"
	if _, err := tx.Exec(b.Ctx, `CREATE SCHEMA `+schema+`; SET LOCAL search_path = `+schema+`; `+model.Tables); err != nil {
		t.Fatal(err)
	}
	if err := applyPages(b.Ctx, tx, model, read(model, cut(uuid.UUID{}, events, 50))); err != nil {
		t.Fatal(err)
	}
	// Comments are asserted at every start, also on versions that stand.
	tables := strings.Join(strings.Fields(comment.ReplaceAllString(migrations.WithoutComments(model.Tables), "")), " ")
	return fmt.Sprintf("%x", sha256.Sum256([]byte(tables+"\n"+testbed.Dump(t, tx, schema))))
}

// pin tells the hash that a revision makes of the first events of the canned history.
type pin struct {
	events int
	hash   string
}

func pins(t *testing.T, path string) (all []pin) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var p pin
		if _, err := fmt.Sscan(line, &p.events, &p.hash); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, p)
	}
	return all
}

func appendPin(t *testing.T, path string, events int, hash string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(file, events, hash); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}
