package postgres

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
)

func TestRootGivesUpRoot(t *testing.T) {
	t.Parallel()
	needRoot(t)
	service, ok := serviceUser()
	if !ok {
		t.Skip("neither postgres nor nobody exists")
	}
	dir := testDataDir(t)
	s := startServer(t, testOptions(dir))
	for path, want := range map[string]owner{
		dir:                                {},
		filepath.Join(dir, "lock"):         {},
		filepath.Join(dir, "postgres"):     service,
		filepath.Join(dir, "socket"):       service,
		filepath.Join(dir, "postgres.log"): service,
	} {
		if got := ownerOfFile(t, path); got != want {
			t.Errorf("%s belongs to %v, want %v", path, got, want)
		}
	}
	ask(t, s.URL(), "SHOW fsync")
}

func TestRootBelowAClosedDirectory(t *testing.T) {
	t.Parallel()
	needRoot(t)
	closed := openDir(t, scratch.Memory())
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(closed, "data")
	first := startServer(t, testOptions(dir))
	remember(t, first.URL())
	if got := ownerOfFile(t, filepath.Join(dir, "postgres")); got.uid != 0 {
		t.Errorf("the data belongs to %v", got)
	}
	if err := first.process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	stop(t, first)
	// The other account could reach it now, but the data has its owner.
	if err := os.Chmod(closed, 0o755); err != nil {
		t.Fatal(err)
	}
	recall(t, startServer(t, testOptions(dir)).URL())
}

// In a user namespace Postgres takes every live process of root's for the holder of a stale lock.
func TestStaleLockInANamespace(t *testing.T) {
	t.Parallel()
	needRoot(t)
	closed := openDir(t, scratch.Memory())
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(closed, "data")
	first := startServer(t, testOptions(dir))
	remember(t, first.URL())
	stop(t, first)
	foreign := exec.CommandContext(t.Context(), "/bin/sleep", "1000")
	foreign.SysProcAttr = &syscall.SysProcAttr{}
	dieWithParent(foreign.SysProcAttr, syscall.SIGKILL)
	if err := foreign.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = foreign.Wait() })
	writeStaleLocks(t, dir, foreign.Process.Pid)
	recall(t, startServer(t, testOptions(dir)).URL())
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	needRoot(t)
	for name, uid := range map[string]uint32{"with a name": 1, "without a name": 54321} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := testDataDir(t)
			makeDir(t, dir)
			if err := os.Chown(dir, int(uid), int(uid)); err != nil {
				t.Fatal(err)
			}
			binary := copyOfTestBinary(t)
			_, line := startProgram(t, dir, func(cmd *exec.Cmd) {
				cmd.Path, cmd.Dir = binary, "/"
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
			})
			remember(t, line())
			if got := ownerOfFile(t, filepath.Join(dir, "postgres")); got.uid != int(uid) {
				t.Errorf("the data belongs to %v", got)
			}
		})
	}
}

func TestRootRunsExistingDataAsItsOwner(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir := testDataDir(t)
	makeDir(t, dir)
	if err := os.Chown(dir, 1, 1); err != nil {
		t.Fatal(err)
	}
	binary := copyOfTestBinary(t)
	cmd, line := startProgram(t, dir, func(cmd *exec.Cmd) {
		cmd.Path, cmd.Dir = binary, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1, Gid: 1}}
	})
	remember(t, line())
	kill(t, cmd)
	recall(t, startServer(t, testOptions(dir)).URL())
	if got := ownerOfFile(t, filepath.Join(dir, "postgres", "postmaster.pid")); got.uid != 1 {
		t.Errorf("Postgres runs as %v", got)
	}
}

func TestNoAccountCanReachTheData(t *testing.T) {
	t.Parallel()
	needRoot(t)
	bin, err := FindBinaries(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = chooseAccount(t.Context(), []account{asOther(owner{uid: 1, gid: 1})}, closed, bin)
	if err == nil || !strings.Contains(err.Error(), "as user daemon: run postgres: fork/exec") ||
		!strings.Contains(err.Error(), "permission denied; choose a data directory that user postgres can reach") {
		t.Errorf("error %v", err)
	}
}

func TestSecretsStayOurs(t *testing.T) {
	t.Setenv("TALLYSTICK_SECRET", "hunter2")
	t.Setenv("PGPORT", "6543")
	for _, variable := range environment("/srv") {
		if strings.Contains(variable, "hunter2") || strings.HasPrefix(variable, "PGPORT") {
			t.Errorf("passes on %s", variable)
		}
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
}

func ownerOfFile(t *testing.T, path string) owner {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return ownerOf(info)
}

func makeDir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

// copyOfTestBinary copies the test binary to a place where every account can run it.
func copyOfTestBinary(t *testing.T) string {
	t.Helper()
	from, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	path := filepath.Join(openDir(t, ""), "program")
	// A process that another test forks meanwhile would keep the file open for writing, and then nobody could run it.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
