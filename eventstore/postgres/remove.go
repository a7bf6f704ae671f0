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

// Remove deletes a data directory with all that is in it, after making a Postgres leave that still runs there. It is
// for directories made for a while. One in use is refused with [ErrInUse]; one that is gone already is no error.
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
	// The socket's directory may be elsewhere. It is empty now; one that isn't is not ours to remove.
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
