package projections

import (
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

// TestDivergedLog covers T22: the log loses its end, as when an older backup of it is restored, and then goes on
// otherwise. What was built from the lost events is never taken for what was built from the new ones.
func TestDivergedLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Seats))
	b.append(seating.Stream("acme"), seat("ann"))
	last := b.append(seating.Stream("acme"), seat("lost"), seat("gone"))
	p.await(last)
	p.stop()
	b.forge(`DELETE FROM tallystick.events WHERE position > 1`)

	expect := func(want string) {
		t.Helper()
		r := p.report("seats", 1)
		if r.Status != StatusStopped || r.Position != last || !strings.Contains(r.Error, ErrDiverged.Error()) || !strings.Contains(r.Error, want) {
			t.Errorf("report %+v", r)
		}
	}
	p = setupAt(t, b.url).run(only(Seats))
	expect("it ends at position 1")

	// A process that never knew the lost events goes on with other ones.
	restored := setupAt(t, b.url)
	restored.append(seating.Stream("acme"), seat("bob"), seat("cid"))
	expect("the event at position 3 is another one")
	tail := restored.append(seating.Stream("acme"), seat("dan"))
	p.Appended(b.ledger.ID, tail)
	eventually(t, "the runner notices", func() bool {
		return oneOf[int](b, `SELECT count(*) FROM tallystick.projection_failures WHERE status = 'stopped'`) == 1
	})
	expect("the event at position 3 is another one")
	if text := b.dumpVersion("seats", 1); strings.Contains(text, "dan") {
		t.Errorf("the new events were applied to the rows of the old ones:\n%s", text)
	}

	// A rebuild is the way out.
	if _, err := p.rebuild("seats", nil); err != nil {
		t.Fatal(err)
	}
	p.await(tail)
	b.expectRows(Seats, 2)
}

// TestRebuildAfterLoss rebuilds while the log is still shorter than what was applied: the new version can't reach the
// old one's position, and must not wait for it.
func TestRebuildAfterLoss(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Seats))
	p.await(b.append(seating.Stream("acme"), seat("ann"), seat("bob")))
	last := b.append(seating.Stream("acme"), seat("lost"))
	p.await(last)
	b.forge(`DELETE FROM tallystick.events WHERE position = $1`, last)
	if _, err := p.rebuild("seats", nil); err != nil {
		t.Fatal(err)
	}
	if at := p.read("seats", 0, nothing); at != last-1 {
		t.Errorf("queries see position %d", at)
	}
	b.expectRows(Seats, 2)
}

// TestRestoredDatabase covers T23: a database that was dumped and restored goes on where it was, in both ways of copying.
func TestRestoredDatabase(t *testing.T) {
	t.Parallel()
	for name, restore := range map[string]func(*testing.T, *bench) string{"dump": dumped, "copy": copied} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			p := b.run()
			history := randomHistory(t, 80)
			half := len(history.history) / 2
			p.await(b.play(history.history[:half]))
			p.stop()
			p.pool.Close()
			p.feed.Close()

			restored := setupAt(t, restore(t, b))
			p = restored.run()
			last := restored.play(history.history[half:])
			p.await(last)
			for _, projection := range All() {
				restored.expectRows(projection, 1)
			}
			restored.expectDense()
			if failed := p.reportsFailing(); failed != "" {
				t.Error(failed)
			}
			if _, err := p.rebuild("seats", nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// dumped restores a logical dump into an empty database.
func dumped(t *testing.T, b *bench) string {
	t.Helper()
	target := pgtest.Empty(t)
	shell := exec.CommandContext(t.Context(), "sh", "-c", `pg_dump "$1" | psql --quiet -v ON_ERROR_STOP=1 "$2"`, "sh", b.url, target)
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("dump and restore: %v\n%s", err, out)
	}
	return target
}

// copied copies the database's files, for which nobody may be connected.
func copied(t *testing.T, b *bench) string {
	t.Helper()
	source, err := url.Parse(b.url)
	if err != nil {
		t.Fatal(err)
	}
	from := strings.TrimPrefix(source.Path, "/")
	to := "copy_" + from
	target := *source
	target.Path = "/" + to
	conn, err := pgx.Connect(t.Context(), pgtest.Server(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ` + quoted(from),
		`CREATE DATABASE ` + pgx.Identifier{to}.Sanitize() + ` TEMPLATE ` + pgx.Identifier{from}.Sanitize(),
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return target.String()
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
