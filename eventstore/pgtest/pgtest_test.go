package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// childVariable tells the test binary that TestNothingIsLeft starts how to end.
const childVariable = "PGTEST_CHILD"

func TestMain(m *testing.M) {
	code := Main(m)
	err := goleak.Find()
	for deadline := time.Now().Add(Patience); err != nil && time.Now().Before(deadline); {
		err = goleak.Find()
	}
	if err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestDatabasesAreMigratedAndApart(t *testing.T) {
	t.Parallel()
	one, other := Database(t), Database(t)
	run(t, one, "CREATE TABLE mine (n int)")
	run(t, other, "CREATE TABLE mine (n int)")
	if !ask[bool](t, one, "SELECT to_regclass('tallystick.events') IS NOT NULL") {
		t.Error("not migrated")
	}
	if ask[bool](t, Empty(t), "SELECT to_regclass('tallystick.events') IS NOT NULL") {
		t.Error("an empty database is migrated")
	}
}

func TestDatabaseEndsWithItsTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("leaves a connection open", func(t *testing.T) {
		url = Database(t)
		if _, err := pgx.Connect(context.Background(), url); err != nil {
			t.Fatal(err)
		}
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("the database is still there")
		_ = conn.Close(t.Context())
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			url := Database(t)
			if got := ask[string](t, url, "SELECT current_database()::text"); !strings.Contains(got, "testmanyatonce") {
				t.Errorf("database %s", got)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for test, want := range map[string]string{
		"TestA/b_c/Ü":              "t7_testa_b_c__",
		strings.Repeat("long", 50): "t7_" + strings.Repeat("long", 15),
	} {
		if got := databaseName(test, 7); got != want {
			t.Errorf("databaseName(%q) = %q, want %q", test, got, want)
		}
	}
}

func TestServerNeedsMain(t *testing.T) {
	t.Parallel()
	var unmanaged shared
	if _, err := unmanaged.get(); err == nil || !strings.Contains(err.Error(), "TestMain") {
		t.Errorf("error %v", err)
	}
}

// ends are the ways in which the test binary of TestNothingIsLeft ends.
var ends = map[string]func(t *testing.T, child *exec.Cmd){
	"kill -9": func(t *testing.T, child *exec.Cmd) { signal(t, child, syscall.SIGKILL) },
	"Ctrl-C":  func(t *testing.T, child *exec.Cmd) { signal(t, child, syscall.SIGINT) },
	"SIGTERM": func(t *testing.T, child *exec.Cmd) { signal(t, child, syscall.SIGTERM) },
	"panic":   nil,
	"exit":    nil,
	"fail":    nil,
	"pass":    nil,
	"timeout": nil,
}

func signal(t *testing.T, child *exec.Cmd, signal os.Signal) {
	t.Helper()
	if err := child.Process.Signal(signal); err != nil {
		t.Error(err)
	}
}

// TestChild is not a test of its own: it is the test binary that TestNothingIsLeft ends.
func TestChild(t *testing.T) {
	end := os.Getenv(childVariable)
	if end == "" {
		t.Skip("it is run by TestNothingIsLeft")
	}
	if end == "timeout" {
		// As if it had been told by -timeout, which is a panic in a goroutine of its own.
		defer func() { go panic("test timed out"); select {} }()
	}
	Database(t)
	if err := os.WriteFile(filepath.Join(t.TempDir(), "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Println(filepath.Dir(server.dataDir), os.TempDir())
	switch end {
	case "panic":
		panic(end)
	case "exit":
		os.Exit(3)
	case "fail":
		t.Fatal(end)
	case "pass", "timeout":
	default:
		select {}
	}
}

// However a test binary ends, none of its processes, directories and files is left.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	for end, bring := range ends {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0], "-test.run=^TestChild$")
			child.Env = append(os.Environ(), childVariable+"="+end)
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			var memory, disk string
			_, scanErr := fmt.Fscanln(out, &memory, &disk)
			if bring != nil {
				bring(t, child)
			}
			// Most of these ends are errors.
			_ = child.Wait()
			if scanErr != nil {
				t.Fatal(scanErr)
			}
			for deadline := time.Now().Add(Patience); exists(t, memory) || exists(t, disk); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%s or %s is left", memory, disk)
				}
			}
			processes, err := exec.Command("ps", "-eo", "args").Output()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(processes), memory) {
				t.Errorf("Postgres still runs in %s", memory)
			}
		})
	}
}

// BenchmarkDatabase measures what each test pays.
func BenchmarkDatabase(b *testing.B) {
	admin := Server(b).URL()
	for b.Loop() {
		if err := createDatabase(b.Context(), admin, "bench", template); err != nil {
			b.Fatal(err)
		}
		if err := dropDatabase(b.Context(), admin, "bench"); err != nil {
			b.Fatal(err)
		}
	}
}

func run(t *testing.T, url, query string) {
	t.Helper()
	if err := execute(t.Context(), url, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func ask[T any](t *testing.T, url, query string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var answer T
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}
