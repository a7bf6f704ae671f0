package access

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// setup gives a database with a live ledger and a sandbox.
func setup(t *testing.T) (conn *pgx.Conn, live, sandbox eventstore.Ledger) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	live, err = eventstore.CreateLedger(t.Context(), conn, "live", eventstore.ModeLive, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	sandbox, err = eventstore.CreateLedger(t.Context(), conn, "sandbox", eventstore.ModeSandbox, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return conn, live, sandbox
}

// operator acts on a connection.
func operator(conn *pgx.Conn) Operator { return Operator{DB: conn, Name: "ada@desk"} }

func create(t *testing.T, conn *pgx.Conn, n NewKey, now time.Time) (Key, string) {
	t.Helper()
	key, token, err := operator(conn).CreateKey(t.Context(), n, now)
	if err != nil {
		t.Fatal(err)
	}
	return key, token
}

func TestKeys(t *testing.T) {
	t.Parallel()
	conn, live, sandbox := setup(t)
	key, token := create(t, conn, NewKey{Ledger: sandbox, Role: endpoint.RoleFinance, Name: "the books"}, time.Now())
	parsed, ok := parseToken([]string{"Bearer " + token})
	if !ok || parsed.mode != eventstore.ModeSandbox || parsed.id != key.ID || len(parsed.secret) != 43 || parsed.String() != token {
		t.Errorf("token %s of key %+v", token, key)
	}
	create(t, conn, NewKey{Ledger: live, Role: endpoint.RoleClient}, time.Now())
	all, err := ListKeys(t.Context(), conn, uuid.Nil)
	if err != nil || len(all) != 2 {
		t.Fatalf("all keys: %+v, %v", all, err)
	}
	own, err := ListKeys(t.Context(), conn, sandbox.ID)
	if err != nil || len(own) != 1 || own[0] != key || own[0].Name != "the books" || own[0].RevokedAt != nil || own[0].ExpiresAt != nil {
		t.Fatalf("keys of the sandbox: %+v, %v; want %+v", own, err, key)
	}
	if err := operator(conn).RevokeKey(t.Context(), "nosuchkey000", time.Now()); !errors.Is(err, ErrKeyUnknown) {
		t.Errorf("revoking an unknown key: %v", err)
	}
	if _, _, err := operator(conn).CreateKey(t.Context(), NewKey{Ledger: sandbox, Role: "root"}, time.Now()); !errors.Is(err, ErrRoleUnknown) {
		t.Errorf("creating a key of an unknown role: %v", err)
	}
	if _, _, err := operator(conn).ReplaceKey(t.Context(), "nosuchkey000", time.Hour, nil, time.Now()); !errors.Is(err, ErrKeyUnknown) {
		t.Errorf("replacing an unknown key: %v", err)
	}
	if err := operator(conn).RevokeKey(t.Context(), key.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := operator(conn).ReplaceKey(t.Context(), key.ID, time.Hour, nil, time.Now()); !errors.Is(err, ErrKeyRevoked) {
		t.Errorf("replacing a revoked key: %v", err)
	}
}

// TestEveryChangeIsAudited makes each kind of change and looks for its row, with who made it.
func TestEveryChangeIsAudited(t *testing.T) {
	t.Parallel()
	conn, live, sandbox := setup(t)
	first, _ := create(t, conn, NewKey{Ledger: live, Role: endpoint.RoleClient, Name: "shop"}, time.Now())
	second, _, err := operator(conn).ReplaceKey(t.Context(), first.ID, time.Hour, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := operator(conn).RevokeKey(t.Context(), second.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	at := func(context.Context) error { return nil }
	if err := operator(conn).RotateSecret(t.Context(), live, time.Hour, at, time.Now); err != nil {
		t.Fatal(err)
	}
	create(t, conn, NewKey{Ledger: sandbox, Role: endpoint.RoleAdmin}, time.Now())
	changes, err := Changes(t.Context(), conn, live.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"key_created " + first.ID, "key_changed " + first.ID, "key_created " + second.ID, "key_revoked " + second.ID, "secret_rotated "}
	for i, change := range changes {
		if got := change.Action + " " + change.KeyID; i >= len(want) || got != want[i] {
			t.Errorf("%d: %s", i, got)
		}
		if change.Operator != "ada@desk" || change.DatabaseUser != "postgres" || change.From != "socket" {
			t.Errorf("%s was made by %q as %s from %s", change.Action, change.Operator, change.DatabaseUser, change.From)
		}
	}
	if len(changes) != len(want) {
		t.Errorf("%d changes, want %d", len(changes), len(want))
	}
	if all, err := Changes(t.Context(), conn, uuid.Nil); err != nil || len(all) != len(want)+1 {
		t.Errorf("%d changes of all ledgers, %v", len(all), err)
	}
}

// TestEveryCharacterIsDrawn looks for all 62 in random texts.
func TestEveryCharacterIsDrawn(t *testing.T) {
	t.Parallel()
	found := map[rune]bool{}
	for _, c := range randomBase62(2_000) {
		found[c] = true
	}
	if len(found) != len(base62) {
		t.Errorf("%d characters are drawn", len(found))
	}
}
