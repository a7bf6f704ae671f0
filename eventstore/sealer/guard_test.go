package sealer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	domainaudit "github.com/tallystick/tallystick/domain/audit"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"
)

// file gives the path of the ledger's outside copy.
func (b *bench) file() string { return filepath.Join(b.outside, b.Ledger.ID.String()) }

// refuses reports that sealing is refused, for a reason with some words in it, and that commands go on.
func (b *bench) refuses(words string) {
	b.T.Helper()
	b.seal()
	log := b.log()
	if !strings.Contains(log.Refusal(), words) {
		b.T.Fatalf("sealing is refused because %q, want %q", log.Refusal(), words)
	}
	before, _, err := log.Newest(b.Ctx)
	must(b.T, err)
	b.happen(3)
	b.seal()
	after, _, err := b.log().Newest(b.Ctx)
	must(b.T, err)
	if after.Note != before.Note {
		b.T.Errorf("a checkpoint was signed all the same: %s", after.Note)
	}
}

// cutTo makes the database what a backup of a size holds.
func (b *bench) cutTo(size int64) {
	b.T.Helper()
	b.Forge(`DELETE FROM tallystick.events WHERE position > $1`, size)
	b.Exec(`DELETE FROM tallystick.audit_checkpoints WHERE size > $1`, size)
	b.Exec(`UPDATE tallystick.audit_tiles SET hashes = substring(hashes FOR 32 * ($1 - number * 256)::int) WHERE level = 0 AND number = $1 / 256`, size)
	b.Exec(`DELETE FROM tallystick.audit_tiles WHERE level = 0 AND (number > $1 / 256 OR number = $1 / 256 AND $1 % 256 = 0) OR level > 0 AND $1 < 256`, size)
	b.Exec(`UPDATE tallystick.audit_seals SET size = $1`, size)
	b.Store = b.Knowing().Store // the cache of the one before knows more
}

func TestAnOlderBackupIsRefused(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]int{"as it was": 0, "with fewer new events": 2, "with more new events": 40} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.happen(10)
			b.seal()
			b.happen(20)
			b.seal()
			b.cutTo(10)
			b.happen(more)
			words := "knows 30 events, and the ledger has only"
			if more > 20 {
				words = "another history of the first 30 events"
			}
			b.refuses(words)
		})
	}
}

// TestAfterACrash: what was kept outside and then lost in the database is made again, and is the same.
func TestAfterACrash(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.happen(10)
	b.seal()
	b.happen(7)
	b.seal()
	lost, _ := b.newest()
	b.Exec(`DELETE FROM tallystick.audit_checkpoints WHERE size = 17`)
	b.Exec(`UPDATE tallystick.audit_tiles SET hashes = substring(hashes FOR 320)`)
	b.happen(3)
	b.seal()
	if again, found, err := b.log().At(b.Ctx, 17); err != nil || !found || again.Note != lost.Note {
		t.Errorf("the checkpoint of 17 events is %q, %v, want %q", again.Note, err, lost.Note)
	}
	if newest, _ := b.newest(); newest.Size != 20 {
		t.Errorf("sealed to %d", newest.Size)
	}
}

func TestWhatIsForgedIsRefused(t *testing.T) {
	t.Parallel()
	for name, forgery := range map[string]struct {
		forge func(*bench)
		words string
	}{
		"a tile": {func(b *bench) {
			b.Exec(`UPDATE tallystick.audit_tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)`)
		}, "do not give the root"},
		"a tile that is gone": {func(b *bench) { b.Exec(`DELETE FROM tallystick.audit_tiles`) }, "does not have 20 hashes"},
		"the last checkpoint": {func(b *bench) {
			b.Exec(`UPDATE tallystick.audit_checkpoints SET note = replace(note, E'\n20\n', E'\n19\n') WHERE size = 20`)
		}, "not signed by the audit key"},
		"a checkpoint that is gone": {func(b *bench) { b.Exec(`DELETE FROM tallystick.audit_checkpoints WHERE size = 20`) }, "does not have 10 hashes"},
		"all checkpoints gone":      {func(b *bench) { b.Exec(`DELETE FROM tallystick.audit_checkpoints`) }, "has more hashes than"},
		"a later event that is missing": {func(b *bench) {
			b.happen(9)
			b.Forge(`DELETE FROM tallystick.events WHERE position = 22`)
		}, "some are missing"},
		"the last events": {func(b *bench) { b.Forge(`DELETE FROM tallystick.events WHERE position > 18`) }, "the last of them is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.happen(10)
			b.seal()
			b.happen(10)
			b.seal()
			forgery.forge(b)
			b.seal()
			if refusal := b.log().Refusal(); !strings.Contains(refusal, forgery.words) {
				t.Errorf("refused because %q, want %q", refusal, forgery.words)
			}
		})
	}
}

// TestOtherFiles: an outside copy that is not of this log, or not by this key, is refused; one that is missing is made again.
func TestOtherFiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.happen(5)
	b.seal()
	must(t, os.Remove(b.file()))
	b.happen(5)
	b.seal()
	if _, err := os.Stat(b.file()); err != nil || b.log().Refusal() != "" {
		t.Fatalf("%v, %q", err, b.log().Refusal())
	}
	for name, other := range map[string]struct{ content, words string }{
		"rubbish":     {"rubbish", "no checkpoint that is signed"},
		"another log": {b.signed(audit.Checkpoint{Origin: "tallystick/" + uuid.NewString(), Size: 1}), "is of the log"},
		"more events": {b.signed(audit.Checkpoint{Origin: "tallystick/" + b.Ledger.ID.String(), Size: 1000}), "knows 1000 events"},
		"other roots": {b.signed(audit.Checkpoint{Origin: "tallystick/" + b.Ledger.ID.String(), Size: 5}), "another history"},
		"a next tree": {b.signed(audit.Checkpoint{Origin: "tallystick/" + b.Ledger.ID.String() + "/2", Size: 5}), "is of the log"},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, os.WriteFile(b.file(), []byte(other.content), 0o600))
			b.Exec(`UPDATE tallystick.audit_seals SET refusal = NULL`)
			b.seal()
			if refusal := b.log().Refusal(); !strings.Contains(refusal, other.words) {
				t.Errorf("refused because %q, want %q", refusal, other.words)
			}
		})
	}
}

func (b *bench) signed(c audit.Checkpoint) string {
	b.T.Helper()
	signed, err := b.Keys.Sign(c)
	must(b.T, err)
	return signed
}

// TestRestart: a new tree begins at position 1 under another name, and the copy of the tree before stays.
func TestRestart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Bench = b.Knowing(domainaudit.Type)
	b.happen(30)
	b.seal()
	old, _ := b.newest()
	b.cutTo(0)
	b.Bench = b.Knowing(domainaudit.Type)
	b.happen(12)
	b.refuses("knows 30 events")
	b.Append(domainaudit.Stream(), domainaudit.Restarted{Tree: 2, Reason: "restored"})
	b.seal()
	newest, tree := b.newest()
	if newest.Origin != "tallystick/"+b.Ledger.ID.String()+"/2" || tree.N != b.Tail() || b.log().Refusal() != "" {
		t.Errorf("%s with %d of %d events, refused because %q", newest.Origin, tree.N, b.Tail(), b.log().Refusal())
	}
	if kept, err := os.ReadFile(b.file() + ".before-2"); err != nil || string(kept) != old.Note {
		t.Errorf("the copy of the tree before: %q, %v", kept, err)
	}
	b.happen(5)
	b.seal()
	if later, _ := b.newest(); later.Size != b.Tail() {
		t.Errorf("sealed to %d of %d", later.Size, b.Tail())
	}
}

// TestCheck names the first tile or checkpoint that is not that of the events.
func TestCheck(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 4 {
		b.happen(150)
		b.seal()
	}
	check := func(words string, position int64) {
		t.Helper()
		checked, bad, err := sealer.Check(b.Ctx, b.Admin, b.Ledger.ID, b.Tail())
		must(t, err)
		if words == "" && (bad != nil || checked != 4) || words != "" && (bad == nil || !strings.Contains(bad.Detail, words) || bad.Position != position) {
			t.Errorf("%d checkpoints, %+v, want %q at %d", checked, bad, words, position)
		}
	}
	check("", 0)
	for _, forged := range []struct {
		change, back, words string
		position            int64
	}{
		{`UPDATE tallystick.audit_tiles SET hashes = set_byte(hashes, 320, get_byte(hashes, 320) # 1) WHERE level = 0 AND number = 1`, "", "tile 0/001", 267},
		{`UPDATE tallystick.audit_tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) WHERE level = 1`, "", "tile 1/000", 257},
		{`UPDATE tallystick.audit_checkpoints SET root = set_byte(root, 3, get_byte(root, 3) # 1) WHERE size = 300`, "", "not as it was signed", 300},
		{`UPDATE tallystick.audit_checkpoints SET note = overlay(note PLACING 'xxxx' FROM length(note) - 20) WHERE size = 450`,
			`UPDATE tallystick.audit_checkpoints SET note = $$` + b.noteOf(450) + `$$ WHERE size = 450`, "not as it was signed", 450},
	} {
		b.Exec(forged.change)
		check(forged.words, forged.position)
		if forged.back == "" {
			forged.back = forged.change // twice is never
		}
		b.Exec(forged.back)
	}
	check("", 0)
}

func (b *bench) noteOf(size int64) string {
	b.T.Helper()
	c, found, err := b.log().At(b.Ctx, size)
	must(b.T, err)
	if !found {
		b.T.Fatalf("no checkpoint of %d events", size)
	}
	return c.Note
}
