package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// stopTimeout limits a fast shutdown whose ctx has no end. It is long: a last checkpoint may have gigabytes to write.
	stopTimeout = time.Minute
	// killTimeout limits the wait after each harder signal. On SIGQUIT the postmaster gives its children 5 seconds.
	killTimeout = 10 * time.Second
)

// Options describes a private Postgres.
type Options struct {
	// DataDir holds all files, see the package's comment. It is created when needed, and others may keep files there.
	DataDir string
	// BinDir has initdb and postgres. When empty, [FindBinaries] looks for them.
	BinDir string
	// Settings are added to, and win over, the package's own.
	Settings map[string]string
	// Log gets a few lines about starts and stops; nil for none. Postgres writes to <DataDir>/postgres.log.
	Log *slog.Logger
}

// Server is a running private Postgres.
type Server struct {
	layout
	log      *slog.Logger
	socket   string // its directory
	password string // the superuser's
	logBegin int64  // where in its log this run began
	process  *os.Process
	unlock   func() error

	stopping atomic.Bool
	done     chan struct{}
	exit     error // how the postmaster ended; read after done is closed
}

// Start runs Postgres on the data directory and returns when it accepts connections. The first start makes the cluster and
// the empty database "tallystick"; every start ends a Postgres that an earlier program left running there. The directory is
// locked until [Server.Stop]; a second Start fails with [ErrInUse]. When Start fails, or its ctx ends before it returns, it
// leaves nothing running. Postgres lives on when ctx ends later.
func Start(ctx context.Context, o Options) (*Server, error) {
	unlock, err := Lock(o.DataDir)
	if err != nil {
		return nil, err
	}
	s, err := start(ctx, o)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	s.unlock = unlock
	return s, nil
}

func start(ctx context.Context, o Options) (*Server, error) {
	begin := time.Now()
	c, err := prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := c.evict(ctx, c.log); err != nil {
		return nil, err
	}
	if err := c.initialize(ctx); err != nil {
		return nil, err
	}
	if err := c.demandPassword(ctx); err != nil {
		return nil, err
	}
	s, err := c.launch(ctx)
	if err != nil {
		return nil, err
	}
	c.log.InfoContext(ctx, "postgres is ready", "directory", c.root, "binaries", c.bin, "account", c.account.name,
		"process", s.process.Pid, "took_ms", time.Since(begin).Milliseconds())
	return s, nil
}

// Check finds out whether [Start] could run Postgres on an existing data directory, and changes nothing: the directory is
// there, its owner can be the account of Postgres, and binaries that fit it are found.
func Check(ctx context.Context, o Options) error {
	_, err := prepare(ctx, o)
	return err
}

// prepare finds out everything that a start needs, and changes nothing.
func prepare(ctx context.Context, o Options) (*cluster, error) {
	l, err := newLayout(o.DataDir)
	if err != nil {
		return nil, err
	}
	c := &cluster{layout: l, settings: defaults(), log: o.Log}
	maps.Copy(c.settings, o.Settings)
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	candidates, err := accounts(l)
	if err != nil {
		return nil, err
	}
	major, err := majorOf(l.data())
	if err != nil {
		return nil, err
	}
	if o.BinDir != "" {
		c.bin, err = givenBinaries(ctx, o.BinDir, major)
	} else {
		c.bin, err = FindBinaries(ctx, major)
	}
	if err != nil {
		return nil, err
	}
	c.account, err = chooseAccount(ctx, candidates, l.root, c.bin)
	return c, err
}

// URL returns the address of the database "tallystick", for its superuser and over the socket.
func (s *Server) URL() string { return urlOf(s.socket, s.password) }

// Done returns a channel that is closed when the postmaster has exited, expected or not.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns the reason why Postgres exited though nobody stopped it. It is nil while Postgres runs and when [Server.Stop]
// ended it.
func (s *Server) Err() error {
	select {
	case <-s.done:
	default:
		return nil
	}
	if s.stopping.Load() {
		return nil
	}
	return withLog(fmt.Errorf("postgres exited by itself (%s)", exitText(s.exit)), s.layout, s.logBegin)
}

// Stop shuts Postgres down and unlocks the data directory. It cuts connections and keeps all committed data. When ctx ends
// first, it stops Postgres at once, which recovers at its next start. An error means that Postgres may still run. Stop can
// be called again, and after Postgres has exited by itself.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.shutdown(ctx); err != nil {
		return err
	}
	// A postmaster that was killed leaves children, and a busy one does not notice.
	if err := s.evict(context.WithoutCancel(ctx), s.log); err != nil {
		return err
	}
	return s.unlock()
}

func (s *Server) shutdown(ctx context.Context) error {
	select {
	case <-s.done:
		return nil
	default:
		s.stopping.Store(true)
	}
	fast, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if s.ask(fast, syscall.SIGINT) {
		return nil
	}
	s.log.WarnContext(ctx, "postgres takes too long to shut down and is stopped at once", "process", s.process.Pid)
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), killTimeout)
		defer cancel()
		if s.ask(hard, signal) {
			return nil
		}
	}
	return fmt.Errorf("postgres (process %d) does not stop", s.process.Pid)
}

// ask sends a signal and reports whether the postmaster was gone before ctx ended.
func (s *Server) ask(ctx context.Context, signal syscall.Signal) bool {
	// The only error is that the postmaster has exited in the meantime, and then done is about to close.
	_ = s.process.Signal(signal)
	select {
	case <-s.done:
		return true
	case <-ctx.Done():
		return false
	}
}

func exitText(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}
