package postgres

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// ErrInUse is wrapped by the error of a second program on one data directory.
var ErrInUse = errors.New("is in use")

// Lock takes the data directory for this program, and creates it when needed. It refuses a second program with an error that
// wraps [ErrInUse] and names the first. The kernel drops the lock when the process ends, however it ends, so there is never
// a stale one. Unlocking twice does nothing more.
//
// [Start] locks by itself. A program that brings its own database calls Lock for the other files that it keeps there.
func Lock(dataDir string) (unlock func() error, err error) {
	if err := makeDataDir(dataDir); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(layout{root: filepath.Clean(dataDir)}.lockFile(), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("data directory %s %w by %s", dataDir, ErrInUse, holder(file))
		} else {
			err = fmt.Errorf("lock data directory %s: %w", dataDir, err)
		}
		return nil, errors.Join(err, file.Close())
	}
	if err := writeHolder(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	// The file stays: after a removal a third program could lock a new file while a second still waits on the old.
	return sync.OnceValue(func() error { return unlockFile(file) }), nil
}

// unlockFile unlocks before it closes: a child that is just being forked shares the lock until it has become another
// program.
func unlockFile(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("unlock the data directory: %w", err)
	}
	return nil
}

// writeHolder writes the id of this process for the error message of others. The lock does not depend on it.
func writeHolder(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return fmt.Errorf("write the lock of the data directory: %w", err)
	}
	if _, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return fmt.Errorf("write the lock of the data directory: %w", err)
	}
	return nil
}

func holder(file *os.File) string {
	text := make([]byte, 20)
	n, _ := file.ReadAt(text, 0)
	// The holder may be between taking the lock and writing its id.
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n]))); err == nil {
		return "process " + strconv.Itoa(pid)
	}
	return "another process"
}
