package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
)

var tampers = flag.Int("tampers", 40, "how often a superuser tampers with a ledger")

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

// shift moves all events behind a position.
func (s *superuser) shift(behind, by int64) {
	s.T.Helper()
	for _, table := range []string{"events", "private_parts"} {
		s.do(`UPDATE tallystick.`+table+` SET position = position + 1000000 WHERE position > $1`, behind)
		s.do(`UPDATE tallystick.`+table+` SET position = position - 1000000 + $1 WHERE position > 1000000`, by)
	}
	s.do(`UPDATE tallystick.events SET group_last = group_last + $1 WHERE position > $2`, by, behind)
}

// change gives the event other data of the same form.
func (s *superuser) change() {
	s.do(`UPDATE tallystick.events SET effective_at = effective_at + interval '1 second' WHERE position = $1`, s.at)
}

// tampering is a thing that a superuser does. exact tells whether the first bad position is found without tiles.
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
		tiles := kind.name == "edit a tile" || dice.IntN(2) == 0
		dir, err := b.bundle(b.Ctx, tx, tiles)
		must(t, err)
		v, _ := verify(t, "replay", dir, "--key", b.vkey(), "--checkpoint", b.outside)
		switch {
		case v.OK:
			t.Errorf("position %d: nothing was noticed", first)
		case v.Bad.Position == nil:
			t.Errorf("position %d: no position is named: %+v", first, v.Bad)
		case (kind.exact || tiles && v.Bad.What == whatRoot && v.Bad.Detail == "the leaf is not the one in the tile") && *v.Bad.Position != first && !kind.mayBeEarlier(v.Bad.What):
			t.Errorf("position %d is named %d: %+v", first, *v.Bad.Position, v.Bad)
		case *v.Bad.Position > first+1 && kind.name != "edit a checkpoint" && kind.name != "delete an event without a gap":
			t.Errorf("position %d is named too late, %d: %+v", first, *v.Bad.Position, v.Bad)
		}
		if v.Bad != nil && !contains(kind.whats, v.Bad.What) {
			t.Errorf("position %d: %+v, want one of %v", first, v.Bad, kind.whats)
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
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
