package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// Remove ends a Postgres that still runs on a data directory and deletes the directory with everything in it. It refuses a
// directory in use with [ErrInUse]; a directory that is gone already is no error.
func Remove(ctx context.Context, dataDir string) error {
	if _, err := os.Stat(dataDir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	unlock, err := Lock(dataDir)
	if err != nil {
		return err
	}
	return errors.Join(remove(ctx, dataDir), unlock())
}

func remove(ctx context.Context, dataDir string) error {
	l, err := newLayout(dataDir)
	if err != nil {
		return err
	}
	if err := l.evict(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	// The socket's directory may be elsewhere. It is empty now; a directory that isn't belongs to somebody else.
	if dir, err := l.socketDir(); err == nil && filepath.Dir(dir) != l.root {
		if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove socket directory: %w", err)
		}
	}
	if err := os.RemoveAll(l.root); err != nil {
		return fmt.Errorf("remove data directory: %w", err)
	}
	return nil
}
