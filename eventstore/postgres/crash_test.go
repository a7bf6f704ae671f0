package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
)

func TestKilledProgram(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	cmd, line := startProgram(t, dir, nil)
	url := line()
	remember(t, url)
	if _, err := Start(t.Context(), testOptions(dir)); err == nil ||
		!strings.HasSuffix(err.Error(), fmt.Sprintf("is in use by process %d", cmd.Process.Pid)) {
		t.Fatalf("error %v", err)
	}
	kill(t, cmd)
	// No wait in between: the old Postgres may be shutting down still.
	recall(t, startServer(t, testOptions(dir)).URL())
}

// The kernel asks Postgres to stop, so that nothing is left even when no program ever comes back.
func TestPostgresFollowsAKilledProgram(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	cmd, line := startProgram(t, dir, nil)
	remember(t, line())
	kill(t, cmd)
	waitNothingRuns(t, dir)
	log, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "database system is shut down") {
		t.Errorf("not an orderly shutdown:\n%s", log)
	}
	recall(t, startServer(t, testOptions(dir)).URL())
}

func TestProgramKilledDuringFirstStart(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	cmd, _ := startProgram(t, dir, nil)
	waitFor(t, "initdb to be at work", func() bool { return exists(t, filepath.Join(dir, unfinished+"*", "base")) })
	kill(t, cmd)
	if exists(t, filepath.Join(dir, "postgres")) {
		t.Fatal("half a cluster is in place")
	}
	waitNothingRuns(t, dir)
	remember(t, startServer(t, testOptions(dir)).URL())
	if exists(t, filepath.Join(dir, unfinished+"*")) {
		t.Error("the unfinished cluster is still there")
	}
}

func TestKilledPostmaster(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := testDataDir(t)
			first := startServer(t, testOptions(dir))
			remember(t, first.URL())
			if err := first.process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			<-first.Done()
			if err := first.Err(); err == nil || !strings.Contains(err.Error(), "postgres exited by itself") {
				t.Errorf("Err() = %v", err)
			}
			stop(t, first)
			recall(t, startServer(t, testOptions(dir)).URL())
		})
	}
}

// A backend that computes does not notice that its postmaster has gone, and Postgres refuses to start beside it.
func TestOrphanedBackend(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	first := startServer(t, testOptions(dir))
	remember(t, first.URL())
	conn := connect(t, first.URL())
	ctx, cancel := context.WithTimeout(t.Context(), scratch.Patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := conn.Exec(ctx, "DO $$ BEGIN LOOP END LOOP; END $$")
		ended <- err
	}()
	waitFor(t, "the endless loop", func() bool {
		return ask(t, first.URL(), "SELECT count(*)::text FROM pg_stat_activity WHERE state = 'active'") == "2"
	})
	if err := first.process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	stop(t, first)
	if err := <-ended; err == nil {
		t.Error("the endless loop has ended well")
	}
	waitNothingRuns(t, dir)
	recall(t, startServer(t, testOptions(dir)).URL())
}

// Where the kernel does not tell Postgres that its program died, it goes on running.
func TestPostmasterLeftRunning(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	first := startServer(t, testOptions(dir))
	remember(t, first.URL())
	stop(t, first)
	c, err := prepare(t.Context(), testOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	// Started by hand: it has no mark.
	left := c.account.command(t.Context(), dir, filepath.Join(c.bin, "postgres"),
		"-D", c.data(), "-k", filepath.Join(dir, "socket"), "-c", "listen_addresses=")
	if err := left.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- left.Wait() }()
	waitFor(t, "the postmaster", func() bool {
		pid, status, err := c.readPIDFile()
		return err == nil && pid == left.Process.Pid && status == "ready"
	})
	recall(t, startServer(t, testOptions(dir)).URL())
	if err := <-ended; err != nil {
		t.Errorf("not an orderly shutdown: %v", err)
	}
}

// After a crash of the machine, the ids in the locks may belong to anybody.
func TestStaleLocksWithForeignProcess(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	first := startServer(t, testOptions(dir))
	remember(t, first.URL())
	stop(t, first)
	c, err := prepare(t.Context(), testOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	// Postgres tells its own stale locks only by the account of the process.
	foreign := c.account.command(t.Context(), "/", "/bin/sleep", "1000")
	if err := foreign.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = foreign.Wait() // until the context of the test ends
	}()
	t.Cleanup(func() { <-ended })
	writeStaleLocks(t, dir, foreign.Process.Pid)
	recall(t, startServer(t, testOptions(dir)).URL())
	select {
	case <-ended:
		t.Fatal("the foreign process was ended")
	default:
	}
}

func TestOnlyOwnProcessesAreFound(t *testing.T) {
	t.Parallel()
	l := layout{root: "/srv/tallystick"}
	for command, want := range map[string]bool{
		"/usr/bin/postgres -D /srv/tallystick/postgres": true,
		"/usr/bin/postgres -c cluster_name=" + l.mark(): true,
		"postgres: " + l.mark() + ": checkpointer ":     true,
		"": false,
		"/usr/bin/postgres -D /srv/tallystick/postgres2":         false,
		"/usr/bin/postgres -D /srv/other/postgres":               false,
		"postgres: tallystick-0000000000000000: checkpointer":    false,
		"tail -f /srv/tallystick/postgres.log":                   false,
		"/usr/bin/vi /srv/tallystick/postgres":                   false,
		"grep postgres: " + l.mark():                             false,
		"/usr/bin/pg_receivewal -D /srv/tallystick/postgres":     false,
		"/usr/bin/postgres_exporter -D /srv/tallystick/postgres": false,
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			args := strings.Split(command, " ")
			if strings.HasPrefix(command, "postgres: ") {
				args = []string{command}
			}
			if got := l.isPostgres(args); got != want {
				t.Errorf("isPostgres(%q) = %v", command, got)
			}
		})
	}
}

// writeStaleLocks leaves what Postgres would have left on dir, had it had the id pid.
func writeStaleLocks(t *testing.T, dir string, pid int) {
	t.Helper()
	l, err := newLayout(dir)
	if err != nil {
		t.Fatal(err)
	}
	socketDir := filepath.Join(dir, "socket")
	data := ownerOfFile(t, l.data())
	text := fmt.Sprintf("%d\n%s\n1600000000\n%s\n%s\n\n 1 2\nready   \n", pid, l.data(), port, socketDir)
	for _, file := range []string{l.pidFile(), socketPath(socketDir) + ".lock"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(file, data.uid, data.gid); err != nil {
			t.Fatal(err)
		}
	}
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the program has ended well")
	}
}
