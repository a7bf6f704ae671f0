package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"
)

// sealing seals the bench's ledger when it is told to.
type sealing struct {
	*sealer.Sealer
	b *bench
}

func (b *bench) newSealer() sealing {
	b.t.Helper()
	line, err := audit.GenerateKey("test")
	if err != nil {
		b.t.Fatal(err)
	}
	keys, err := audit.ReadKeys([]byte(line))
	if err != nil {
		b.t.Fatal(err)
	}
	outside := b.t.TempDir()
	return sealing{b: b, Sealer: sealer.New(sealer.Options{
		Pool: b.pool(2), Keys: keys, Origin: "tallystick", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		File: func(ledger uuid.UUID) string { return filepath.Join(outside, ledger.String()) },
	})}
}

// seal signs a checkpoint over all events, and gives its size.
func (s sealing) seal() (size string) {
	s.b.t.Helper()
	if _, err := s.Seal(s.b.t.Context(), s.b.ledger.ID); err != nil {
		s.b.t.Fatal(err)
	}
	log, _, err := sealer.Open(s.b.t.Context(), s.Pool, s.b.ledger.ID)
	if err != nil {
		s.b.t.Fatal(err)
	}
	newest, found, err := log.Newest(s.b.t.Context())
	if err != nil || !found {
		s.b.t.Fatalf("no checkpoint: %v", err)
	}
	return fmt.Sprint(newest.Size)
}

// treeOf verifies a note with the key that the API gives, and gives what it says.
func (c *client) treeOf(signed string) tlog.Tree {
	c.t.Helper()
	verifier, err := note.NewVerifier(strings.TrimSpace(string(c.get("/v1/audit/key").is(200).body)))
	if err != nil {
		c.t.Fatal(err)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		c.t.Fatal(err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		c.t.Fatalf("a checkpoint says %q", opened.Text)
	}
	var tree tlog.Tree
	if _, err := fmt.Sscan(lines[1], &tree.N); err != nil {
		c.t.Fatal(err)
	}
	if tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		c.t.Fatal(err)
	}
	return tree
}

// hashes reads hashes in base64.
func hashes(t testing.TB, lines []any) (all []tlog.Hash) {
	t.Helper()
	for _, line := range lines {
		hash, err := tlog.ParseHash(line.(string))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hash)
	}
	return all
}

// TestAudit verifies what the API shows of a sealed ledger with nothing but x/mod's packages.
func TestAudit(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.get("/v1/audit/status").is(200).says(object{"state": "off", "size": 0.0, "signed_at": nil})
	c.openShop()
	seals := b.newSealer()
	before := seals.seal()
	c.buy("acme", "pro-month", 3)
	after := seals.seal()
	newest := c.get("/v1/audit/checkpoint").is(200)
	if got := newest.header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("the checkpoint's type is %s", got)
	}
	tree := c.treeOf(string(newest.body))
	if fmt.Sprint(tree.N) != after {
		t.Errorf("the newest checkpoint is of %d events, want %s", tree.N, after)
	}
	t.Run("status", func(t *testing.T) {
		c.get("/v1/audit/status").is(200).says(object{"state": "sealing", "reason": nil, "size": float64(tree.N), "position": float64(tree.N), "lag": 0.0})
	})
	t.Run("list", func(t *testing.T) {
		all := c.get("/v1/audit/checkpoints").is(200).at("data").([]any)
		behind := c.get("/v1/audit/checkpoints?after=" + before).is(200).at("data").([]any)
		if len(all) != 2 || len(behind) != 1 || behind[0].(map[string]any)["note"] != string(newest.body) {
			t.Errorf("%v and behind the first %v", all, behind)
		}
	})
	t.Run("inclusion", func(t *testing.T) { c.proveAll(tree) })
	t.Run("a smaller size", func(t *testing.T) {
		old := c.treeOf(string(c.get("/v1/audit/checkpoints/" + before).is(200).body))
		proof := c.get("/v1/audit/proofs/1?size=" + before).is(200)
		if fmt.Sprint(old.N) != before || proof.number("size") != int(old.N) {
			t.Errorf("%s", proof.body)
		}
		c.get("/v1/audit/proofs/"+after+"?size="+before).refused(422, "sizes_invalid")
	})
	t.Run("consistency", func(t *testing.T) {
		proof := c.get("/v1/audit/consistency?from=" + before + "&to=" + after).is(200)
		old := c.treeOf(proof.text("checkpoint_from"))
		if err := tlog.CheckTree(hashes(t, proof.at("hashes").([]any)), tree.N, tree.Hash, old.N, old.Hash); err != nil {
			t.Error(err)
		}
	})
	t.Run("tiles", func(t *testing.T) { c.tilesOf(tree) })
}

// proveAll verifies the proof of each event in both forms.
func (c *client) proveAll(tree tlog.Tree) {
	c.t.Helper()
	for position := range tree.N {
		path := fmt.Sprint("/v1/audit/proofs/", position+1)
		proof := c.get(path).is(200)
		entry, err := base64.StdEncoding.DecodeString(proof.text("entry"))
		if err != nil || len(entry) != 74 {
			c.t.Fatalf("entry %s, %v", proof.text("entry"), err)
		}
		leaf := tlog.RecordHash(entry)
		if fmt.Sprintf("%x", leaf[:]) != proof.text("leaf_hash") {
			c.t.Errorf("the entry at %d does not hash to the leaf", position+1)
		}
		if err := tlog.CheckRecord(hashes(c.t, proof.at("hashes").([]any)), tree.N, tree.Hash, position, leaf); err != nil {
			c.t.Error(err)
		}
		text := string(c.get(path, header("Accept", "text/plain")).is(200).body)
		if either := c.get(path, header("Accept", "text/plain, application/json;q=0.9")).is(200); either.text("leaf_hash") != proof.text("leaf_hash") {
			c.t.Errorf("%s is no JSON, which the client takes, too", either.body)
		}
		begin, signed, _ := strings.Cut(text, "\n\n")
		want := append([]string{"c2sp.org/tlog-proof@v1", fmt.Sprint("index ", position)}, strings.Fields(strings.Trim(fmt.Sprint(proof.at("hashes")), "[]"))...)
		if begin != strings.Join(want, "\n") || signed != proof.text("checkpoint") {
			c.t.Errorf("%s, want %q", text, want)
		}
	}
}

// tilesOf reads the only tile, its entries, and what is not there.
func (c *client) tilesOf(tree tlog.Tree) {
	c.t.Helper()
	partial := fmt.Sprint("000.p/", tree.N)
	tile := c.get("/v1/audit/tile/0/" + partial).is(200)
	if got := tile.header.Get("Cache-Control"); got != "private, max-age=31536000, immutable" {
		c.t.Errorf("Cache-Control %s", got)
	}
	if got := tile.header.Get("Content-Type"); got != "application/octet-stream" || len(tile.body) != int(tree.N)*32 {
		c.t.Errorf("%d bytes of %s", len(tile.body), got)
	}
	bundle := c.get("/v1/audit/tile/entries/" + partial).is(200).body
	for i := range tree.N {
		size := binary.BigEndian.Uint16(bundle)
		leaf := sha256.Sum256(append([]byte{0}, bundle[2:2+size]...))
		if !bytes.Equal(leaf[:], tile.body[i*32:(i+1)*32]) {
			c.t.Errorf("entry %d does not hash to its leaf", i)
		}
		bundle = bundle[2+size:]
	}
	for _, path := range []string{"0/000", "0/001", "1/000.p/1", "9/000", "entries/000", "entries/x001/000.p/1", "64/000", "00/000", "none/000"} {
		missing := c.get("/v1/audit/tile/"+path).refused(404, "tile_not_found")
		if got := missing.header.Get("Cache-Control"); got != "no-store" {
			c.t.Errorf("%s may be kept: %s", path, got)
		}
	}
	for _, path := range []string{"0/0", "0/000.p/0", "0/000.p/", "0/x000/000", "0/../000"} {
		if a := c.get("/v1/audit/tile/" + path); a.status != 400 && a.status != 404 {
			c.t.Errorf("%s: %d", path, a.status)
		}
	}
}
