package projections

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/domain/seating"
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

// TestVersionsComeAndGo goes through what people may do with versions, and what they may not.
func TestVersionsComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, pass := gated(Seats)
	p := b.run(only(held))
	refused := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	last := b.append(seating.Stream("acme"), seat("ann"))
	pass <- struct{}{}
	p.await(last)
	rebuilt := make(chan error, 1)
	go func() {
		_, err := p.rebuild("seats", nil)
		rebuilt <- err
	}()
	eventually(t, "a version fills", func() bool { return p.report("seats", 2).Status == StatusFilling })
	_, err := p.rebuild("seats", nil)
	refused(err, "seats@2 is being filled already")
	refused(p.Drop(b.ctx, "seats", 1), "answers queries")
	close(pass)
	if err := <-rebuilt; err != nil {
		t.Fatal(err)
	}
	refused(p.Drop(b.ctx, "seats", 2), "answers queries")

	if err := p.Drop(b.ctx, "seats", 1); err != nil {
		t.Fatal(err)
	}
	if oneOf[bool](b, `SELECT to_regnamespace('seats_1') IS NOT NULL`) {
		t.Error("the schema is still there")
	}
	eventually(t, "its runner ends", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.runners) == 1
	})
	if n := oneOf[int](b, `SELECT count(*) FROM tallystick.projection_checkpoints WHERE version = 1`); n > 0 {
		t.Errorf("%d checkpoints are left", n)
	}
	refused(p.Drop(b.ctx, "seats", 1), ErrUnknownProjection.Error())
	refused(p.Drop(b.ctx, "seats", 7), ErrUnknownProjection.Error())
	_, err = p.rebuild("sheets", nil)
	refused(err, ErrUnknownProjection.Error())

	name, err := p.rebuild("seats", nil)
	if err != nil || name != "seats@3" {
		t.Errorf("rebuild: %s, %v", name, err)
	}
	p.await(b.append(seating.Stream("acme"), seat("bob")))
	b.expectRows(Seats, 3)
	if failed := p.reportsFailing(); failed != "" {
		t.Error(failed)
	}
}

// TestDropWhileFilling gives a rebuild up.
func TestDropWhileFilling(t *testing.T) {
	t.Parallel()
	b := setup(t)
	faulty := Seats.with(func(_ context.Context, apply func() error, page Page) error {
		if page.holds("poison") {
			return errors.New("indigestible")
		}
		return apply()
	})
	p := b.run(only(Seats))
	p.await(b.append(seating.Stream("acme"), seat("poison")))
	p.stop()
	p = b.run(only(faulty))
	if _, err := p.rebuild("seats", nil); err == nil || !strings.Contains(err.Error(), "indigestible") {
		t.Errorf("rebuild: %v", err)
	}
	if r := p.report("seats", 1); r.Status != StatusActive {
		t.Errorf("report %+v", r)
	}
	if err := p.Drop(b.ctx, "seats", 2); err != nil {
		t.Fatal(err)
	}
	if n := oneOf[int](b, `SELECT count(*) FROM tallystick.projection_failures`); n > 0 {
		t.Errorf("%d failures are left", n)
	}
}

// TestRevision holds that a change of the code builds a version of its own, and that going back finds the old one.
func TestRevision(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Seats))
	last := b.append(seating.Stream("acme"), seat("ann"))
	p.await(last)
	p.stop()

	changed := Seats
	changed.Revision++
	p = b.prepare(only(changed))
	if at := p.read("seats", 0, nothing); at != last {
		t.Errorf("before the new version runs, queries see position %d", at)
	}
	if old, fresh := p.report("seats", 1), p.report("seats", 2); old.Status != StatusActive || fresh.Status != StatusFilling {
		t.Errorf("reports %+v and %+v", old, fresh)
	}
	p.run()
	eventually(t, "the new version serves", func() bool { return p.report("seats", 2).Status == StatusActive })
	p.await(b.append(seating.Stream("acme"), seat("bob")))
	b.expectRows(Seats, 2)
	if r := p.report("seats", 1); r.Status != StatusRetired || r.Position != last {
		t.Errorf("report %+v", r)
	}
	p.stop()

	p = b.run(only(Seats))
	eventually(t, "the old version serves again", func() bool { return p.report("seats", 1).Status == StatusActive })
	b.expectRows(Seats, 1)
	if n := oneOf[int](b, `SELECT count(*) FROM tallystick.projection_versions`); n != 2 {
		t.Errorf("%d versions", n)
	}
}
