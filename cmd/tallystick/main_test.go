package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
	"github.com/tallystick/tallystick/eventstore/postgres"
)

// The tests run the real program: this binary becomes it when it is started again with this variable.
const actAsProgram = "TALLYSTICK_TEST_ACT_AS_PROGRAM"

const patience = scratch.Patience

func TestMain(m *testing.M) {
	if os.Getenv(actAsProgram) != "" {
		start(&program{patience: patience})
	}
	flag.Parse()
	if !isSet("test.parallel") {
		// Tests wait for processes to start and for disks.
		if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	os.Exit(pgtest.Main(m))
}

// isSet reports whether a flag of the tests was given.
func isSet(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// invoke runs a subcommand to its end.
func invoke(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return finish(t, programCommand(args...))
}

// finish runs a command to its end.
func finish(t *testing.T, command *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), command.ProcessState.ExitCode()
}

// programCommand is the program of this source.
func programCommand(args ...string) *exec.Cmd {
	command := isolated(os.Args[0], args...)
	command.Env = append(command.Env, actAsProgram+"=1")
	return command
}

// isolated is a command with an environment in which nothing of the tester's own settings can reach the program.
func isolated(program string, args ...string) *exec.Cmd {
	command := exec.Command(program, args...)
	command.SysProcAttr = scratch.EndWithTests()
	for _, variable := range os.Environ() {
		setting := strings.HasPrefix(variable, "TALLYSTICK_") && !strings.HasPrefix(variable, "TALLYSTICK_PG_BIN=")
		if !setting && !strings.HasPrefix(variable, "DATABASE_URL=") && !strings.HasPrefix(variable, "PG") && !strings.HasPrefix(variable, "OTEL_") {
			command.Env = append(command.Env, variable)
		}
	}
	return command
}

// dataDir makes a directory that the account which runs Postgres can reach.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tallystick-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	t.Cleanup(func() {
		// Postgres writes until it has followed a server that was killed.
		if err := errors.Join(postgres.Remove(context.Background(), data), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return data
}

// used holds a data directory on which a server was, and was stopped.
var used struct {
	made sync.Once
	dir  string
}

// usedDir makes a directory as dataDir does, on which a server was before, without any event. It starts in a third of the time.
func usedDir(t *testing.T) string {
	t.Helper()
	used.made.Do(func() {
		dir, err := os.MkdirTemp("", "tallystick-used-")
		if err == nil {
			err = os.Chmod(dir, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		used.dir = filepath.Join(dir, "data")
		if s := boot(t, used.dir); s.stop(syscall.SIGTERM) != exitDone {
			t.Fatal(s.output())
		}
	})
	dir := dataDir(t)
	if output, err := exec.Command("cp", "-a", used.dir, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return dir
}

// server is the program serving.
type server struct {
	t       *testing.T
	dir     string
	url     string
	key     string
	process *exec.Cmd
	exited  chan struct{}

	mu      sync.Mutex
	printed strings.Builder
}

// boot starts the program on a data directory and returns when it is ready.
func boot(t *testing.T, dir string, args ...string) *server {
	t.Helper()
	return bootWith(t, programCommand, dir, args...)
}

// bootWith is boot with any program.
func bootWith(t *testing.T, program func(args ...string) *exec.Cmd, dir string, args ...string) *server {
	t.Helper()
	s := startWith(t, program, dir, args...)
	s.await("/readyz", http.StatusOK)
	if key, err := os.ReadFile(filepath.Join(dir, "admin.key")); err == nil {
		s.key = strings.TrimSpace(string(key))
	}
	return s
}

// startWith starts a program and returns when it listens. It may never be ready.
func startWith(t *testing.T, program func(args ...string) *exec.Cmd, dir string, args ...string) *server {
	t.Helper()
	s := &server{t: t, dir: dir, exited: make(chan struct{})}
	s.process = program(append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", dir, "--log-format", "json"}, args...)...)
	stderr, err := s.process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.process.Stdout = &lockedWriter{s}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	go s.follow(stderr, address)
	t.Cleanup(s.kill)
	select {
	case found := <-address:
		s.url = "http://" + found
	case <-s.exited:
		t.Fatalf("the server did not start:\n%s", s.output())
	case <-time.After(patience):
		t.Fatalf("the server takes too long to start:\n%s", s.output())
	}
	return s
}

type lockedWriter struct{ s *server }

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.printed.Write(p)
}

func (s *server) output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.printed.String()
}

// follow keeps the log and finds the address in it.
func (s *server) follow(stderr io.Reader, address chan<- string) {
	defer close(s.exited)
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Fprintln(&lockedWriter{s}, lines.Text())
		var entry struct {
			Msg     string `json:"msg"`
			Address string `json:"address"`
		}
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "serving" {
			address <- entry.Address
		}
	}
	_ = s.process.Wait()
}

// kill ends the process at once, as the machine's owner or its memory may.
func (s *server) kill() {
	_ = s.process.Process.Signal(syscall.SIGKILL)
	<-s.exited
}

// stop asks the process to end and gives its exit status.
func (s *server) stop(signal syscall.Signal) int {
	s.t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.exited:
	case <-time.After(patience):
		s.t.Fatalf("the server does not stop:\n%s", s.output())
	}
	return s.process.ProcessState.ExitCode()
}

// await polls until a path answers with a status.
func (s *server) await(path string, status int) {
	s.t.Helper()
	s.until(path+" answers "+http.StatusText(status), func() bool {
		response, err := http.Get(s.url + path)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == status
	})
}

// until polls until something holds.
func (s *server) until(what string, holds func() bool) {
	s.t.Helper()
	if !poll(holds) {
		s.t.Fatalf("it never came about that %s:\n%s", what, s.output())
	}
}

// poll reports whether something came to hold.
func poll(holds func() bool) bool {
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// answer holds the answer to a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// request makes one request. An error means that nobody answered.
func (s *server) request(ctx context.Context, method, path, key, body string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return ask(r)
}

// ask sends a request and reads the whole answer.
func ask(r *http.Request) (answer, error) {
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}, err
}

// must makes a request that has to succeed with a status.
func (s *server) must(method, path, key, body string, status int) answer {
	s.t.Helper()
	got, err := s.request(s.t.Context(), method, path, key, body)
	if err != nil || got.status != status {
		s.t.Fatalf("%s %s: %d %s, %v; want %d", method, path, got.status, got.body, err, status)
	}
	return got
}

// sellFreeSeats makes a free product with so many seats.
func (s *server) sellFreeSeats(seats int) {
	s.t.Helper()
	s.must("POST", "/v1/products", "free", fmt.Sprintf(`{"code":"free","name":"Free","tier":0,"free":true,"free_seats":%d}`, seats), 201)
}
