package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

// T23: a logical dump goes into a database of another name in a new cluster, which has none of the roles, and everything goes
// on: nothing is skipped, nothing is done or billed twice, personal data is there and can be erased, and the events are as
// protected as before.
func TestDumpedIntoANewCluster(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := boot(t, usedDir(t))
	s.sellFreeSeats(1_000_000)
	s.sell()
	s.must("PUT", "/v1/workspaces/c-0/billing-details", "details", `{"name":"Ada Lovelace","country":"GB"}`, http.StatusOK)
	s.advanceTo(s.clock().AddDate(0, 2, 0))
	j := newJournal()
	loading, stop := context.WithCancel(ctx)
	wait := j.load(loading, t, func() *server { return s })
	j.awaitAcks(t, 300)
	stop()
	wait()
	key := s.key

	cluster, err := postgres.Start(ctx, postgres.Options{DataDir: dataDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, err := connectTo(t, cluster.URL()).Exec(ctx, `CREATE DATABASE moved`); err != nil {
		t.Fatal(err)
	}
	url := strings.Replace(cluster.URL(), "/tallystick?", "/moved?", 1)
	pipe(t, s.databaseURL(), url)
	if code := s.stop(syscall.SIGTERM); code != exitDone {
		t.Errorf("exit %d", code)
	}

	restored := boot(t, dataDir(t), "--database-url", url)
	restored.key = key
	if err := os.WriteFile(filepath.Join(restored.dir, "database.url"), []byte(url), 0o600); err != nil {
		t.Fatal(err)
	}
	loading, stop = context.WithCancel(ctx)
	wait = j.load(loading, t, func() *server { return restored })
	j.awaitAcks(t, 300)
	stop()
	wait()
	restored.advanceTo(restored.clock().AddDate(0, 2, 0))
	restored.judgeBooks()
	j.judge(t, restored)
	restored.forgets("c-0", "Ada Lovelace")
	refusesWriting(t, url, "tallystick_app_moved")
}

// pipe runs pg_dump -O -x | psql, which has nothing to report.
func pipe(t *testing.T, from, to string) {
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
	command := exec.Command("sh", "-c", fmt.Sprintf(`"%[1]s/pg_dump" -O -x "%[2]s" | "%[1]s/psql" -q -v ON_ERROR_STOP=1 -o /dev/null "%[3]s"`, bin, from, to))
	if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
		t.Fatalf("%v: %s", err, output)
	}
}

// forgets looks for a workspace's name in the log, erases it, and looks again.
func (s *server) forgets(workspace, name string) {
	s.t.Helper()
	holds := func() bool {
		s.t.Helper()
		return strings.Contains(s.must("GET", "/v1/streams/details:"+workspace+"/events", "", "", http.StatusOK).body, name)
	}
	if !holds() {
		s.t.Errorf("%s is not there", name)
	}
	s.must("DELETE", "/v1/workspaces/"+workspace+"/billing-details", "erase", "", http.StatusOK)
	if holds() {
		s.t.Errorf("%s was erased and is there", name)
	}
}

func refusesWriting(t *testing.T, url, program string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, become := range []string{`SET ROLE ` + program, `RESET ROLE`} {
		if _, err := conn.Exec(t.Context(), become); err != nil {
			t.Fatal(err)
		}
		_, err := conn.Exec(t.Context(), `DELETE FROM tallystick.events`)
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) || pgErr.Code != "42501" {
			t.Errorf("%s: deleting events gave %v", become, err)
		}
	}
}
