package eventstore_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// lose takes the ledger's newest events away, as a failover does that loses them: their keys and private parts go with them.
func (b *bench) lose(events int) {
	b.t.Helper()
	tables := []string{"events", "idempotency", "private_parts"}
	for _, table := range tables {
		b.exec(`ALTER TABLE tallystick.` + table + ` DISABLE TRIGGER refuse_rewriting`)
	}
	var tail int64
	if err := b.admin.QueryRow(b.ctx, `
		SELECT max(position) - $2 FROM tallystick.events WHERE ledger_id = $1`, [16]byte(b.ledger.ID), events).Scan(&tail); err != nil {
		b.t.Fatal(err)
	}
	b.exec(`DELETE FROM tallystick.events WHERE ledger_id = $1 AND position > $2`, [16]byte(b.ledger.ID), tail)
	b.exec(`DELETE FROM tallystick.idempotency WHERE ledger_id = $1 AND last_position > $2`, [16]byte(b.ledger.ID), tail)
	b.exec(`DELETE FROM tallystick.private_parts WHERE ledger_id = $1 AND position > $2`, [16]byte(b.ledger.ID), tail)
	for _, table := range tables {
		b.exec(`ALTER TABLE tallystick.` + table + ` ENABLE ALWAYS TRIGGER refuse_rewriting`)
	}
}

// burnt is a box with two balls of which one was taken, which two processes know.
func (b *bench) burnt(stores ...*eventstore.Store) {
	b.t.Helper()
	b.execute(stores[0], put("box:a", 2, "one"))
	b.execute(stores[0], put("box:a", 2, "two"))
	b.execute(stores[0], take("box:a"))
	for _, store := range stores {
		if state := b.stateIn(store, "box:a"); state.Balls != 1 {
			b.t.Fatalf("state %+v", state)
		}
	}
}

// full holds that a box with room for two has two balls and takes no third.
func (b *bench) full(store *eventstore.Store) {
	b.t.Helper()
	if _, err := store.Execute(b.ctx, b.ledger, put("box:a", 2, "three")); code(err) != "box_full" {
		b.t.Errorf("a full box gave %v", err)
	}
	balls := 0
	for _, e := range b.events() {
		switch e.Fact.(type) {
		case ballPut:
			if e.Stream == "box:a" {
				balls++
			}
		case ballTaken:
			balls-- // only from that one
		}
		if balls > 2 {
			b.t.Fatalf("%d balls in a box with room for 2", balls)
		}
	}
}

// The log loses the last event of a box, and goes on without it in another process or not at all. Whatever the process that
// knew the event is asked next, it must not stand on it.
func TestTheLogIsTheJudge(t *testing.T) {
	t.Parallel()
	another := func(events ...domain.Event) func(*bench, *eventstore.Store) {
		return func(b *bench, theirs *eventstore.Store) {
			b.execute(theirs, command("box:a", func(d *eventstore.Decision) error {
				d.Append("box:a", events...)
				return nil
			}))
		}
	}
	dry := put("box:a", 2, "dry")
	dry.DryRun = true
	for name, goOn := range map[string]func(b *bench, theirs *eventstore.Store){
		"it ends there":      func(*bench, *eventstore.Store) {},
		"with another event": another(noteLeft{Colour: "red"}),
		"with two":           another(noteLeft{Colour: "red"}, noteLeft{Colour: "blue"}),
		"with another and ours": func(b *bench, theirs *eventstore.Store) {
			another(noteLeft{})(b, theirs)
			b.execute(theirs, put("box:b", 1, "x"))
		},
	} {
		for asked, ask := range map[string]func(b *bench, ours *eventstore.Store){
			"a command": func(*bench, *eventstore.Store) {},
			"a dry run": func(b *bench, ours *eventstore.Store) {
				if _, err := ours.Execute(b.ctx, b.ledger, dry); code(err) != "box_full" {
					b.t.Errorf("a dry run gave %v", err)
				}
			},
			"a neighbour": func(b *bench, ours *eventstore.Store) { b.execute(ours, put("box:c", 1, "x")) },
			"many at once": func(b *bench, ours *eventstore.Store) {
				var callers sync.WaitGroup
				for i := range 50 {
					callers.Go(func() {
						if _, err := ours.Execute(b.ctx, b.ledger, put("box:a", 2, "x")); code(err) != "box_full" {
							b.t.Errorf("a full box gave %v", err)
						}
						b.execute(ours, put(domain.Stream(fmt.Sprintf("box:other-%d", i)), 1, "x"))
					})
				}
				callers.Wait()
			},
		} {
			t.Run(name+", "+asked, func(t *testing.T) {
				t.Parallel()
				b := setup(t)
				var losses atomic.Int64
				ours := b.process(eventstore.Options{Diverged: func(ledger uuid.UUID) {
					if ledger != b.ledger.ID {
						t.Errorf("ledger %s diverged", ledger)
					}
					losses.Add(1)
				}})
				b.burnt(ours)
				b.lose(1)
				goOn(b, b.process(eventstore.Options{}))
				ask(b, ours)
				b.full(ours)
				if losses.Load() == 0 {
					t.Error("nobody was told")
				}
			})
		}
	}
}

// A stream whose first event is gone is new again, and a ledger without an event too.
func TestALogThatLosesAll(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := b.process(eventstore.Options{})
	b.execute(store, put("box:a", 1, "red"))
	b.lose(1)
	if outcome := b.execute(store, put("box:a", 1, "red")); outcome.Version != 1 || outcome.LastPosition != 1 {
		t.Errorf("outcome %+v", outcome)
	}
}

// What callers brought and what was being loaded is of the lost log as well.
func TestALossWhileCommandsWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ours := b.process(eventstore.Options{CacheBytes: 1})
	b.burnt(ours)
	release := b.holdLock()
	var callers sync.WaitGroup
	callers.Go(func() { b.execute(ours, put("box:busy", 1, "keeps the executor busy")) })
	b.awaitWaiting(1)
	for range 20 {
		callers.Go(func() {
			if _, err := ours.Execute(b.ctx, b.ledger, put("box:a", 2, "x")); code(err) != "box_full" {
				t.Errorf("a full box gave %v", err)
			}
		})
	}
	await(t, "all to wait", func() bool { return ours.Queued(b.ledger) == 20 })
	b.lose(1)
	release()
	callers.Wait()
	b.full(ours)
}

// A process that is merely behind has lost nothing.
func TestBeingBehindIsNoLoss(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ours := b.process(eventstore.Options{Diverged: func(uuid.UUID) { t.Error("a process that was behind dropped what it knew") }})
	theirs := b.process(eventstore.Options{})
	for range 50 {
		b.execute(theirs, put("box:a", 1_000, "red"))
		b.execute(theirs, leave("box:a", "a private part"))
		b.execute(ours, put("box:a", 1_000, "blue"))
		dry := put("box:a", 1_000, "red")
		dry.DryRun = true
		b.execute(ours, dry)
		b.execute(theirs, burn("box:a"))
	}
}

// A loss is noticed where a stream is read page by page, too.
func TestALossWithinALongStream(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ours, theirs := b.process(eventstore.Options{}), b.process(eventstore.Options{})
	b.execute(ours, command("box:a", func(d *eventstore.Decision) error {
		for range 6_000 {
			d.Append("box:a", ballPut{"x"})
		}
		return nil
	}))
	b.execute(ours, take("box:a"))
	b.lose(1)
	b.execute(theirs, command("box:a", func(d *eventstore.Decision) error {
		for range 6_000 {
			d.Append("box:a", noteLeft{})
		}
		return nil
	}))
	if state := b.stateIn(ours, "box:a"); state.Balls != 6_000 {
		t.Errorf("state %+v", state)
	}
}

// A log that no version of ours ever comes back to must neither hold the executor nor the store.
func TestNothingGoesOnForEver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store, err := eventstore.New(b.pool(), b.codec, eventstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.burnt(store)
	b.lose(3)
	if _, err := store.Execute(b.ctx, b.ledger, take("box:a")); code(err) != "box_empty" {
		t.Errorf("an empty box gave %v", err)
	}
	store.Close()
	if _, err := store.Execute(b.ctx, b.ledger, take("box:a")); !errors.Is(err, eventstore.ErrClosed) {
		t.Errorf("a closed store gave %v", err)
	}
}
