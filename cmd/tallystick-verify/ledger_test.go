package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/api/view"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is a ledger that is sealed.
type bench struct {
	*testbed.Bench

	sealer  *sealer.Sealer
	keys    audit.Keys
	outside string // the file of the newest checkpoint
	clocked int
}

func setup(t testing.TB) *bench {
	t.Helper()
	b := &bench{Bench: testbed.New(t, details.Type)}
	b.outside = filepath.Join(t.TempDir(), "outside")
	line, err := audit.GenerateKey("test")
	must(t, err)
	b.keys, err = audit.ReadKeys([]byte(line))
	must(t, err)
	b.sealer = sealer.New(sealer.Options{
		Pool: b.Pool("sealer", 2, pgtest.AppRole), Keys: b.keys, Origin: "tallystick", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		File: func(uuid.UUID) string { return b.outside },
	})
	return b
}

// happen appends events in groups, of which some have personal data.
func (b *bench) happen(events int) {
	b.T.Helper()
	for left := events; left > 0; {
		group := min(left, 1+b.clocked%5)
		var facts []domain.Event
		for range group {
			b.clocked++
			facts = append(facts, clock.Advanced{To: testbed.Begin.Add(time.Duration(b.clocked) * time.Second)})
		}
		b.Append(clock.Stream(), facts...)
		left -= group
		if left > 0 && b.clocked%3 == 0 {
			b.Append(details.BillingStream(fmt.Sprint("w", b.clocked)), details.Set{Details: &details.Details{Name: fmt.Sprint("Ada ", b.clocked)}})
			left--
		}
	}
}

func (b *bench) seal() {
	b.T.Helper()
	for {
		more, err := b.sealer.Seal(b.Ctx, b.Ledger.ID)
		must(b.T, err)
		if !more {
			return
		}
	}
}

// vkey gives the key that an auditor trusts.
func (b *bench) vkey() string { return b.keys.Verifiers("tallystick/" + b.Ledger.ID.String())[0] }

// bundle exports the ledger as an export of the kind bundle has it, but for the journal. What can't be exported is an error.
func (b *bench) bundle(ctx context.Context, db eventstore.Querier, withTiles bool) (dir string, err error) {
	b.T.Helper()
	dir, err = os.MkdirTemp(b.T.TempDir(), "bundle")
	must(b.T, err)
	events, err := b.Codec.After(ctx, db, b.Ledger.ID, 0, eventstore.Filter{}, 1<<20)
	if err != nil {
		return "", err
	}
	var lines bytes.Buffer
	for _, e := range events {
		line, err := json.Marshal(view.EventOf(e), json.Deterministic(true))
		if err != nil {
			return "", err
		}
		lines.Write(append(line, '\n'))
	}
	log, _, err := sealer.Open(ctx, db, b.Ledger.ID)
	if err != nil {
		return "", err
	}
	checkpoints, err := log.After(ctx, 0, 1<<20)
	if err != nil {
		return "", err
	}
	var notes strings.Builder
	for _, c := range checkpoints {
		notes.WriteString(c.Note + "\n")
	}
	last := int64(0)
	if len(events) > 0 {
		last = events[len(events)-1].Position
	}
	newest, _, err := log.Covering(ctx, last)
	if err != nil {
		return "", err
	}
	if newest.Note == "" && len(checkpoints) > 0 {
		newest = checkpoints[len(checkpoints)-1]
	}
	b.write(dir, "events.ndjson", lines.Bytes())
	b.write(dir, "checkpoints.txt", []byte(notes.String()))
	b.write(dir, "key.txt", []byte(log.Vkeys+"\n"))
	b.writeManifest(dir, last, newest.Note)
	if withTiles {
		err = b.writeTiles(ctx, db, dir)
	}
	return dir, err
}

func (b *bench) write(dir, name string, content []byte) {
	b.T.Helper()
	must(b.T, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
	must(b.T, os.WriteFile(filepath.Join(dir, name), content, 0o600))
}

func (b *bench) writeManifest(dir string, last int64, signed string) {
	b.T.Helper()
	type file struct {
		Name   string `json:"name"`
		Bytes  int    `json:"bytes"`
		SHA256 string `json:"sha256"`
	}
	var files []file
	for _, name := range []string{"events.ndjson", "checkpoints.txt", "key.txt"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		must(b.T, err)
		sum := sha256.Sum256(content)
		files = append(files, file{name, len(content), hex.EncodeToString(sum[:])})
	}
	content, err := json.Marshal(map[string]any{
		"format": "tallystick-export/v1", "ledger": b.Ledger.ID.String(), "position": last, "files": files, "events": map[string]int64{"first": 1, "last": last}, "checkpoint": signed,
	}, json.Deterministic(true))
	must(b.T, err)
	b.write(dir, "manifest.json", content)
}

// writeTiles writes the tiles of level 0.
func (b *bench) writeTiles(ctx context.Context, db eventstore.Querier, dir string) error {
	rows, err := db.Query(ctx, `SELECT number, hashes FROM tallystick.audit_tiles WHERE ledger_id = $1 AND level = 0`, [16]byte(b.Ledger.ID))
	if err != nil {
		return err
	}
	var number int64
	var hashes []byte
	_, err = pgx.ForEachRow(rows, []any{&number, &hashes}, func() error {
		b.write(dir, filepath.Join("tile", audit.TilePath(audit.Tile{Number: number, Width: len(hashes) / 32})), hashes)
		return nil
	})
	return err
}

// verify runs the program and gives its verdict.
func verify(t testing.TB, args ...string) (v verdict, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(append(args, "--json"), &out, &errs)
	if out.Len() == 0 {
		return v, code
	}
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v", out.String(), err)
	}
	if v.OK != (code == exitVerified) {
		t.Errorf("exit status %d with %s", code, out.String())
	}
	return v, code
}
