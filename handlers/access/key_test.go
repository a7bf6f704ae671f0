package access

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
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

func TestKeys(t *testing.T) {
	t.Parallel()
	conn, live, sandbox := setup(t)
	var keys Keys
	key, token, err := keys.Create(t.Context(), conn, sandbox, endpoint.RoleFinance, "the books", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	mode, id, secret, ok := parseToken([]string{"Bearer " + token})
	if !ok || mode != "sandbox" || id != key.ID || len(secret) != 43 {
		t.Errorf("token %s of key %+v", token, key)
	}
	if _, _, err := keys.Create(t.Context(), conn, live, endpoint.RoleClient, "", time.Now()); err != nil {
		t.Fatal(err)
	}
	all, err := keys.List(t.Context(), conn, uuid.Nil)
	if err != nil || len(all) != 2 {
		t.Fatalf("all keys: %+v, %v", all, err)
	}
	own, err := keys.List(t.Context(), conn, sandbox.ID)
	if err != nil || len(own) != 1 || own[0].ID != key.ID || own[0].Name != "the books" || own[0].RevokedAt != nil {
		t.Fatalf("keys of the sandbox: %+v, %v", own, err)
	}
	if err := keys.Revoke(t.Context(), conn, "nosuchkey000", time.Now()); !errors.Is(err, ErrKeyUnknown) {
		t.Errorf("revoking an unknown key: %v", err)
	}
	if _, _, err := keys.Create(t.Context(), conn, sandbox, "root", "", time.Now()); !errors.Is(err, ErrRoleUnknown) {
		t.Errorf("creating a key of an unknown role: %v", err)
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

// TestRevokedWithinFiveSeconds revokes a key that was just found.
func TestRevokedWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	conn, live, _ := setup(t)
	now := time.Now()
	keys, err := NewKeys(conn, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	key, token, err := keys.Create(t.Context(), conn, live, endpoint.RoleAuditor, "", now)
	if err != nil {
		t.Fatal(err)
	}
	request := &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
	found, err := keys.Authenticate(t.Context(), request)
	if err != nil || found.Actor != key.ID || found.Role != endpoint.RoleAuditor || found.Ledger.ID != live.ID {
		t.Fatalf("%+v, %v", found, err)
	}
	for range 2 {
		if err := keys.Revoke(t.Context(), conn, key.ID, now); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(keyCacheFor)
	if _, err := keys.Authenticate(t.Context(), request); err == nil || !strings.Contains(err.Error(), "unauthenticated") {
		t.Errorf("a revoked key goes on: %v", err)
	}
}
