package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

// kills is the number of times that a server is killed; the short run serves for a quick look.
func kills(t *testing.T, long int) int {
	t.Helper()
	if testing.Short() {
		return max(long/10, 2)
	}
	return long
}

// T8, T21: kill -9 at random moments under load. Each time something is acknowledged before, so the moments differ.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	var present atomic.Pointer[server]
	present.Store(boot(t, dir))
	present.Load().sellFreeSeats(1_000_000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := newJournal()
	wait := j.load(ctx, t, present.Load)
	for range kills(t, 50) {
		j.awaitAcks(t, 1+rand.IntN(200))
		present.Load().kill()
		present.Store(boot(t, dir))
	}
	j.awaitAcks(t, 100)
	cancel()
	wait()
	j.judge(t, present.Load())
}

// T14: Postgres loses its memory under the server, which starts it again and goes on.
func TestPostgresStoppedAtOnceUnderLoad(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	s := boot(t, dir)
	s.sellFreeSeats(1_000_000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := newJournal()
	wait := j.load(ctx, t, func() *server { return s })
	for range kills(t, 5) {
		j.awaitAcks(t, 100)
		s.stopPostgres()
	}
	j.awaitAcks(t, 100)
	cancel()
	wait()
	j.judge(t, s)
}

// stopPostgres does what an operator's pg_ctl does, as the account that owns the data. The server will start it again.
func (s *server) stopPostgres() {
	s.t.Helper()
	bin, err := postgres.FindBinaries(s.t.Context(), 0)
	if err != nil {
		s.t.Fatal(err)
	}
	command := exec.Command("sh", "-c", fmt.Sprintf(
		`set -e; owner=$(stat -c %%U %[2]s); stop="%[1]s stop -m immediate -D %[2]s"
		if [ "$(id -un)" = "$owner" ]; then $stop; else setpriv --reuid="$owner" --clear-groups $stop; fi`,
		filepath.Join(bin, "pg_ctl"), filepath.Join(s.dir, "postgres")))
	command.Dir = "/"
	if output, err := command.CombinedOutput(); err != nil {
		s.t.Fatalf("pg_ctl: %v: %s", err, output)
	}
}

// awaitDatabase waits until queries are answered again.
func (s *server) awaitDatabase() {
	s.t.Helper()
	s.until("the database is back", func() bool {
		got, err := s.request(s.t.Context(), "GET", "/v1/clock", "", "")
		return err == nil && got.status == http.StatusOK
	})
}

// awaitAcks waits until so many more requests were acknowledged.
func (j *journal) awaitAcks(t *testing.T, n int) {
	t.Helper()
	goal := j.acknowledged() + n
	for deadline := time.Now().Add(patience); j.acknowledged() < goal; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d requests more were never acknowledged", n)
		}
	}
}
