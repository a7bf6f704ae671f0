package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// readyTimeout is long because a start after a crash first replays up to max_wal_size of log.
	readyTimeout = 5 * time.Minute
	// pollInterval is small beside the 60 ms of a usual start.
	pollInterval = 5 * time.Millisecond
)

// cluster holds everything that a start of Postgres on one data directory needs.
type cluster struct {
	layout
	bin      string
	account  account
	settings map[string]string
	log      *slog.Logger
}

// launch starts the postmaster and returns when it accepts connections.
func (c *cluster) launch(ctx context.Context) (*Server, error) {
	socketDir, err := c.socketDir()
	if err != nil {
		return nil, err
	}
	if err := makeSocketDir(socketDir, c.account); err != nil {
		return nil, err
	}
	if err := c.writeAccessRules(); err != nil {
		return nil, err
	}
	password, err := c.superuserPassword()
	if err != nil {
		return nil, err
	}
	logFile, logBegin, err := openLog(c.layout, c.account)
	if err != nil {
		return nil, err
	}
	s := &Server{layout: c.layout, log: c.log, socket: socketDir, password: password, logBegin: logBegin, done: make(chan struct{})}
	err = s.spawn(c.postmaster(ctx, socketDir, logFile))
	// The postmaster has its own copy by now, and this one was never written to.
	_ = logFile.Close()
	if err != nil {
		return nil, fmt.Errorf("launch postgres: %w", err)
	}
	if err := s.waitReady(ctx); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killTimeout)
		defer cancel()
		return nil, errors.Join(err, s.shutdown(ctx))
	}
	return s, nil
}

// postmaster makes the command of the server.
func (c *cluster) postmaster(ctx context.Context, socketDir string, log *os.File) *exec.Cmd {
	args := []string{"-D", c.data(), "-p", port}
	args = append(args, settingArgs(c.settings)...)
	// These come last and so win over any setting: the socket is the only way in, and the processes can be found.
	args = append(args, "-k", socketDir, "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700",
		"-c", "hba_file="+c.accessFile(), "-c", "cluster_name="+c.mark())
	// The ctx of a start does not limit the server's life.
	cmd := c.account.command(context.WithoutCancel(ctx), c.data(), filepath.Join(c.bin, "postgres"), args...)
	dieWithParent(cmd.SysProcAttr, syscall.SIGINT)
	cmd.Stdout, cmd.Stderr = log, log
	return cmd
}

// spawn starts the postmaster from a goroutine that stays with it. The kernel ends the child with the thread that forked it,
// so that goroutine must keep its thread until the postmaster is gone.
func (s *Server) spawn(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		s.process = cmd.Process
		started <- err
		if err != nil {
			return
		}
		s.exit = cmd.Wait()
		close(s.done)
	}()
	return <-started
}

// waitReady polls the file that has the postmaster's state, as pg_ctl does.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return withLog(fmt.Errorf("wait for postgres: %w", ctx.Err()), s.layout, s.logBegin)
		case <-s.done:
			return withLog(fmt.Errorf("postgres did not start (%s)", exitText(s.exit)), s.layout, s.logBegin)
		case <-ticker.C:
		}
		pid, status, err := s.readPIDFile()
		if err != nil {
			return err
		}
		if pid == s.process.Pid && status == "ready" {
			return nil
		}
	}
}

// readPIDFile returns the process id in the first line and the state in the eighth; 0 and "" while they aren't written.
func (l layout) readPIDFile() (pid int, status string, err error) {
	text, err := os.ReadFile(l.pidFile())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("read the state of postgres: %w", err)
	}
	lines := strings.Split(string(text), "\n")
	// A file that ends too early is being written, or was when the machine stopped.
	pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	if pid == 0 || len(lines) < 8 {
		return pid, "", nil
	}
	return pid, strings.TrimSpace(lines[7]), nil
}
