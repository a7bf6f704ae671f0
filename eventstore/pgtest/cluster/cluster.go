package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
	"github.com/tallystick/tallystick/eventstore/postgres"
)

// Cluster is a Postgres in a directory of its own, which may run.
type Cluster struct {
	Dir    string
	t      *testing.T
	server *postgres.Server
}

// New makes a cluster that does not run yet. Its directory goes when the test ends.
func New(t *testing.T) *Cluster {
	t.Helper()
	dir, err := os.MkdirTemp(scratch.Memory(), "f-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // Postgres may run as another user
		t.Fatal(err)
	}
	return &Cluster{t: t, Dir: filepath.Join(dir, "d")}
}

// Start starts the cluster with some settings beside the usual ones of tests.
func (c *Cluster) Start(settings map[string]string) {
	c.t.Helper()
	all := map[string]string{"fsync": "off", "shared_buffers": "16MB", "max_connections": "60"}
	maps.Copy(all, settings)
	var err error
	c.server, err = postgres.Start(c.t.Context(), postgres.Options{DataDir: c.Dir, Settings: all, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(c.Stop)
}

// Stop stops the cluster, if it runs.
func (c *Cluster) Stop() {
	if err := c.server.Stop(context.Background()); err != nil {
		c.t.Error(err)
	}
}

// URL leads to the running cluster, as its superuser.
func (c *Cluster) URL() string { return c.server.URL() }

// CopyTo copies the files of a cluster that stands still.
func (c *Cluster) CopyTo(dir string) {
	c.t.Helper()
	if out, err := exec.Command("cp", "-a", c.Dir, dir).CombinedOutput(); err != nil {
		c.t.Fatalf("copy: %v: %s", err, out)
	}
}

// Signal leaves a file in the cluster's directory, for the account that owns it.
func (c *Cluster) Signal(name, content string) {
	c.t.Helper()
	path := filepath.Join(c.Dir, "postgres", name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = file.WriteString(content)
	if err := errors.Join(err, file.Close()); err != nil {
		c.t.Fatal(err)
	}
	if out, err := exec.Command("chown", "--reference="+filepath.Join(c.Dir, "postgres", "PG_VERSION"), path).CombinedOutput(); err != nil {
		c.t.Fatalf("chown: %v: %s", err, out)
	}
}

// Follow makes the next start that of a streaming standby of a running primary, of which the cluster is a copy.
func (c *Cluster) Follow(primary *Cluster) {
	c.t.Helper()
	u, err := url.Parse(primary.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	password, _ := u.User.Password()
	c.Signal("standby.signal", "")
	c.Signal("postgresql.auto.conf", fmt.Sprintf("primary_conninfo = 'host=%s port=%s user=%s password=%s'\n",
		u.Query().Get("host"), u.Query().Get("port"), u.User.Username(), password))
}

// Ask gives the answer to a query of one text.
func (c *Cluster) Ask(sql string) (answer string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.server.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(c.t.Context(), sql).Scan(&answer); err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
	return answer
}
