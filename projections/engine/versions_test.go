package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/testbed"
)

// gated holds the pages of a projection back until they are let through one by one, or all when pass is closed.
func gated(p Projection) (held Projection, pass chan struct{}) {
	pass = make(chan struct{})
	return p.with(func(ctx context.Context, apply func() error, _ Page) error {
		select {
		case <-pass:
		case <-ctx.Done():
		}
		return apply()
	}), pass
}

// TestVersionsComeAndGo tries what people may do with versions, and what they may not.
func TestVersionsComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, pass := gated(rooms)
	p := b.run(only(held))
	refused := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	last := b.enter("acme", "ann")
	pass <- struct{}{}
	p.await(last)
	rebuilt := make(chan error, 1)
	go func() {
		_, err := p.rebuild("rooms", nil)
		rebuilt <- err
	}()
	testbed.Eventually(t, "a version fills", func() bool { return p.report("rooms", 2).Status == StatusFilling })
	_, err := p.rebuild("rooms", nil)
	refused(err, "rooms@2 is being filled already")
	refused(p.Drop(b.Ctx, "rooms", 1), "answers queries")
	close(pass)
	if err := <-rebuilt; err != nil {
		t.Fatal(err)
	}
	refused(p.Drop(b.Ctx, "rooms", 2), "answers queries")

	if err := p.Drop(b.Ctx, "rooms", 1); err != nil {
		t.Fatal(err)
	}
	if testbed.One[bool](b.Bench, `SELECT to_regnamespace('rooms_1') IS NOT NULL`) {
		t.Error("the schema is still there")
	}
	testbed.Eventually(t, "its runner ends", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.runners) == 1
	})
	if n := testbed.One[int](b.Bench, `SELECT count(*) FROM tallystick.projection_checkpoints WHERE version = 1`); n > 0 {
		t.Errorf("%d checkpoints are left", n)
	}
	refused(p.Drop(b.Ctx, "rooms", 1), ErrUnknownProjection.Error())
	refused(p.Drop(b.Ctx, "rooms", 7), ErrUnknownProjection.Error())
	_, err = p.rebuild("sheets", nil)
	refused(err, ErrUnknownProjection.Error())

	name, err := p.rebuild("rooms", nil)
	if err != nil || name != "rooms@3" {
		t.Errorf("rebuild: %s, %v", name, err)
	}
	p.await(b.enter("acme", "bob"))
	b.expectRows(rooms, 3)
	if failed := p.reportsFailing(); failed != "" {
		t.Error(failed)
	}
}

// TestDropWhileFilling drops a version whose rebuild stopped.
func TestDropWhileFilling(t *testing.T) {
	t.Parallel()
	b := setup(t)
	faulty := rooms.with(func(_ context.Context, apply func() error, page Page) error {
		if page.holds("poison") {
			return errIndigestible
		}
		return apply()
	})
	p := b.run(only(rooms))
	p.await(b.enter("acme", "poison"))
	p.stop()
	p = b.run(only(faulty))
	if _, err := p.rebuild("rooms", nil); err == nil || !strings.Contains(err.Error(), "indigestible") {
		t.Errorf("rebuild: %v", err)
	}
	if r := p.report("rooms", 1); r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
	if err := p.Drop(b.Ctx, "rooms", 2); err != nil {
		t.Fatal(err)
	}
	if n := testbed.One[int](b.Bench, `SELECT count(*) FROM tallystick.projection_failures`); n > 0 {
		t.Errorf("%d failures are left", n)
	}
}

// TestRevision builds a version for a changed code, and finds the old version again on going back. Queries never see the
// tables of another revision.
func TestRevision(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.run(only(rooms))
	last := b.enter("acme", "ann")
	old.await(last)

	changed := rooms
	changed.Revision++
	fresh := b.prepare(only(changed))
	t.Run("queries wait while the new version fills", func(t *testing.T) {
		if _, err := fresh.Read(b.Ctx, "rooms", b.Ledger.ID, 0, nil); !isFilling(err) {
			t.Errorf("error %v", err)
		}
		if old, fresh := fresh.report("rooms", 1), fresh.report("rooms", 2); old.Status != StatusActive || fresh.Status != StatusFilling {
			t.Errorf("reports %+v and %+v", old, fresh)
		}
	})
	t.Run("each release reads its own version", func(t *testing.T) {
		fresh.run()
		testbed.Eventually(t, "the new version serves", func() bool { return fresh.report("rooms", 2).Status == StatusActive })
		last = b.enter("acme", "bob")
		old.await(last)
		fresh.await(last)
		b.expectRows(rooms, 1)
		b.expectRows(rooms, 2)
		// A program that landed before ready_at reads the active version, whose code it has.
		if status := testbed.One[string](b.Bench, `SELECT status FROM tallystick.projection_versions WHERE version = 1`); status != "active" {
			t.Errorf("rooms@1 is %s", status)
		}
	})
	old.stop()
	last = b.enter("acme", "cid")
	fresh.await(last)
	fresh.stop()
	t.Run("the old release is put back", func(t *testing.T) {
		old = b.prepare(only(rooms))
		if err := old.Inspect(b.Ctx); err != nil {
			t.Fatal(err)
		}
		_, err := old.Read(b.Ctx, "rooms", b.Ledger.ID, 0, nil)
		if !isFilling(err) || !strings.Contains(err.Error(), "2 of 3") {
			t.Errorf("error %v", err)
		}
		old.run()
		testbed.Eventually(t, "the old version serves again", func() bool { return old.Await(b.Ctx, b.Ledger.ID, last) == nil })
		b.expectRows(rooms, 1)
	})
	if n := testbed.One[int](b.Bench, `SELECT count(*) FROM tallystick.projection_versions`); n != 2 {
		t.Errorf("%d versions", n)
	}
}

func isFilling(err error) bool {
	_, ok := errors.AsType[*FillingError](err)
	return ok
}

// TestNewReadModel fills the first version of a read model that comes with a later release before it serves.
func TestNewReadModel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	last := b.enter("acme", "ann")
	p := b.prepare(only(rooms))
	if _, err := p.Read(b.Ctx, "rooms", b.Ledger.ID, 0, nil); !isFilling(err) {
		t.Errorf("error %v", err)
	}
	p.run()
	testbed.Eventually(t, "it serves", func() bool { return p.Await(b.Ctx, b.Ledger.ID, last) == nil })
	if status := testbed.One[string](b.Bench, `SELECT status FROM tallystick.projection_versions`); status != "active" {
		t.Errorf("rooms@1 is %s", status)
	}
}

// TestStoppedLedger holds that a ledger on which a ready version has stopped keeps no other ledger from being read.
func TestStoppedLedger(t *testing.T) {
	t.Parallel()
	b := setup(t)
	faulty := rooms.with(func(_ context.Context, apply func() error, page Page) error {
		if page.holds("poison") {
			return errIndigestible
		}
		return apply()
	})
	p := b.run(only(faulty))
	p.await(b.enter("acme", "ann"))
	b.enter("acme", "poison")
	testbed.Eventually(t, "rooms stops", func() bool { return p.report("rooms", 1).Status == StatusStopped })
	p.stop()
	p = b.prepare(only(faulty))
	if err := p.Inspect(b.Ctx); err != nil {
		t.Fatal(err)
	}
	p.read("rooms", 1, nothing)
}

// TestOlderVersions holds that the versions of a release and of the one before it stay, under whatever name.
func TestOlderVersions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	last := b.enter("acme", "ann")
	var live []string
	for _, release := range []struct {
		name     string
		revision int
		drops    string
	}{
		{"halls", 1, "[]"}, {"halls", 2, "[]"}, {"rooms", 1, "[halls@1]"}, {"rooms", 2, "[halls@2]"}, {"rooms", 1, "[]"}, {"rooms", 3, "[rooms@1]"},
	} {
		now := rooms
		now.Name, now.Revision = release.name, release.revision
		if now.Name == "rooms" {
			now.Formerly = "halls"
		}
		p := b.run(only(now))
		if err := p.Fill(b.Ctx, func(string, Progress) {}); err != nil {
			t.Fatal(err)
		}
		dropped, err := p.DropOlder(b.Ctx)
		if err != nil || fmt.Sprint(dropped) != release.drops {
			t.Errorf("%s in revision %d drops %v, %v, want %s", release.name, release.revision, dropped, err, release.drops)
		}
		p.read(now.Name, last, nothing)
		p.stop()
	}
	rows, err := b.Admin.Query(b.Ctx, `SELECT schema_name::text FROM information_schema.schemata WHERE schema_name ~ '^(halls|rooms)_' ORDER BY 1`)
	if err == nil {
		live, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil || fmt.Sprint(live) != "[rooms_2 rooms_3]" {
		t.Errorf("left are %v, %v", live, err)
	}
}
