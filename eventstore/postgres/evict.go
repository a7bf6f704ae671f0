package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// evict ends every Postgres that still works on the data directory, and removes the locks that it left. The caller holds the
// directory's lock, so no other tallystick uses it.
//
// Postgres would do much of this by itself, but it goes by process ids: it refuses to start when the id in a stale lock now
// belongs to any process of the same account, which in a user namespace is any process of root.
func (l layout) evict(ctx context.Context, log *slog.Logger) error {
	steps := []struct {
		signal   syscall.Signal
		patience time.Duration
	}{
		{syscall.SIGINT, 30 * time.Second}, // a fast shutdown, which the old one may be doing already
		{syscall.SIGQUIT, killTimeout},
		{syscall.SIGKILL, killTimeout},
	}
	for _, step := range steps {
		running, err := l.processes()
		if err != nil {
			return err
		}
		if len(running) == 0 {
			return l.removeLocks()
		}
		log.WarnContext(ctx, "an earlier Postgres still runs here and is made to leave",
			"directory", l.data(), "processes", running, "signal", step.signal.String())
		if err := l.signal(running, step.signal); err != nil {
			return err
		}
		if err := l.waitEmpty(ctx, step.patience); err != nil {
			return err
		}
	}
	if running, err := l.processes(); err != nil || len(running) > 0 {
		return errors.Join(fmt.Errorf("an earlier Postgres (processes %v) does not leave %s", running, l.data()), err)
	}
	return l.removeLocks()
}

// signal sends a signal to the postmaster, which knows how to stop its children. Children without a postmaster can do no
// more work, and SIGINT would only cancel a query of theirs.
func (l layout) signal(running []int, signal syscall.Signal) error {
	postmaster, _, err := l.readPIDFile()
	if err != nil {
		return err
	}
	targets := running
	switch {
	case signal == syscall.SIGKILL:
	case slices.Contains(running, postmaster):
		targets = []int{postmaster}
	default:
		signal = syscall.SIGQUIT
	}
	for _, pid := range targets {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the earlier Postgres (process %d): %w", pid, err)
		}
	}
	return nil
}

// waitEmpty waits until no process works on the directory any more, but no longer than patience.
func (l layout) waitEmpty(ctx context.Context, patience time.Duration) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for an earlier Postgres to leave: %w", ctx.Err())
		case <-deadline.C:
			return nil
		case <-ticker.C:
		}
		if running, err := l.processes(); err != nil || len(running) == 0 {
			return err
		}
	}
}

// removeLocks removes the files that Postgres takes for signs of another server.
func (l layout) removeLocks() error {
	files := []string{l.pidFile()}
	if dir, err := l.socketDir(); err == nil {
		files = append(files, socketPath(dir), socketPath(dir)+".lock")
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a lock that an earlier Postgres left: %w", err)
		}
	}
	return nil
}

// processes lists the postmaster and all other processes of Postgres that work on this data directory.
func (l layout) processes() ([]int, error) {
	commands, err := commandLines()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var pids []int
	for pid, args := range commands {
		if l.isPostgres(args) {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, nil
}

// isPostgres recognizes a process by its command line, which everybody may read; the kernel may hide its working directory
// even from root in a container. A postmaster started by hand has no mark but names the directory.
func (l layout) isPostgres(args []string) bool {
	if len(args) == 0 || filepath.Base(args[0]) != "postgres" && !strings.HasPrefix(args[0], "postgres:") {
		return false
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		return arg == l.data() || strings.Contains(arg, l.mark())
	})
}
