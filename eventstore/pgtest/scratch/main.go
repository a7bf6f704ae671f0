package scratch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Patience bounds the wait of tests for what must come, on a machine that does much else. Nothing that works takes nearly
// as long.
const Patience = 5 * time.Minute

const (
	// reaperVariable makes a test binary the reaper of the directories that it lists.
	reaperVariable = "TALLYSTICK_SCRATCH_REAPER"
	// prefix is how the directories begin. It is short because the paths of sockets must be.
	prefix = "tally-"
	// shared is a file system in memory, where Linux has it. A database is some 300 small files, which take several times
	// as long to create and delete on a disk.
	shared = "/dev/shm"
	// sharedMin is more than the databases of two test binaries need.
	sharedMin = 2 << 30
)

// memory is global because the tests of a binary share nothing else.
var memory string

// Memory gives the directory for what need not outlive a power cut. It is in memory where there is enough of that, and else
// TMPDIR.
func Memory() string { return memory }

// Main runs the tests in directories of their own and removes these, with all data directories of servers in them. Its
// result is for os.Exit.
func Main(run func() int, remove Remove) int {
	if dirs := os.Getenv(reaperVariable); dirs != "" {
		return reap(filepath.SplitList(dirs), remove)
	}
	removeLeftovers(context.Background(), remove)
	r, err := begin()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scratch:", err)
		return 1
	}
	code := run()
	if err := r.end(); err != nil {
		fmt.Fprintln(os.Stderr, "scratch: what the tests left was not removed:", err)
		return max(code, 1)
	}
	return code
}

// reaper outlives the tests.
type reaper struct {
	process *exec.Cmd
	alive   *os.File // the end of the pipe that the kernel closes with the test binary
	claimed []*os.File
}

// begin starts the reaper and makes the directories, in this order: there is no moment at which nobody would remove them.
func begin() (r *reaper, err error) {
	memory = name(os.TempDir())
	dirs := []string{memory}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(shared, &stat); err == nil && stat.Bavail*uint64(stat.Bsize) >= sharedMin {
		memory = name(shared)
		dirs = append(dirs, memory)
	}
	if r, err = start(dirs); err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	for _, dir := range dirs {
		// The account that runs Postgres passes through.
		err := errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755))
		if err == nil {
			var file *os.File
			file, err = claim(dir)
			r.claimed = append(r.claimed, file)
		}
		if err != nil {
			return nil, errors.Join(err, r.end())
		}
	}
	return r, os.Setenv("TMPDIR", dirs[0])
}

func name(parent string) string {
	return filepath.Join(parent, fmt.Sprintf("%s%06x", prefix, rand.N(1<<24)))
}

func start(dirs []string) (*reaper, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ended, alive, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ended.Close()
	r := &reaper{process: exec.Command(program), alive: alive}
	r.process.Env = append(os.Environ(), reaperVariable+"="+strings.Join(dirs, string(filepath.ListSeparator)))
	// go test ends when nobody can write to its output any more, and so not before the reaper.
	r.process.Stdin, r.process.Stderr = ended, os.Stderr
	// Ctrl-C is for the tests.
	r.process.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := r.process.Start(); err != nil {
		return nil, errors.Join(err, alive.Close())
	}
	return r, nil
}

// end tells the reaper that the tests are over, and waits for it.
func (r *reaper) end() error { return errors.Join(r.alive.Close(), r.process.Wait()) }
