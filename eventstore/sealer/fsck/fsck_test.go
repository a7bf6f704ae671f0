package fsck

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var events = flag.Int("events", 100_000, "events of the ledger")

const group = 1_000

// TestFsck has tessera's own client check all entries, tiles and the checkpoint of a ledger of 100 000 events; and find the one hash
// of a tile that is not what it was.
func TestFsck(t *testing.T) {
	b := testbed.New(t)
	origin, verifier := fill(t, b)
	check := func() error {
		return fsck.New(origin, verifier, log{b}, leaves, fsck.Opts{N: 2}).Check(t.Context())
	}
	must(t, check())
	for _, tile := range []string{"level = 0 AND number = 7", "level = 1 AND number = 0"} {
		change := `UPDATE tallystick.audit_tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) WHERE ` + tile
		b.Exec(change)
		if err := check(); err == nil {
			t.Errorf("a changed tile of %s is not noticed", tile)
		}
		b.Exec(change)
	}
}

// fill appends and seals the events in several checkpoints.
func fill(t *testing.T, b *testbed.Bench) (origin string, verifier note.Verifier) {
	t.Helper()
	line, err := audit.GenerateKey("test")
	must(t, err)
	keys, err := audit.ReadKeys([]byte(line))
	must(t, err)
	outside := t.TempDir()
	s := sealer.New(sealer.Options{
		Pool: b.Pool("sealer", 2, pgtest.AppRole), Keys: keys, Origin: "tallystick", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		File: func(ledger uuid.UUID) string { return filepath.Join(outside, ledger.String()) },
	})
	for begin := 0; begin < *events; begin += group {
		facts := make([]domain.Event, min(group, *events-begin))
		for i := range facts {
			facts[i] = clock.Advanced{To: testbed.Begin.Add(time.Duration(begin+i+1) * time.Second)}
		}
		b.Append(clock.Stream(), facts...)
		if begin%(7*group) != 0 && begin+group < *events {
			continue
		}
		for more := true; more; {
			more, err = s.Seal(b.Ctx, b.Ledger.ID)
			must(t, err)
		}
	}
	origin = "tallystick/" + b.Ledger.ID.String()
	verifier, err = note.NewVerifier(keys.Verifiers(origin)[0])
	must(t, err)
	return origin, verifier
}

// leaves hashes the entries of a bundle.
func leaves(bundle []byte) (hashes [][]byte, err error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

// log serves what /v1/audit does of the ledger.
type log struct{ *testbed.Bench }

func (l log) open(ctx context.Context) (sealer.Log, error) {
	found, _, err := sealer.Open(ctx, l.Admin, l.Ledger.ID)
	return found, err
}

// ReadCheckpoint gives the newest note.
func (l log) ReadCheckpoint(ctx context.Context) ([]byte, error) {
	found, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	newest, _, err := found.Newest(ctx)
	return []byte(newest.Note), err
}

// ReadTile gives the hashes of a tile.
func (l log) ReadTile(ctx context.Context, level, number uint64, width uint8) ([]byte, error) {
	found, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	hashes, err := found.Tiles(ctx, audit.Tile{Level: int(level), Number: int64(number), Width: widthOf(width)})
	if err != nil || hashes[0] == nil {
		return nil, errors.Join(err, os.ErrNotExist)
	}
	return hashes[0], nil
}

// ReadEntryBundle gives the entries of a tile.
func (l log) ReadEntryBundle(ctx context.Context, number uint64, width uint8) ([]byte, error) {
	first := int64(number) * audit.TileWidth
	stored, err := eventstore.Stored(ctx, l.Admin, l.Ledger.ID, first, first+int64(widthOf(width)))
	return sealer.Bundle(l.Ledger.ID, stored), err
}

// widthOf reads the width of a part of a tile; 0 is all of it.
func widthOf(part uint8) int {
	if part == 0 {
		return audit.TileWidth
	}
	return int(part)
}
