package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"
	checks "github.com/tallystick/tallystick/projections/verify"
)

var tampers = flag.Int("tampers", 24, "how often a superuser tampers with a ledger")

// superuser does in one transaction, which is undone, what only a superuser can.
type superuser struct {
	*bench
	context.Context

	tx   pgx.Tx
	dice *rand.Rand
	at   int64 // the position that is tampered with
	tail int64
}

func (s *superuser) do(sql string, args ...any) {
	s.T.Helper()
	if _, err := s.tx.Exec(s, sql, args...); err != nil {
		s.T.Fatalf("%s: %v", sql, err)
	}
}

// rehash gives all events from a position on the leaves that they would have.
func (s *superuser) rehash(from int64) {
	s.T.Helper()
	events, err := s.Codec.After(s, s.tx, s.Ledger.ID, from-1, eventstore.Filter{}, 1<<20)
	must(s.T, err)
	for _, e := range events {
		leaf := audit.Leaf(e.Position, e.GroupLast, e.RecordedAt, e.Body(s.Ledger.ID).Hash())
		s.do(`UPDATE tallystick.events SET leaf_hash = $1 WHERE position = $2`, leaf[:], e.Position)
	}
}

// retile gives all tiles the hashes that the events' leaves would have given them.
func (s *superuser) retile() {
	s.T.Helper()
	var leaves []byte
	must(s.T, s.tx.QueryRow(s, `SELECT string_agg(leaf_hash, ''::bytea ORDER BY position) FROM tallystick.events`).Scan(&leaves))
	tree, err := audit.NewTree(0, nil)
	must(s.T, err)
	s.do(`DELETE FROM tallystick.audit_tiles`)
	for _, g := range tree.Append(leaves) {
		s.do(`INSERT INTO tallystick.audit_tiles VALUES ($1, 1, $2, $3, $4)`, [16]byte(s.Ledger.ID), g.Level, g.Number, g.Hashes)
	}
}

// shift moves all events behind a position.
func (s *superuser) shift(behind, by int64) {
	s.T.Helper()
	for _, table := range []string{"events", "private_parts"} {
		s.do(`UPDATE tallystick.`+table+` SET position = position + 1000000 WHERE position > $1`, behind)
		s.do(`UPDATE tallystick.`+table+` SET position = position - 1000000 + $1 WHERE position > 1000000`, by)
	}
	s.do(`UPDATE tallystick.events SET group_last = group_last + $1 WHERE position > $2`, by, behind)
}

// other gives a size at the tampered position, or before it, of which there is no checkpoint.
func (s *superuser) other() int64 {
	s.T.Helper()
	var size int64
	must(s.T, s.tx.QueryRow(s, `SELECT max(n) FROM generate_series(1, $1::bigint) n WHERE NOT EXISTS (SELECT FROM tallystick.audit_checkpoints WHERE size = n)`, s.at).Scan(&size))
	s.at = size
	return size
}

// signAnew gives all checkpoints the roots that they would have, signed by a key of the superuser's own.
func (s *superuser) signAnew() {
	s.T.Helper()
	line, err := audit.GenerateKey("test")
	must(s.T, err)
	keys, err := audit.ReadKeys([]byte(line))
	must(s.T, err)
	log, _, err := sealer.Open(s, s.tx, s.Ledger.ID)
	must(s.T, err)
	all, err := log.After(s, 0, 1<<20)
	must(s.T, err)
	for _, c := range all {
		var leaves []byte
		must(s.T, s.tx.QueryRow(s, `SELECT string_agg(leaf_hash, ''::bytea ORDER BY position) FROM tallystick.events WHERE position <= $1`, c.Size).Scan(&leaves))
		tree, err := audit.NewTree(0, nil)
		must(s.T, err)
		tree.Append(leaves)
		c.Root, err = tree.Root()
		must(s.T, err)
		note, err := keys.Sign(c.Checkpoint)
		must(s.T, err)
		s.do(`UPDATE tallystick.audit_checkpoints SET root = $1, note = $2 WHERE size = $3`, c.Root[:], note, c.Size)
	}
	s.do(`UPDATE tallystick.audit_seals SET vkeys = $1`, keys.Verifiers(all[0].Origin)[0])
}

// change gives the event other data of the same form.
func (s *superuser) change() {
	s.do(`UPDATE tallystick.events SET effective_at = effective_at + interval '1 second' WHERE position = $1`, s.at)
}

// tampering is a thing that a superuser does. exact tells whether the first bad position is found without tiles, and whats what is
// found in a bundle; a bundle says nothing of what has none.
type tampering struct {
	name  string
	do    func(*superuser)
	exact bool
	whats []what
}

// tamperings lists them. All of them leave a database that the server reads.
var tamperings = []tampering{
	{"edit an event", (*superuser).change, true, []what{whatLeaf}},
	{"edit an event and its leaf", func(s *superuser) { s.change(); s.rehash(s.at) }, false, []what{whatRoot}},
	{"edit a leaf", func(s *superuser) {
		s.do(`UPDATE tallystick.events SET leaf_hash = set_byte(leaf_hash, $1, get_byte(leaf_hash, $1) # 4) WHERE position = $2`, s.dice.IntN(32), s.at)
	}, true, []what{whatLeaf}},
	{"edit who did it", func(s *superuser) { s.do(`UPDATE tallystick.events SET actor = 'nobody' WHERE position = $1`, s.at) }, true, []what{whatLeaf}},
	{"edit when it was recorded", func(s *superuser) {
		s.do(`UPDATE tallystick.events SET recorded_at = recorded_at - interval '1 microsecond' WHERE position = $1`, s.at)
	}, true, []what{whatLeaf, whatOrder}},
	{"delete an event", func(s *superuser) { s.do(`DELETE FROM tallystick.events WHERE position = $1`, s.at) }, true, []what{whatGap, whatGroup}},
	{"delete an event without a gap", func(s *superuser) {
		s.do(`DELETE FROM tallystick.events WHERE position = $1`, s.at)
		s.do(`DELETE FROM tallystick.private_parts WHERE position = $1`, s.at)
		s.shift(s.at, -1)
		s.do(`UPDATE tallystick.events SET group_last = group_last - 1 WHERE position < $1 AND group_last >= $1`, s.at)
		s.rehash(1)
	}, false, []what{whatVersion, whatRoot, whatGap, whatGroup}},
	{"insert an event", func(s *superuser) {
		s.shift(s.at-1, 1)
		s.do(`UPDATE tallystick.events SET group_last = group_last + 1 WHERE position < $1 AND group_last >= $1`, s.at)
		s.do(`INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at, effective_at, actor, command, correlation, data, leaf_hash)
			SELECT ledger_id, $1::bigint, $1::bigint, gen_random_uuid(), 'clock:forged', 1, 'clock.advanced.v1', 1, recorded_at, effective_at, actor, gen_random_uuid(), correlation, '\x7b22746f223a22323032362d30312d30315430303a30303a30305a227d', leaf_hash
			FROM tallystick.events WHERE position = $1::bigint + 1`, s.at)
		s.rehash(1)
	}, false, []what{whatRoot, whatGroup}},
	{"reorder two events", func(s *superuser) {
		s.do(`UPDATE tallystick.events SET position = 1000000 WHERE position = $1`, s.at)
		s.do(`UPDATE tallystick.events SET position = $1 WHERE position = $1 + 1`, s.at)
		s.do(`UPDATE tallystick.events SET position = $1 + 1 WHERE position = 1000000`, s.at)
	}, true, []what{whatLeaf}},
	{"edit personal data", func(s *superuser) {
		s.do(`UPDATE tallystick.private_parts SET data = convert_to('{"name":"Eve"}', 'UTF8') WHERE position = (
			SELECT min(position) FROM tallystick.private_parts WHERE position >= $1)`, s.at)
	}, true, []what{whatPrivate}},
	{"edit a checkpoint", func(s *superuser) {
		s.do(`UPDATE tallystick.audit_checkpoints SET note = regexp_replace(note, E'\n[0-9]+\n', E'\n' || size + 1 || E'\n') WHERE size = (
			SELECT min(size) FROM tallystick.audit_checkpoints WHERE size >= $1)`, s.at)
	}, true, []what{whatSignature}},
	{"delete the newest checkpoint", func(s *superuser) {
		s.do(`DELETE FROM tallystick.audit_checkpoints WHERE size = $1`, s.tail)
		s.change()
		s.rehash(s.at)
	}, false, []what{whatRoot}},
	{"restore an older backup", func(s *superuser) {
		s.do(`DELETE FROM tallystick.events WHERE position >= $1`, s.at)
		s.do(`DELETE FROM tallystick.private_parts WHERE position >= $1`, s.at)
		s.do(`DELETE FROM tallystick.audit_checkpoints WHERE size >= $1`, s.at)
	}, true, []what{whatGap, whatGroup, whatSignature}},
	{"edit an event, its leaf and all tiles", func(s *superuser) { s.change(); s.rehash(s.at); s.retile() }, false, []what{whatRoot}},
	{"delete an event, and make leaves and tiles anew", func(s *superuser) {
		s.do(`DELETE FROM tallystick.events WHERE position = $1`, s.at)
		s.do(`DELETE FROM tallystick.private_parts WHERE position = $1`, s.at)
		s.do(`UPDATE tallystick.events e SET version = version - 1 WHERE position > $1 AND stream = 'clock:main' AND NOT EXISTS (
			SELECT FROM tallystick.events WHERE stream = 'clock:main' AND version = (SELECT min(version) FROM tallystick.events WHERE position > $1 AND stream = 'clock:main') - 1)`, s.at)
		s.shift(s.at, -1)
		s.do(`UPDATE tallystick.events SET group_last = group_last - 1 WHERE position < $1 AND group_last >= $1`, s.at)
		s.rehash(1)
		s.retile()
	}, false, []what{whatVersion, whatRoot, whatGap, whatGroup}},
	{"edit all events, leaves, tiles and checkpoints", func(s *superuser) {
		s.change()
		s.rehash(s.at)
		s.retile()
		s.signAnew()
	}, false, []what{whatRoot, whatSignature}},
	{"spoil a checkpoint", func(s *superuser) {
		s.do(`UPDATE tallystick.audit_checkpoints SET note = 'nothing' WHERE size = (SELECT min(size) FROM tallystick.audit_checkpoints WHERE size >= $1)`, s.at)
	}, true, []what{whatSignature}},
	{"insert a checkpoint", func(s *superuser) {
		s.do(`INSERT INTO tallystick.audit_checkpoints (ledger_id, tree, size, root, signed_at, note)
			SELECT ledger_id, tree, $1::bigint, root, signed_at, regexp_replace(note, E'\n[0-9]+\n', E'\n' || $1::bigint || E'\n')
			FROM tallystick.audit_checkpoints WHERE size = $2 ON CONFLICT DO NOTHING`, s.other(), s.tail)
	}, true, []what{whatSignature}},
	{"delete a checkpoint", func(s *superuser) {
		s.do(`DELETE FROM tallystick.audit_checkpoints WHERE size = (SELECT min(size) FROM tallystick.audit_checkpoints WHERE size >= least($1, $2 - 30))`, s.at, s.tail)
	}, true, nil},
	{"edit an upper tile", func(s *superuser) {
		s.do(`UPDATE tallystick.audit_tiles SET hashes = set_byte(hashes, $1, get_byte(hashes, $1) # 1) WHERE level = 1`, s.dice.IntN(32))
	}, true, nil},
	{"delete a tile", func(s *superuser) {
		s.do(`DELETE FROM tallystick.audit_tiles WHERE level = 0 AND number = $1`, (s.at-1)/tileWidth)
	}, true, nil},
	{"insert a tile", func(s *superuser) {
		s.do(`INSERT INTO tallystick.audit_tiles SELECT ledger_id, tree, level, number + 1 + $1, hashes FROM tallystick.audit_tiles WHERE level = 1`, s.dice.IntN(3))
	}, true, nil},
	{"forget that the ledger is sealed", func(s *superuser) { s.do(`DELETE FROM tallystick.audit_seals`) }, true, nil},
	{"begin another tree", func(s *superuser) { s.do(`UPDATE tallystick.audit_seals SET tree = 2, size = 0`) }, true, nil},
	{"edit a tile", func(s *superuser) {
		s.do(`UPDATE tallystick.audit_tiles SET hashes = set_byte(hashes, $1, get_byte(hashes, $1) # 1) WHERE level = 0 AND number = $2`,
			int(s.at-1)%tileWidth*32+s.dice.IntN(32), (s.at-1)/tileWidth)
	}, true, []what{whatRoot}},
}

// errUndo undoes a transaction.
var errUndo = errors.New("undo")

// TestTampering: whatever a superuser does to a ledger, whoever has one checkpoint of before finds out, and learns the first position
// that is not what it was.
func TestTampering(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, events := range []int{3, 30, 1, 250, 9, 12} {
		b.happen(events)
		b.seal()
	}
	for n := range *tampers {
		kind := tamperings[n%len(tamperings)]
		t.Run(fmt.Sprint(n, " ", kind.name), func(t *testing.T) { b.tamper(t, kind, rand.New(rand.NewPCG(uint64(n), 7))) })
	}
	dir, err := b.bundle(b.Ctx, b.Admin, true)
	must(t, err)
	if v, _ := verify(t, "replay", dir, "--key", b.vkey(), "--checkpoint", b.outside); !v.OK {
		t.Errorf("what was undone is not verified: %+v", v.Bad)
	}
}

func (b *bench) tamper(t *testing.T, kind tampering, dice *rand.Rand) {
	err := pgx.BeginFunc(b.Ctx, b.Admin, func(tx pgx.Tx) error {
		tail := b.Tail()
		s := &superuser{bench: b, Context: b.Ctx, tx: tx, dice: dice, tail: tail, at: 2 + dice.Int64N(tail-3)}
		for _, table := range []string{"events", "private_parts"} {
			s.do(`ALTER TABLE tallystick.` + table + ` DISABLE TRIGGER refuse_rewriting`)
		}
		s.do(`ALTER TABLE tallystick.events DROP CONSTRAINT events_group_last_reached`)
		first := s.firstBad(kind)
		kind.do(s)
		if kind.whats != nil {
			s.offline(t, kind, first)
		}
		s.online(t, kind, first)
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
}

// offline verifies a bundle of what the superuser left.
func (s *superuser) offline(t *testing.T, kind tampering, first int64) {
	tiles := kind.name == "edit a tile" || s.dice.IntN(2) == 0
	dir, err := s.bundle(s, s.tx, tiles)
	must(t, err)
	v, _ := verify(t, "replay", dir, "--key", s.vkey(), "--checkpoint", s.outside)
	switch {
	case v.OK:
		t.Errorf("position %d: nothing was noticed", first)
	case v.Bad.Position == nil:
		t.Errorf("position %d: no position is named: %+v", first, v.Bad)
	case (kind.exact || tiles && v.Bad.What == whatRoot && v.Bad.Detail == "the leaf is not the one in the tile") && *v.Bad.Position != first && !kind.mayBeEarlier(v.Bad.What):
		t.Errorf("position %d is named %d: %+v", first, *v.Bad.Position, v.Bad)
	case *v.Bad.Position > first+1 && v.Bad.What != whatSignature && !strings.HasPrefix(kind.name, "delete an event"):
		t.Errorf("position %d is named too late, %d: %+v", first, *v.Bad.Position, v.Bad)
	}
	if v.Bad != nil && !contains(kind.whats, v.Bad.What) {
		t.Errorf("position %d: %+v, want one of %v", first, v.Bad, kind.whats)
	}
}

// online has the server's own checks look at what the superuser left.
func (s *superuser) online(t *testing.T, kind tampering, first int64) {
	note, err := os.ReadFile(s.outside)
	must(t, err)
	tail, err := eventstore.Tail(s, s.tx, s.Ledger.ID)
	must(t, err)
	results, err := checks.Run(s, s.tx, checks.Options{
		Codec: s.Codec, StreamTypes: []domain.StreamType{clock.Type, details.Type}, Ledger: s.Ledger, Position: tail,
		Checks: []string{"leaves", "positions", "streams", "checkpoints"}, Kept: []sealer.Kept{{Name: "outside", Note: string(note)}},
	})
	must(t, err)
	name, bad := checks.FirstBad(results)
	of := strings.Contains(kind.name, "tile") || strings.Contains(kind.name, "checkpoint") || strings.Contains(kind.name, "sealed") || strings.Contains(kind.name, "tree")
	switch {
	case bad == nil:
		t.Errorf("position %d: the server notices nothing", first)
	case bad.Position == nil:
		t.Errorf("position %d: the server names no position: %s: %+v", first, name, bad)
	case *bad.Position > first+1 && !of && !strings.HasPrefix(kind.name, "delete an event"):
		t.Errorf("position %d: the server names %d too late: %s: %+v", first, *bad.Position, name, bad)
	}
}

// mayBeEarlier reports whether a finding is of the events around.
func (k tampering) mayBeEarlier(found what) bool {
	return found == whatGroup || found == whatOrder || found == whatSignature
}

// firstBad gives the position that must be named.
func (s *superuser) firstBad(kind tampering) int64 {
	s.T.Helper()
	first := s.at
	if kind.name == "edit personal data" {
		must(s.T, s.tx.QueryRow(s, `SELECT coalesce(min(position), 0) FROM tallystick.private_parts WHERE position >= $1`, s.at).Scan(&first))
		if first == 0 {
			must(s.T, s.tx.QueryRow(s, `SELECT max(position) FROM tallystick.private_parts`).Scan(&first))
			s.at = first
		}
	}
	return first
}

func contains(all []what, one what) bool {
	for _, w := range all {
		if w == one {
			return true
		}
	}
	return false
}
