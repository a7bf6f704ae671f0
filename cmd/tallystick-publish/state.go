package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// state remembers in a file up to which position a ledger is published. Without a directory it remembers nothing.
type state struct {
	path string
	at   time.Time // of the newest write
}

func newState(dir, ledger string) *state {
	if dir == "" {
		return &state{}
	}
	return &state{path: filepath.Join(dir, ledger+".position")}
}

// position is 0 where nothing is remembered.
func (s *state) position() (int64, error) {
	if s.path == "" {
		return 0, nil
	}
	content, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read where the ledger stands: %w", err)
	}
	position, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s holds no position: %w", s.path, err)
	}
	return position, nil
}

// keepSoon remembers a position unless one was remembered just before: the file is behind by that much at most.
func (s *state) keepSoon(position int64) error {
	if s.path == "" || time.Since(s.at) < keepInterval {
		return nil
	}
	return s.keepNow(position)
}

// keepNow remembers a position. A file that is cut off by a crash never replaces the one before.
func (s *state) keepNow(position int64) error {
	if s.path == "" {
		return nil
	}
	s.at = time.Now()
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("remember where the ledger stands: %w", err)
	}
	written := s.path + ".new"
	if err := os.WriteFile(written, []byte(strconv.FormatInt(position, 10)+"\n"), 0o600); err != nil {
		return fmt.Errorf("remember where the ledger stands: %w", err)
	}
	return os.Rename(written, s.path)
}

// keep remembers a position at the end, where an error would change nothing.
func (s *state) keep(position int64) { _ = s.keepNow(position) }
