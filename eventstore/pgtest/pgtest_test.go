package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

// childVariable makes one test of this binary behave as if a developer had killed it; see TestKilledTestBinary.
const childVariable = "PGTEST_CHILD"

func TestMain(m *testing.M) {
	code := Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
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

// TestChild is not a test of its own: it is the test binary that TestKilledTestBinary kills.
func TestChild(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		t.Skip("it is run by TestKilledTestBinary")
	}
	Database(t)
	fmt.Println(server.dataDir)
	select {}
}

func TestKilledTestBinary(t *testing.T) {
	t.Parallel()
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), childVariable+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var dir string
	_, scanErr := fmt.Fscanln(out, &dir)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// It was killed, so it has no other result.
	_ = child.Wait()
	if scanErr != nil {
		t.Fatal(scanErr)
	}
	deadline := time.Now().Add(30 * time.Second)
	for ticker := time.NewTicker(time.Millisecond); exists(t, filepath.Join(dir, "postgres", "postmaster.pid")); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatal("Postgres goes on running")
		}
	}
	old := time.Now().Add(-2 * leftoverAge)
	if err := os.Chtimes(dir, old, old); err != nil {
		t.Fatal(err)
	}
	removeLeftovers(t.Context())
	if exists(t, dir) {
		t.Error("its files are still there")
	}
}

func TestDirectoryInUseIsNoLeftover(t *testing.T) {
	t.Parallel()
	Server(t)
	if err := postgres.Remove(t.Context(), server.dataDir); !errors.Is(err, postgres.ErrInUse) {
		t.Errorf("error %v", err)
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
