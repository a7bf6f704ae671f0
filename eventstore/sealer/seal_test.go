package sealer_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// bench is a ledger with a sealer.
type bench struct {
	*testbed.Bench
	*sealer.Sealer
	outside string // directory of the outside copies
	moved   int
}

func setup(t testing.TB) *bench {
	t.Helper()
	b := &bench{Bench: testbed.New(t), outside: t.TempDir()}
	line, err := audit.GenerateKey("test")
	must(t, err)
	keys, err := audit.ReadKeys([]byte(line + "\n"))
	must(t, err)
	b.Sealer = b.sealerWith(keys, b.outside)
	return b
}

// sealerWith makes another process's sealer.
func (b *bench) sealerWith(keys audit.Keys, outside string) *sealer.Sealer {
	b.T.Helper()
	return sealer.New(sealer.Options{
		Pool: b.Pool("sealer", 3, pgtest.AppRole), Keys: keys, Origin: "tallystick", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		File: func(ledger uuid.UUID) string { return filepath.Join(outside, ledger.String()) },
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// happen appends events, some in groups, and gives the last position.
func (b *bench) happen(events int) {
	b.T.Helper()
	for left := events; left > 0; {
		group := min(left, 1+b.moved%7)
		var facts []domain.Event
		for range group {
			b.moved++
			facts = append(facts, clock.Advanced{To: testbed.Begin.Add(time.Duration(b.moved) * time.Second)})
		}
		b.Append(clock.Stream(), facts...)
		left -= group
	}
}

// seal seals all events.
func (b *bench) seal() {
	b.T.Helper()
	for {
		more, err := b.Seal(b.Ctx, b.Ledger.ID)
		must(b.T, err)
		if !more {
			return
		}
	}
}

// log gives what is sealed.
func (b *bench) log() sealer.Log {
	b.T.Helper()
	log, found, err := sealer.Open(b.Ctx, b.Admin, b.Ledger.ID)
	must(b.T, err)
	if !found {
		b.T.Fatal("the ledger is not sealed")
	}
	return log
}

// newest verifies the newest note by the published key alone, and gives its tree.
func (b *bench) newest() (sealer.Checkpoint, tlog.Tree) {
	b.T.Helper()
	log := b.log()
	c, found, err := log.Newest(b.Ctx)
	must(b.T, err)
	if !found {
		b.T.Fatal("there is no checkpoint")
	}
	return c, b.verified(log.Vkeys, c.Note)
}

func (b *bench) verified(vkey, signed string) tlog.Tree {
	b.T.Helper()
	verifier, err := note.NewVerifier(vkey)
	must(b.T, err)
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	must(b.T, err)
	var origin, root string
	var size int64
	if _, err := fmt.Sscanf(opened.Text, "%s\n%d\n%s\n", &origin, &size, &root); err != nil {
		b.T.Fatal(err)
	}
	hash, err := tlog.ParseHash(root)
	must(b.T, err)
	return tlog.Tree{N: size, Hash: hash}
}

func (b *bench) events() []eventstore.Event {
	b.T.Helper()
	events, err := b.Codec.After(b.Ctx, b.Admin, b.Ledger.ID, 0, eventstore.Filter{}, 1<<20)
	must(b.T, err)
	return events
}

// TestInclusion: whatever sizes the tree had, the entry of each event is in the tree of each checkpoint that covers it.
func TestInclusion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var trees []tlog.Tree
	for _, events := range []int{1, 1, 5, 249, 1, 300} {
		b.happen(events)
		b.seal()
		_, tree := b.newest()
		trees = append(trees, tree)
	}
	if last := trees[len(trees)-1]; last.N != int64(b.moved) {
		t.Fatalf("%d of %d events are sealed", last.N, b.moved)
	}
	log := b.log()
	for i, tree := range trees {
		c, found, err := log.At(b.Ctx, tree.N)
		if err != nil || !found {
			t.Fatalf("checkpoint %d: %v, %v", tree.N, found, err)
		}
		for _, e := range b.events()[:tree.N] {
			if e.Position%17 != 0 && tree.N-e.Position > 2 && e.Position > 2 {
				continue
			}
			hashes, err := log.Inclusion(b.Ctx, c, e.Position)
			must(t, err)
			if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, e.Position-1, tlog.RecordHash(sealer.Entry(b.Ledger.ID, e))); err != nil {
				t.Fatalf("position %d in %d: %v", e.Position, tree.N, err)
			}
		}
		for _, before := range trees[:i] {
			hashes, err := log.Consistency(b.Ctx, c, before.N)
			must(t, err)
			must(t, tlog.CheckTree(hashes, tree.N, tree.Hash, before.N, before.Hash))
		}
	}
}
