package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/handlers/api/view"
)

// TestReplay verifies a ledger whose personal data was erased in part.
func TestReplay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, events := range []int{1, 40, 300, 7} {
		b.happen(events)
		b.seal()
	}
	stream := details.BillingStream("gone")
	set := b.Append(stream, details.Set{Details: &details.Details{Name: "Grace"}})
	b.seal()
	before, err := b.bundle(b.Ctx, b.Admin, false)
	must(t, err)
	b.Append(stream, details.Erased{})
	b.seal()
	after, err := b.bundle(b.Ctx, b.Admin, true)
	must(t, err)
	for dir, want := range map[string]verdict{
		before: {Events: set, Checkpoints: 6, Erased: []int64{}},
		after:  {Events: set + 1, Checkpoints: 7, Erased: []int64{set}},
	} {
		if dir == after {
			want.Checkpoints = 7
		}
		v, code := verify(t, "replay", dir, "--key", b.vkey(), "--checkpoint", b.kept(t, want.Events))
		if code != exitVerified || v.Events != want.Events || v.Last != want.Events || v.Sealed != want.Events || !slices.Equal(v.Erased, want.Erased) ||
			v.Checkpoints != want.Checkpoints || v.Ledger != b.Ledger.ID.String() || v.Command != "replay" {
			t.Errorf("%+v, %+v, want %+v", v, v.Bad, want)
		}
	}
	t.Run("whom to trust", func(t *testing.T) {
		if _, code := verify(t, "replay", after); code != exitUsage {
			t.Errorf("without a key it ends with %d", code)
		}
		if v, code := verify(t, "replay", after, "--trust-bundle-key"); code != exitVerified {
			t.Errorf("%+v", v.Bad)
		}
		stranger := setup(t)
		if v, _ := verify(t, "replay", after, "--key", stranger.vkey()); v.Bad == nil || v.Bad.What != whatSignature {
			t.Errorf("another's key: %+v", v.Bad)
		}
	})
	t.Run("for people", func(t *testing.T) {
		var out, errs bytes.Buffer
		if code := run([]string{"replay", after, "--trust-bundle-key"}, &out, &errs); code != 0 || !strings.HasSuffix(out.String(), "\nverified\n") || !strings.Contains(out.String(), "erased") {
			t.Errorf("%d\n%s%s", code, &out, &errs)
		}
	})
}

// kept gives a file with the checkpoint of a size.
func (b *bench) kept(t testing.TB, size int64) string {
	t.Helper()
	log, _, err := sealer.Open(b.Ctx, b.Admin, b.Ledger.ID)
	must(t, err)
	c, found, err := log.At(b.Ctx, size)
	must(t, err)
	if !found {
		t.Fatalf("no checkpoint of %d events", size)
	}
	file := filepath.Join(t.TempDir(), "checkpoint")
	must(t, os.WriteFile(file, []byte(c.Note), 0o600))
	return file
}

// TestInclusion verifies proofs in both forms, and none that is of something else.
func TestInclusion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.happen(77)
	b.seal()
	log, _, err := sealer.Open(b.Ctx, b.Admin, b.Ledger.ID)
	must(t, err)
	c, _, err := log.Newest(b.Ctx)
	must(t, err)
	events, err := b.Codec.After(b.Ctx, b.Admin, b.Ledger.ID, 0, eventstore.Filter{}, 100)
	must(t, err)
	dir := t.TempDir()
	for _, e := range events {
		line, err := json.Marshal(view.EventOf(e), json.Deterministic(true))
		must(t, err)
		b.write(dir, fmt.Sprint("event", e.Position), line)
		hashes, err := log.Inclusion(b.Ctx, c, e.Position)
		must(t, err)
		b.write(dir, fmt.Sprint("proof", e.Position), []byte(audit.FormatProof(e.Position-1, hashes, c.Note)))
		file := func(kind string) string { return filepath.Join(dir, fmt.Sprint(kind, e.Position)) }
		if v, code := verify(t, "inclusion", "--event", file("event"), "--proof", file("proof"), "--key", b.vkey()); code != exitVerified {
			t.Fatalf("position %d: %+v", e.Position, v.Bad)
		}
	}
	b.write(dir, "edited", bytes.Replace(readFile(t, dir, "event3"), []byte(`"actor":"tester"`), []byte(`"actor":"nobody"`), 1))
	for name, test := range map[string]struct {
		event, proof string
		what         what
	}{
		"another event's proof": {"event3", "proof4", whatRoot},
		"an edited event":       {"edited", "proof3", whatLeaf},
	} {
		v, _ := verify(t, "inclusion", "--event", filepath.Join(dir, test.event), "--proof", filepath.Join(dir, test.proof), "--key", b.vkey())
		if v.Bad == nil || v.Bad.What != test.what || *v.Bad.Position != 3 {
			t.Errorf("%s: %+v", name, v.Bad)
		}
	}
}

func readFile(t testing.TB, dir, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	return content
}

// TestConsistency verifies by proof and by tiles, and refuses a fork.
func TestConsistency(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 3 {
		b.happen(200)
		b.seal()
	}
	dir, err := b.bundle(b.Ctx, b.Admin, true)
	must(t, err)
	log, _, err := sealer.Open(b.Ctx, b.Admin, b.Ledger.ID)
	must(t, err)
	c, _, err := log.Newest(b.Ctx)
	must(t, err)
	hashes, err := log.Consistency(b.Ctx, c, 400)
	must(t, err)
	var proof strings.Builder
	for _, hash := range hashes {
		fmt.Fprintln(&proof, hash)
	}
	b.write(dir, "proof", []byte(proof.String()))
	upper, err := log.Tiles(b.Ctx, audit.Tile{Level: 1, Width: 2})
	must(t, err)
	b.write(dir, "tile/1/000.p/2", upper[0])
	forked := audit.Checkpoint{Origin: c.Origin, Size: 400, Root: c.Root}
	signed, err := b.keys.Sign(forked)
	must(t, err)
	b.write(dir, "forked", []byte(signed))
	from, to := b.kept(t, 400), b.kept(t, 600)
	for name, test := range map[string]struct {
		args []string
		want what
	}{
		"proof":           {[]string{"--old", from, "--new", to, "--proof", filepath.Join(dir, "proof")}, ""},
		"tiles":           {[]string{"--old", from, "--new", to, "--tiles", filepath.Join(dir, "tile")}, ""},
		"the same":        {[]string{"--old", to, "--new", to, "--tiles", filepath.Join(dir, "tile")}, ""},
		"a fork by proof": {[]string{"--old", filepath.Join(dir, "forked"), "--new", to, "--proof", filepath.Join(dir, "proof")}, whatConsistency},
		"a fork by tiles": {[]string{"--old", filepath.Join(dir, "forked"), "--new", to, "--tiles", filepath.Join(dir, "tile")}, whatConsistency},
		"fewer":           {[]string{"--old", to, "--new", from, "--tiles", filepath.Join(dir, "tile")}, whatConsistency},
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := verify(t, append([]string{"consistency", "--key", b.vkey()}, test.args...)...)
			if v.OK != (test.want == "") || !v.OK && v.Bad.What != test.want {
				t.Errorf("%+v", v.Bad)
			}
		})
	}
	if _, code := verify(t, "consistency", "--key", b.vkey(), "--old", from, "--new", to); code != exitUsage {
		t.Errorf("without a proof it ends with %d", code)
	}
}
