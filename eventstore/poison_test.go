package eventstore_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// ballLost is known to a newer release alone, and ballCursed is one that the fold of this release can't take.
type (
	ballLost   struct{}
	ballCursed struct{}
)

func (ballLost) EventType() string   { return "box.ball_lost.v1" }
func (ballCursed) EventType() string { return "box.ball_cursed.v1" }

func (ballLost) evolve(b box) box   { return b }
func (ballCursed) evolve(b box) box { return b }

// newer is a process of a newer release.
func (b *bench) newer() *eventstore.Store {
	b.t.Helper()
	codec, err := eventstore.NewCodec(domain.NewStreamType[boxFact]("box", evolveBox,
		ballPut{}, ballTaken{}, noteLeft{}, notesBurnt{}, ballLost{}, ballCursed{}))
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

// cursed is a process whose fold panics on cursed balls.
func (b *bench) cursed(o eventstore.Options) *eventstore.Store {
	b.t.Helper()
	codec, err := eventstore.NewCodec(domain.NewStreamType[boxFact]("box", func(s box, event domain.Event) box {
		if _, cursed := event.(ballCursed); cursed {
			panic("a curse")
		}
		return evolveBox(s, event)
	}, ballPut{}, ballTaken{}, ballCursed{}))
	if err != nil {
		b.t.Fatal(err)
	}
	store, err := eventstore.New(b.pool(), codec, o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(store.Close)
	return store
}

func lose(stream domain.Stream, fact domain.Event) eventstore.Command {
	return command(stream, func(d *eventstore.Decision) error {
		d.Append(stream, fact)
		return nil
	})
}

// An event that can't be read fails the commands on its own stream, and none that are read or caught up together with them.
func TestAnEventThatCannotBeReadFailsItsStreamAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fact domain.Event
		says string
		open func(*bench) *eventstore.Store
	}{
		"unknown":  {ballLost{}, "version 2 of box:b: event type box.ball_lost.v1 is unknown", func(b *bench) *eventstore.Store { return b.process(eventstore.Options{}) }},
		"panicked": {ballCursed{}, "panicked: a curse", func(b *bench) *eventstore.Store { return b.cursed(eventstore.Options{}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			newer, store := b.newer(), test.open(b)
			streams := []domain.Stream{"box:a", "box:b"}
			for _, stream := range streams {
				b.execute(store, put(stream, 9, "red"))
			}
			b.execute(newer, lose("box:b", test.fact))
			b.execute(newer, put("box:a", 9, "red"))
			b.fails(store, test.says, "box:b", "box:a")        // caught up with
			b.fails(test.open(b), test.says, "box:b", "box:a") // read anew
		})
	}
}

// fails sends commands to two boxes at once, of which the first can't be read.
func (b *bench) fails(store *eventstore.Store, says string, bad, good domain.Stream) {
	b.t.Helper()
	release := b.holdLock()
	var calling sync.WaitGroup
	call := func(stream domain.Stream, check func(error)) {
		calling.Go(func() {
			_, err := store.Execute(b.ctx, b.ledger, put(stream, 9, "blue"))
			check(err)
		})
	}
	succeeds := func(err error) {
		if err != nil {
			b.t.Errorf("%s: %v", good, err)
		}
	}
	call("box:first", succeeds)
	b.awaitWaiting(1)
	call(good, succeeds)
	var answered atomic.Bool
	call(bad, func(err error) {
		answered.Store(true)
		if err == nil || !strings.Contains(err.Error(), says) {
			b.t.Errorf("%s: %v, want %s", bad, err, says)
		}
	})
	await(b.t, "both to wait", func() bool { return store.Queued(b.ledger) == 2 || store.Queued(b.ledger) == 1 && answered.Load() })
	release()
	calling.Wait()
}

// A stored event is read whatever its white space; one that is no JSON, or more than one value, fails its stream alone.
func TestStoredDataIsReadByItself(t *testing.T) {
	t.Parallel()
	for data, says := range map[string]string{
		"{ \"ball\":\n\t\"red\" }\n":      "",
		`{"ball":"red","gone":["since"]}`: "",
		`{"ball":"red"} {"ball":"blue"}`:  "more than one value",
		`{"ball":"red"`:                   "version 2 of box:b",
		``:                                "version 3 of box:b",
		`{"ball":7}`:                      "version 2 of box:b",
	} {
		t.Run(data, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			store := b.process(eventstore.Options{})
			b.execute(store, put("box:b", 9, "red"))
			b.insert("box:b", 2, data)
			b.insert("box:b", 3, `{"ball":"green"}`)
			b.execute(store, put("box:a", 9, "red"))
			c := put("box:b", 3, "blue")
			_, err := b.process(eventstore.Options{}).Execute(b.ctx, b.ledger, c)
			switch {
			case says == "" && code(err) != "box_full":
				t.Errorf("got %v, want a box of three", err)
			case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
				t.Errorf("got %v, want %s", err, says)
			}
		})
	}
}

// insert writes an event behind the ledger's last, past the function.
func (b *bench) insert(stream domain.Stream, version int64, data string) {
	b.t.Helper()
	b.exec(`SELECT set_config('role', pg_get_userbyid(relowner), false) FROM pg_class WHERE oid = 'tallystick.events'::regclass`)
	b.exec(`
		INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
		                               effective_at, actor, command, correlation, data, leaf_hash)
		SELECT $1, p.position, p.position, gen_random_uuid(), $2, $3, 'box.ball_put.v1', 1, now(), now(), 'me', gen_random_uuid(), 'c',
		       $4, sha256(int8send(p.position))
		FROM (SELECT max(position) + 1 AS position FROM tallystick.events WHERE ledger_id = $1) AS p`,
		[16]byte(b.ledger.ID), string(stream), version, []byte(data))
	b.exec(`RESET ROLE`)
}
