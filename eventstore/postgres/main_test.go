package postgres

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
)

// programVariable turns the test binary into a program with a private Postgres, for tests that kill it.
const programVariable = "TALLYSTICK_TEST_DATA_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(programVariable); dir != "" {
		os.Exit(program(dir))
	}
	os.Exit(scratch.Main(func() int {
		code := m.Run()
		err := goleak.Find()
		for deadline := time.Now().Add(scratch.Patience); err != nil && time.Now().Before(deadline); {
			err = goleak.Find()
		}
		if err != nil && code == 0 {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}, Remove))
}

// program starts a server, says so, and blocks until its standard input ends.
func program(dir string) int {
	s, err := Start(context.Background(), testOptions(dir))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(s.URL())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := s.Stop(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// startProgram runs the test binary as a program on dir, and gives the first line that it says.
func startProgram(t *testing.T, dir string, change func(*exec.Cmd)) (cmd *exec.Cmd, line func() string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), programVariable+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(cmd)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		// An error is what a killed program ends with.
		_ = cmd.Wait()
		waitNothingRuns(t, dir)
	})
	return cmd, func() string {
		text, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			t.Fatalf("the program said %q: %v", text, err)
		}
		return strings.TrimSpace(text)
	}
}

// testOptions trade durability for speed: no test cuts the power.
func testOptions(dir string) Options {
	return Options{
		DataDir:  dir,
		Settings: map[string]string{"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"},
		Log:      slog.New(slog.DiscardHandler),
	}
}

// testDataDir is a data directory that does not exist yet, where every account can reach it.
func testDataDir(t *testing.T) string {
	t.Helper()
	return filepath.Join(openDir(t, scratch.Memory()), "data")
}

// openDir is a fresh directory that every account can pass through.
func openDir(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "tallystick-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func startServer(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), scratch.Patience)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// It fails when the test has killed the server.
		_ = conn.Close(context.Background())
	})
	return conn
}

// ask gives the one text that a query answers with.
func ask(t *testing.T, url, query string) string {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(context.Background())
	var answer string
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

// remember and recall leave a fact in the database and look for it.
func remember(t *testing.T, url string) {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "CREATE TABLE fact AS SELECT 'kept' AS word"); err != nil {
		t.Fatal(err)
	}
}

func recall(t *testing.T, url string) {
	t.Helper()
	if word := ask(t, url, "SELECT word FROM fact"); word != "kept" {
		t.Fatalf("the database has %q", word)
	}
}

// waitFor polls a condition that another process brings about.
func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(scratch.Patience)
	for ticker := time.NewTicker(time.Millisecond); !condition(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// running lists the processes that work in or below dir, by another way than the package itself does.
func running(t *testing.T, dir string) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, link := range links {
		if place, err := os.Readlink(link); err == nil && (place == dir || strings.HasPrefix(place, dir+"/")) {
			found = append(found, link+" -> "+place)
		}
	}
	return found
}

func waitNothingRuns(t *testing.T, dir string) {
	t.Helper()
	waitFor(t, "Postgres to leave "+dir, func() bool { return len(running(t, dir)) == 0 })
}
