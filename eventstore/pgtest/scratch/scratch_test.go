package scratch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Where even the reaper was killed, the next test binary removes what is left, and nothing else.
func TestLeftovers(t *testing.T) {
	parent := t.TempDir()
	t.Setenv("TMPDIR", parent)
	var removed []string
	remove := func(_ context.Context, dir string) error {
		removed = append(removed, dir)
		return os.RemoveAll(dir)
	}
	for _, name := range []string{"tally-foreign", "tally-used", "tally-left"} {
		data := filepath.Join(parent, name, "t", "data")
		if err := os.MkdirAll(data, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, "lock"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, ended := range map[string]bool{"tally-used": false, "tally-left": true} {
		file, err := claim(filepath.Join(parent, name))
		if err != nil {
			t.Fatal(err)
		}
		if ended {
			_ = file.Close()
		}
		defer file.Close()
	}
	removeLeftovers(t.Context(), remove)
	for name, want := range map[string]bool{"tally-foreign": true, "tally-used": true, "tally-left": false} {
		if _, err := os.Stat(filepath.Join(parent, name)); errors.Is(err, os.ErrNotExist) == want {
			t.Errorf("%s: %v, want it there: %v", name, err, want)
		}
	}
	if len(removed) != 1 {
		t.Errorf("removed servers in %v", removed)
	}
}
