package engine

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestDivergedLog takes the end of the log away, as when an older backup of it is restored, and lets it go on
// otherwise. What was built from the lost events is never taken for what was built from the new ones.
func TestDivergedLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms))
	b.enter("acme", "ann")
	last := b.enter("acme", "lost", "gone")
	p.await(last)
	troubled := func() []Report {
		t.Helper()
		reports, err := p.Troubled(b.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		return reports
	}
	if sound := troubled(); len(sound) > 0 {
		t.Errorf("in trouble are %+v", sound)
	}
	p.stop()
	b.Forge(`DELETE FROM tallystick.events WHERE position > 1`)

	expect := func(want string) {
		t.Helper()
		r := p.report("rooms", 1)
		if r.Status != StatusStopped || r.Position != last || !strings.Contains(r.Error, ErrDiverged.Error()) || !strings.Contains(r.Error, want) {
			t.Errorf("report %+v", r)
		}
		if !slices.ContainsFunc(troubled(), func(other Report) bool { return other.Projection == "rooms" && other.Error == r.Error }) {
			t.Errorf("in trouble are %+v", troubled())
		}
	}
	p = setupAt(t, b.URL).run(only(rooms))
	expect("it ends at position 1")

	// A process that never knew the lost events goes on with other ones.
	restored := setupAt(t, b.URL)
	restored.enter("acme", "bob", "cid")
	expect("the event at position 3 is another one")
	tail := restored.enter("acme", "dan")
	p.Appended(b.Ledger.ID, tail)
	testbed.Eventually(t, "the runner notices", func() bool {
		return testbed.One[int](b.Bench, `SELECT count(*) FROM tallystick.projection_failures WHERE status = 'stopped'`) == 1
	})
	expect("the event at position 3 is another one")
	if text := b.dumpVersion("rooms", 1); strings.Contains(text, "dan") {
		t.Errorf("the new events were applied to the rows of the old ones:\n%s", text)
	}

	// A rebuild is the way out.
	if _, err := p.rebuild("rooms", nil); err != nil {
		t.Fatal(err)
	}
	p.await(tail)
	b.expectRows(rooms, 2)
}

// TestRebuildAfterLoss rebuilds while the log is still shorter than what was applied: the new version can't reach the
// old one's position, and must not wait for it.
func TestRebuildAfterLoss(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms))
	p.await(b.enter("acme", "ann", "bob"))
	last := b.enter("acme", "lost")
	p.await(last)
	b.Forge(`DELETE FROM tallystick.events WHERE position = $1`, last)
	if _, err := p.rebuild("rooms", nil); err != nil {
		t.Fatal(err)
	}
	if at := p.read("rooms", 0, nothing); at != last-1 {
		t.Errorf("queries see position %d", at)
	}
	b.expectRows(rooms, 2)
}

// TestRestoredDatabase lets a database that was dumped and restored, or copied, go on where it was.
func TestRestoredDatabase(t *testing.T) {
	t.Parallel()
	for name, restore := range map[string]func(*testing.T, *bench) string{"dump": dumped, "copy": copied} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			p := b.run()
			b.AppendTo(b.Ledger, crowd("acme", 0, 80))
			p.await(b.enter("birch", "ann"))
			p.stop()
			p.pool.Close()
			p.feed.Close()

			restored := setupAt(t, restore(t, b))
			p = restored.run()
			p.await(restored.AppendTo(restored.Ledger, crowd("acme", 80, 80)))
			restored.expectRows(rooms, 1)
			restored.expectRows(visits, 1)
			restored.expectDense()
			if failed := p.reportsFailing(); failed != "" {
				t.Error(failed)
			}
			if _, err := p.rebuild("rooms", nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// dumped restores a logical dump into an empty database.
func dumped(t *testing.T, b *bench) string {
	t.Helper()
	bin, err := postgres.FindBinaries(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pg_dump", "psql"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			t.Skipf("%s is not beside the server's binaries", name)
		}
	}
	target := pgtest.Empty(t)
	shell := exec.CommandContext(t.Context(), "sh", "-c",
		`"$1/pg_dump" "$2" | "$1/psql" --quiet -v ON_ERROR_STOP=1 "$3"`, "sh", bin, b.URL, target)
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("dump and restore: %v\n%s", err, out)
	}
	return target
}

// copied copies the database's files, for which nobody may be connected.
func copied(t *testing.T, b *bench) string {
	t.Helper()
	source, err := url.Parse(b.URL)
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
