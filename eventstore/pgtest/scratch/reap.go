package scratch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// pause is between two looks at them.
	pause = 10 * time.Millisecond
	// mark is a file in each directory that this package made.
	mark = "scratch"
)

// Remove deletes a data directory, after making a server leave that still runs there.
type Remove func(ctx context.Context, dir string) error

// reap waits for the end of the tests and removes the directories.
func reap(dirs []string, remove Remove) (code int) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// An error would be an end too.
	_, _ = io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	for _, dir := range dirs {
		if err := empty(ctx, dir, remove); err != nil {
			fmt.Fprintln(os.Stderr, "scratch:", err)
			code = 1
		}
	}
	return code
}

// empty removes a directory. Whoever works there still is about to end, so it tries until that has happened.
func empty(ctx context.Context, dir string, remove Remove) error {
	for {
		err := removeServers(ctx, dir, remove)
		if err == nil {
			err = os.RemoveAll(dir)
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(pause)
	}
}

// removeServers removes the data directories below dir. Each has the lock of the program that used it.
func removeServers(ctx context.Context, dir string, remove Remove) error {
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "postgres":
			return fs.SkipDir
		case entry.Name() == "lock":
			found = append(found, filepath.Dir(path))
		}
		return nil
	})
	for _, data := range found {
		err = errors.Join(err, remove(ctx, data))
	}
	return err
}

// claim marks the directory as one of ours, and keeps others from taking it for a leftover for as long as the file is open.
func claim(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, mark), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", file.Name(), err), file.Close())
	}
	return file, nil
}

// removeLeftovers deletes the directories of test binaries whose reaper was killed too. An error only means that somebody
// has them still, or that they belong to another user.
func removeLeftovers(ctx context.Context, remove Remove) {
	for _, parent := range []string{os.TempDir(), shared} {
		// The only error is a bad pattern, and this one is ours.
		marks, _ := filepath.Glob(filepath.Join(parent, prefix+"*", mark))
		for _, path := range marks {
			dir := filepath.Dir(path)
			if file, err := claim(dir); err == nil {
				if removeServers(ctx, dir, remove) == nil {
					_ = os.RemoveAll(dir)
				}
				_ = file.Close()
			}
		}
	}
}
