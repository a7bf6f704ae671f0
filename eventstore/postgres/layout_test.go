package postgres

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
)

func TestSocketOfALongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t, scratch.Memory()), strings.Repeat("deep/", 20))
	s := startServer(t, testOptions(dir))
	remember(t, s.URL())
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	socketDir := u.Query().Get("host")
	if filepath.Dir(socketDir) != filepath.Clean(os.TempDir()) || len(socketPath(socketDir)) > socketPathMax {
		t.Errorf("the socket is in %s", socketDir)
	}
	stop(t, s)
	again := startServer(t, testOptions(dir))
	if again.URL() != s.URL() {
		t.Errorf("the socket has moved from %s to %s", s.URL(), again.URL())
	}
	stop(t, again)
	if err := Remove(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if exists(t, socketDir) {
		t.Error("the socket's directory is still there")
	}
}

func TestSocketDirectoryOfSomebodyElse(t *testing.T) {
	t.Parallel()
	self := account{name: "us", owner: owner{uid: os.Geteuid(), gid: os.Getegid()}}
	elsewhere := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	if err := makeSocketDir(link, self); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("a link is taken: %v", err)
	}
	needRoot(t)
	foreign := t.TempDir()
	if err := os.Chown(foreign, 54321, 54321); err != nil {
		t.Fatal(err)
	}
	if err := makeSocketDir(foreign, self); err == nil || !strings.Contains(err.Error(), "somebody else (user 54321)") {
		t.Errorf("a foreign directory is taken: %v", err)
	}
}

func TestSpellingsOfOneDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	one, err := newLayout(dir)
	if err != nil {
		t.Fatal(err)
	}
	other, err := newLayout(link + "/.")
	if err != nil {
		t.Fatal(err)
	}
	if one.mark() != other.mark() {
		t.Errorf("%s and %s differ", one.root, other.root)
	}
}
