package postgres

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

func TestLock(t *testing.T) {
	t.Parallel()
	dir := testDataDir(t)
	unlock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir)
	want := fmt.Sprintf("data directory %s is in use by process %d", dir, os.Getpid())
	if !errors.Is(err, ErrInUse) || err.Error() != want {
		t.Fatalf("error %v, want %s", err, want)
	}
	for range 2 {
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
	}
	unlock, err = Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestLockNeedsADirectory(t *testing.T) {
	t.Parallel()
	if _, err := Lock(""); err == nil {
		t.Error("locked nothing")
	}
}
