package engine

import (
	"context"
	"strings"
	"testing"

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

// TestRevision builds a version for a changed code, and finds the old version again on going back.
func TestRevision(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms))
	last := b.enter("acme", "ann")
	p.await(last)
	p.stop()

	changed := rooms
	changed.Revision++
	p = b.prepare(only(changed))
	if at := p.read("rooms", 0, nothing); at != last {
		t.Errorf("before the new version runs, queries see position %d", at)
	}
	if old, fresh := p.report("rooms", 1), p.report("rooms", 2); old.Status != StatusActive || fresh.Status != StatusFilling {
		t.Errorf("reports %+v and %+v", old, fresh)
	}
	p.run()
	testbed.Eventually(t, "the new version serves", func() bool { return p.report("rooms", 2).Status == StatusActive })
	p.await(b.enter("acme", "bob"))
	b.expectRows(rooms, 2)
	if r := p.report("rooms", 1); r.Status != StatusRetired || r.Position != last {
		t.Errorf("report %+v", r)
	}
	p.stop()

	p = b.run(only(rooms))
	testbed.Eventually(t, "the old version serves again", func() bool { return p.report("rooms", 1).Status == StatusActive })
	b.expectRows(rooms, 1)
	if n := testbed.One[int](b.Bench, `SELECT count(*) FROM tallystick.projection_versions`); n != 2 {
		t.Errorf("%d versions", n)
	}
}
