package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// askText gives the one text that a query answers with.
func askText(t *testing.T, url, query string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var answer string
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

// The program logs in as its own role, and whoever reads the file as the operator. Neither can get at the events.
func TestWhoLogsInToThePrivatePostgres(t *testing.T) {
	t.Parallel()
	s := boot(t, dataDir(t))
	url := s.databaseURL()
	if users := askText(t, url, `SELECT string_agg(DISTINCT usename, ' ') FROM pg_stat_activity WHERE starts_with(application_name, 'tallystick ')`); users != "tallystick_app_tallystick" {
		t.Errorf("the program logs in as %s", users)
	}
	if supers := askText(t, url, `SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolsuper AND rolcanlogin`); supers != "postgres" {
		t.Errorf("superusers: %s", supers)
	}
	if operator := askText(t, url, `SELECT session_user::text`); operator != "tallystick_operator_tallystick" {
		t.Errorf("the file logs in %s", operator)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range []string{
		`DELETE FROM tallystick.events`,
		`ALTER TABLE tallystick.events DISABLE TRIGGER ALL`,
		`UPDATE tallystick.api_keys SET role = 'admin'`,
		`DELETE FROM tallystick.api_keys`,
		`SET ROLE tallystick_owner_tallystick`,
		`SET SESSION AUTHORIZATION postgres`,
		`CREATE ROLE another`,
		`COPY tallystick.ledgers TO PROGRAM 'cat'`,
	} {
		_, err := conn.Exec(t.Context(), sql)
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) || pgErr.Code != "42501" {
			t.Errorf("%s: %v, want insufficient_privilege", sql, err)
		}
	}

	password := strings.Split(strings.Split(url, "@")[0], ":")[2]
	if len(password) < 32 || strings.Contains(postgresOf(t, s.dir), password) || strings.Contains(s.output(), password) {
		t.Error("the operator's password is weak or shown")
	}
	for _, path := range []string{"database.url", "postgres.password", "pg_hba.conf", "admin.key", "secret.key"} {
		if info, err := os.Stat(filepath.Join(s.dir, path)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", path, info, err)
		}
	}
}

// What was copied from the file stays good, and what stands in it suffices for all that an operator does.
func TestTheDatabasesURLSuffices(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := boot(t, dir)
	url := s.databaseURL()
	for _, args := range [][]string{
		{"ledger", "create", "acme", "--live"},
		{"ledger", "list"},
		{"key", "create", "--role", "admin", "--ledger", "acme"},
		{"key", "list"},
		{"projection", "list"},
		{"projection", "rebuild", "seats"},
		{"license", "fingerprint"},
		{"migrate"},
	} {
		if stdout, stderr, code := invoke(t, append(args, "--database-url", url)...); code != exitDone {
			t.Errorf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
	for _, restarted := range []bool{false, true} {
		if restarted {
			s.stop(syscall.SIGTERM)
			if stdout, stderr, code := invoke(t, "migrate", "--data-dir", dir); code != exitDone {
				t.Fatalf("exit %d: %s%s", code, stdout, stderr)
			}
			s = boot(t, dir)
		}
		if s.databaseURL() != url {
			t.Error("the file has changed")
		}
		joined := boot(t, dataDir(t), "--database-url", url)
		joined.key = s.key
		joined.must("GET", "/v1/events", "", "", 200)
	}
}

// A cluster in the place of another has another password.
func TestAWrongSuperuserPassword(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := boot(t, dir)
	s.stop(syscall.SIGTERM)
	password := filepath.Join(dir, "postgres.password")
	if err := os.WriteFile(password, []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := invoke(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", dir); code != exitFailed || !strings.Contains(stderr, "remove "+password) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if err := os.Remove(password); err != nil {
		t.Fatal(err)
	}
	key := s.key
	s = boot(t, dir)
	s.key = key
	s.must("GET", "/v1/events", "", "", 200)
}
