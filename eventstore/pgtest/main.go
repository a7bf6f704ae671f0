package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
	"github.com/tallystick/tallystick/eventstore/postgres"
)

// Patience bounds the wait for what must come; see [scratch.Patience].
const Patience = scratch.Patience

// server is the only Postgres of this test binary. It is global because tests share nothing else.
var server shared

type shared struct {
	mu       sync.Mutex
	managed  bool // Main will stop it
	started  bool
	dataDir  string
	postgres *postgres.Server
	err      error // why it did not start; it is not tried again

	furnish    sync.Once
	furnishErr error
}

// gcPercent lets the collector run less often than usual, since the heaps of tests are small.
const gcPercent = 400

// Main runs the tests of a package, stops the server that they used, and returns the status for os.Exit.
func Main(m *testing.M) int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	return scratch.Main(func() int {
		server.manage()
		code := m.Run()
		if err := server.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			return max(code, 1)
		}
		return code
	}, postgres.Remove)
}

// Server returns the Postgres that the tests of this binary share. The first test that asks starts it. A test may not stop
// it.
func Server(t testing.TB) *postgres.Server {
	t.Helper()
	s, err := server.get()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return s
}

func (s *shared) manage() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.managed = true
}

func (s *shared) get() (*postgres.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.managed {
		return nil, errors.New("nobody would stop the server: let TestMain call pgtest.Main")
	}
	if !s.started {
		s.started = true
		// The first test's own context would end too early for the others.
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		s.err = s.start(ctx)
	}
	return s.postgres, s.err
}

func (s *shared) start(ctx context.Context) error {
	s.dataDir = filepath.Join(scratch.Memory(), "pgtest")
	var err error
	s.postgres, err = postgres.Start(ctx, postgres.Options{DataDir: s.dataDir, Settings: settings()})
	if err != nil {
		return err
	}
	return makeTemplate(ctx, s.postgres.URL())
}

// settings give up everything for speed, but for the results of queries.
func settings() map[string]string {
	return map[string]string{
		"fsync":              "off",
		"synchronous_commit": "off",
		"full_page_writes":   "off",
		"wal_compression":    "off",
		// A worker in the template would hold up those who copy it.
		"autovacuum": "off",
		// Tests run in parallel, each with pools as large as a real one's.
		"max_connections": "1000",
		"shared_buffers":  "128MB",
		// The directory may be in memory.
		"max_wal_size": "256MB",
	}
}

func (s *shared) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.managed = false
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if s.postgres == nil {
		return nil
	}
	return s.postgres.Stop(ctx)
}
