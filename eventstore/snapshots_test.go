package eventstore_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

// pearls are counted in jars, of which snapshots are kept.
type pearlsPut struct {
	Pearls int `json:"pearls"`
}

func (pearlsPut) EventType() string { return "jar.pearls_put.v1" }

type jar struct {
	Pearls int `json:"pearls"`
}

func (j jar) Size() int { return 64 }

func evolveJar(j jar, event domain.Event) jar {
	j.Pearls += event.(pearlsPut).Pearls
	return j
}

func jarType(revision int) domain.StreamType {
	return domain.NewStreamType[domain.Event]("jar", evolveJar, pearlsPut{}).WithSnapshot(domain.NewJSONSnapshot[jar](revision))
}

// jars sets up a ledger of jars.
func jars(t testing.TB, revision int) *bench {
	t.Helper()
	b := setup(t)
	var err error
	if b.codec, err = eventstore.NewCodec(boxType, jarType(revision)); err != nil {
		t.Fatal(err)
	}
	return b
}

// unkept is a process that keeps no snapshots, so that only those who read write them.
func (b *bench) unkept() *eventstore.Store {
	b.t.Helper()
	codec, err := eventstore.NewCodec(domain.NewStreamType[domain.Event]("jar", evolveJar, pearlsPut{}))
	if err != nil {
		b.t.Fatal(err)
	}
	store, err := eventstore.New(b.pool(), codec, eventstore.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(store.Close)
	return store
}

// drop puts a pearl into a jar, so many times.
func drop(stream domain.Stream, times int) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		for range times {
			d.Append(stream, pearlsPut{1})
		}
		return nil
	})
}

// count looks into a jar.
func count(pearls *int, stream domain.Stream) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		*pearls = eventstore.StateOf[jar](d, stream).Pearls
		return nil
	})
}

// holds expects so many pearls in a jar, and tells behind which version a process that just began read it.
func (b *bench) holds(o eventstore.Options, stream domain.Stream, pearls int) (from int64) {
	b.t.Helper()
	r := &reads{}
	store := b.watched(r, o)
	var got int
	b.execute(store, count(&got, stream))
	if got != pearls {
		b.t.Errorf("%s holds %d pearls, want %d", stream, got, pearls)
	}
	return r.seen()[0][string(stream)]
}

// awaitSnapshot returns once a snapshot of the stream has this version.
func (b *bench) awaitSnapshot(stream domain.Stream, revision int, version int64) {
	b.t.Helper()
	await(b.t, fmt.Sprintf("the snapshot of %s at version %d", stream, version), func() bool {
		return b.count(`SELECT count(*) FROM tallystick.snapshots WHERE ledger_id = $1 AND stream = $2 AND revision = $3 AND version = $4`,
			[16]byte(b.ledger.ID), string(stream), revision, version) == 1
	})
}

func (b *bench) count(sql string, args ...any) (n int) {
	b.t.Helper()
	if err := b.admin.QueryRow(b.ctx, sql, args...).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.admin.Exec(b.ctx, sql, args...); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
}

// A long stream is read once; the next process begins where the snapshot ends.
func TestAColdLoadIsKept(t *testing.T) {
	t.Parallel()
	b := jars(t, 1)
	writer := b.unkept()
	b.execute(writer, drop("jar:long", 1_200))
	b.execute(writer, drop("jar:short", 499))
	for stream, events := range map[domain.Stream]int{"jar:long": 1_200, "jar:short": 499} {
		if from := b.holds(eventstore.Options{}, stream, events); stream == "jar:short" && from != 0 {
			t.Errorf("%s was read behind version %d", stream, from)
		}
	}
	b.awaitSnapshot("jar:long", 1, 1_200)
	b.execute(writer, drop("jar:long", 3))
	if from := b.holds(eventstore.Options{}, "jar:long", 1_203); from != 1_200 {
		t.Errorf("read behind version %d", from)
	}
	if n := b.count(`SELECT count(*) FROM tallystick.snapshots WHERE stream = 'jar:short'`); n != 0 {
		t.Error("a short stream was kept")
	}
}

// A stream that grows is kept by the process that appends to it, before anybody has read it.
func TestACommitIsKept(t *testing.T) {
	t.Parallel()
	b := jars(t, 1)
	writer := b.process(eventstore.Options{})
	b.execute(writer, drop("jar:long", 400))
	b.execute(writer, drop("jar:long", 400))
	b.awaitSnapshot("jar:long", 1, 800)
	if from := b.holds(eventstore.Options{}, "jar:long", 800); from != 800 {
		t.Errorf("read behind version %d", from)
	}
}

// notes is a log that remembers.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// Whatever happens to the table, nothing is lost: what can't be used is passed over, and said.
func TestSnapshotsAreACache(t *testing.T) {
	t.Parallel()
	const ignored, unusable = "a snapshot can't be read and is ignored", "snapshots can't be used"
	for name, test := range map[string]struct {
		spoil  string
		logs   string
		heals  bool // a new row is written
		unread bool // by the spoilt table; all but a deleted row are
	}{
		"a digit changed":   {`UPDATE tallystick.snapshots SET data = '{"pearls":1100}'`, ignored, true, true},
		"cut off":           {`UPDATE tallystick.snapshots SET data = substr(data, 1, 5)`, ignored, true, true},
		"empty":             {`UPDATE tallystick.snapshots SET data = '', digest = ''`, ignored, true, true},
		"of another stream": {`UPDATE tallystick.snapshots s SET digest = o.digest, data = o.data FROM tallystick.snapshots o WHERE s.stream = 'jar:a' AND o.stream = 'jar:b'`, ignored, true, true},
		"a later version":   {`UPDATE tallystick.snapshots s SET version = 1200, leaf_hash = (SELECT leaf_hash FROM tallystick.events e WHERE e.ledger_id = s.ledger_id AND e.stream = s.stream AND e.version = 1200) WHERE s.stream = 'jar:a'`, ignored, true, true},
		"of another log":    {`UPDATE tallystick.snapshots SET leaf_hash = sha256('x')`, "", true, true},
		"deleted":           {`DELETE FROM tallystick.snapshots`, "", true, true},
		"dropped":           {`DROP TABLE tallystick.snapshots`, unusable, false, true},
		"forbidden":         {`REVOKE ALL ON tallystick.snapshots FROM ` + pgtest.AppRole, unusable, false, true},
		"as it was":         {`SELECT 1`, "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := jars(t, 1)
			writer := b.unkept()
			for i, stream := range []domain.Stream{"jar:a", "jar:b"} {
				b.execute(writer, drop(stream, 1_000+i))
				b.holds(eventstore.Options{}, stream, 1_000+i)
				b.awaitSnapshot(stream, 1, int64(1_000+i))
			}
			b.execute(writer, drop("jar:a", 300))
			b.exec(test.spoil)
			log := &notes{}
			from := b.holds(eventstore.Options{Log: slog.New(slog.NewTextHandler(log, nil))}, "jar:a", 1_300)
			if (from == 0) != test.unread {
				t.Errorf("read behind version %d", from)
			}
			if !strings.Contains(log.String(), test.logs) || test.logs == "" && log.String() != "" {
				t.Errorf("logged %q, want %q", log, test.logs)
			}
			if test.heals {
				b.awaitSnapshot("jar:a", 1, 1_300)
				if from := b.holds(eventstore.Options{}, "jar:a", 1_300); from != 1_300 {
					t.Errorf("healed, it was read behind version %d", from)
				}
			}
		})
	}
}

// A log that was restored to another history is never papered over: its events count, not those that the snapshot was made of.
func TestASnapshotOfALostHistoryIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]int{"shorter": 550, "as long": 600, "longer": 1_500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := jars(t, 1)
			b.execute(b.unkept(), drop("jar:a", 600))
			b.holds(eventstore.Options{}, "jar:a", 600)
			b.awaitSnapshot("jar:a", 1, 600)
			b.exec(`ALTER TABLE tallystick.events DISABLE TRIGGER refuse_rewriting`)
			b.exec(`DELETE FROM tallystick.events WHERE version > 300`)
			b.exec(`ALTER TABLE tallystick.events ENABLE ALWAYS TRIGGER refuse_rewriting`)
			b.execute(b.unkept(), command("jar:a", func(d *eventstore.Decision) error {
				for range again - 300 {
					d.Append("jar:a", pearlsPut{2})
				}
				return nil
			}))
			if from := b.holds(eventstore.Options{}, "jar:a", 300+2*(again-300)); from != 0 {
				t.Errorf("read behind version %d", from)
			}
			b.awaitSnapshot("jar:a", 1, int64(again))
		})
	}
}

// Each release has a snapshot of its own, and the one before keeps its own for as long as it may still run.
func TestEachRevisionHasItsSnapshot(t *testing.T) {
	t.Parallel()
	b := jars(t, 1)
	b.execute(b.unkept(), drop("jar:a", 600))
	for revision := 1; revision <= 3; revision++ {
		var err error
		if b.codec, err = eventstore.NewCodec(boxType, jarType(revision)); err != nil {
			t.Fatal(err)
		}
		if from := b.holds(eventstore.Options{}, "jar:a", 600); from != 0 {
			t.Errorf("revision %d began at version %d", revision, from)
		}
		b.awaitSnapshot("jar:a", revision, 600)
		if from := b.holds(eventstore.Options{}, "jar:a", 600); from != 600 {
			t.Errorf("revision %d began at version %d", revision, from)
		}
		if n := b.count(`SELECT count(*) FROM tallystick.snapshots`); n != min(revision, 2) {
			t.Errorf("%d rows with revision %d", n, revision)
		}
	}
}

// What was erased must not live on in a state that is kept.
func TestStreamsWithPrivatePartsAreNotKept(t *testing.T) {
	t.Parallel()
	_, err := eventstore.NewCodec(boxType.WithSnapshot(domain.NewJSONSnapshot[box](1)))
	if err == nil || !strings.Contains(err.Error(), "box.note_left.v1") {
		t.Errorf("got %v, want an error that names the event", err)
	}
}
