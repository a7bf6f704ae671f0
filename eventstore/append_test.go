package eventstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The functions of this release and of the one before both refuse a snapshot that may be older than the lock.
func TestAppendRefusesOldSnapshots(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, parameters := range []int{31, 32} {
		for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable} {
			tx, err := b.admin.BeginTx(b.ctx, pgx.TxOptions{IsoLevel: level})
			if err != nil {
				t.Fatal(err)
			}
			_, err = tx.Exec(b.ctx, `SELECT tallystick.append($1`+strings.Repeat(`, '{}'`, parameters-1)+`)`, [16]byte(b.ledger.ID))
			if (err == nil) != (level == pgx.ReadCommitted) {
				t.Errorf("with %d parameters at %s: %v", parameters, level, err)
			}
			_ = tx.Rollback(b.ctx)
		}
	}
}

// forged is a request of three events in two streams, as the function is given it.
type forged struct {
	stream    []string
	version   []int64
	leaf      [][]byte
	after     []int64
	in        []int32
	eventAt   []int64
	effective time.Time
}

func (f forged) append(b *bench) error {
	events := len(f.in)
	ids, types, schemas, data, bodies, times := make([][16]byte, events), make([]string, events), make([]int16, events), make([][]byte, events), make([][]byte, events), make([]time.Time, events)
	commands := make([]int32, events)
	for i := range f.in {
		ids[i], types[i], schemas[i], data[i], bodies[i], times[i] = uuid.New(), "box.ball_put.v1", 1, []byte(`{"ball":"x"}`), make([]byte, 32), f.effective
		commands[i] = 1
	}
	id := uuid.New()
	_, err := b.admin.Exec(b.ctx, `
		SELECT tallystick.append($1, $2, $3, $4, $5, '{}', $6, $7, $8, '{me}', '{c}', '{NULL}', '{200}', '{box:a}', '{1}', $9, $10,
		                         $11, $12, $13, $14, $15, $16, $17, $18, $19, NULL, NULL, NULL, NULL, NULL)`,
		[16]byte(b.ledger.ID), f.stream, f.version, f.leaf, f.after, [][16]byte{id}, [][]byte{id[:]}, [][]byte{make([]byte, 32)},
		[]int32{int32(events)}, [][]byte{[]byte("{}")}, commands, f.in, f.eventAt, ids, types, schemas, times, data, bodies)
	return err
}

// The function does not take the program's word for what it can see itself.
func TestAppendChecksWhatItCan(t *testing.T) {
	t.Parallel()
	good := func() forged {
		return forged{
			stream: []string{"box:a", "box:b", "box:read"}, version: []int64{0, 0, 0}, leaf: [][]byte{nil, nil, nil}, after: []int64{2, 1, 0},
			in: []int32{1, 2, 1}, eventAt: []int64{1, 1, 2}, effective: time.Now(),
		}
	}
	for name, forge := range map[string]func(*forged){
		"":                                     func(*forged) {},
		"a hole":                               func(f *forged) { f.eventAt[2] = 3 },
		"a hole that is declared":              func(f *forged) { f.eventAt[2], f.after[0] = 3, 3 },
		"a version twice":                      func(f *forged) { f.eventAt[2] = 1 },
		"a version that is taken":              func(f *forged) { f.eventAt[0] = 0 },
		"fewer than declared":                  func(f *forged) { f.after[1] = 2 },
		"more than declared":                   func(f *forged) { f.after[0] = 1 },
		"too few here and too many there":      func(f *forged) { f.after[0], f.after[1] = 1, 2 },
		"an event of a stream that is read":    func(f *forged) { f.in[1] = 3 },
		"an event of no stream of the batch":   func(f *forged) { f.in[1] = 4 },
		"an event that takes effect in 2201":   func(f *forged) { f.effective = time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC) },
		"an event that took effect in 1969":    func(f *forged) { f.effective = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC) },
		"an event that takes effect in 2200":   func(f *forged) { f.effective = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a stream that shrinks to fit another": func(f *forged) { f.after[0], f.after[2], f.eventAt[2] = 3, -1, 3 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			f := good()
			forge(&f)
			err := f.append(b)
			taken := name == "" || strings.HasSuffix(name, "2200")
			if pgErr, ok := errors.AsType[*pgconn.PgError](err); taken != (err == nil) || err != nil && (!ok || pgErr.Code[:2] != "23" && pgErr.Code != "XX001") {
				t.Errorf("got %v", err)
			}
			if n := len(b.events()); taken && n != 3 || !taken && n != 0 {
				t.Errorf("%d events", n)
			}
		})
	}
}

// A batch that is refused leaves nothing and says why, and one that is not, too.
func TestAppendSaysWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	leaf := func(position int) []byte { return b.events()[position-1].LeafHash }
	one := forged{stream: []string{"box:a"}, version: []int64{0}, leaf: [][]byte{nil}, after: []int64{2}, in: []int32{1, 1}, eventAt: []int64{1, 2}, effective: time.Now()}
	if err := one.append(b); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		version  int64
		leaf     []byte
		stale    []int32
		diverged []int32
	}{
		"as it is":           {2, leaf(2), nil, nil},
		"behind":             {1, leaf(1), []int32{1}, nil},
		"before the first":   {0, nil, []int32{1}, nil},
		"ahead":              {3, leaf(2), nil, []int32{1}},
		"another last event": {2, leaf(1), nil, []int32{1}},
	} {
		t.Run(name, func(t *testing.T) {
			var stale, diverged []int32
			err := b.admin.QueryRow(b.ctx, `
				SELECT stale, diverged
				FROM tallystick.append($1, '{box:a}', ARRAY[$2::bigint], ARRAY[$3::bytea], ARRAY[$2::bigint]`+strings.Repeat(`, NULL`, 26)+`)`,
				[16]byte(b.ledger.ID), test.version, test.leaf).Scan(&stale, &diverged)
			if err != nil || fmt.Sprint(stale, diverged) != fmt.Sprint(test.stale, test.diverged) {
				t.Errorf("stale %v, diverged %v, %v", stale, diverged, err)
			}
		})
	}
}
