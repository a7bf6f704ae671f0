package pgtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

const (
	// prefix begins the name of each test binary's directory.
	prefix = "tallystick-pgtest-"
	// memory is where Linux has a file system in memory. A database has some 300 small files, which take several times as
	// long to create and delete on a disk.
	memory = "/dev/shm"
	// memoryMin is more than the databases of two test binaries need.
	memoryMin = 2 << 30
	// leftoverAge protects a directory that another test binary has made but not locked yet.
	leftoverAge = time.Minute
)

// makeDir creates the data directory, where the account that runs Postgres can reach it.
func makeDir() (string, error) {
	parent := os.TempDir()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memory, &stat); err == nil && stat.Bavail*uint64(stat.Bsize) >= memoryMin {
		parent = memory
	}
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", fmt.Errorf("create a data directory: %w", err)
	}
	if os.Geteuid() != 0 {
		return dir, nil
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", fmt.Errorf("open the data directory to Postgres: %w", err)
	}
	return dir, nil
}

// removeLeftovers deletes the directories of test binaries that were killed. Binaries that still run hold the locks of
// theirs, and directories of other users can't be deleted, so an error only means that there is nothing to do.
func removeLeftovers(ctx context.Context) {
	for _, parent := range []string{memory, os.TempDir()} {
		dirs, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
		if err != nil {
			continue
		}
		for _, dir := range dirs {
			if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > leftoverAge {
				_ = postgres.Remove(ctx, dir)
			}
		}
	}
}
