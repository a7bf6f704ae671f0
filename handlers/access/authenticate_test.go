package access

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// bearer is a request with a token.
func bearer(token string) *http.Request {
	return &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
}

// TestEndsWithinASecond ends keys that were just found.
func TestEndsWithinASecond(t *testing.T) {
	t.Parallel()
	conn, live, _ := setup(t)
	now := time.Now()
	keys, err := NewKeys(conn, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	ends := func(t *testing.T, token string) {
		t.Helper()
		if _, err := keys.Authenticate(t.Context(), bearer(token)); err == nil || !strings.Contains(err.Error(), "unauthenticated") {
			t.Errorf("the key goes on: %v", err)
		}
	}
	goesOn := func(t *testing.T, token string, key Key) {
		t.Helper()
		found, err := keys.Authenticate(t.Context(), bearer(token))
		if err != nil || found.Actor != key.ID || found.Role != key.Role || found.Ledger.ID != live.ID {
			t.Errorf("%+v, %v", found, err)
		}
	}

	t.Run("one that is revoked", func(t *testing.T) {
		key, token := create(t, conn, NewKey{Ledger: live, Role: endpoint.RoleAuditor}, now)
		goesOn(t, token, key)
		for range 2 {
			if err := operator(conn).RevokeKey(t.Context(), key.ID, now); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(time.Second)
		ends(t, token)
	})

	t.Run("one that expires", func(t *testing.T) {
		key, token := create(t, conn, NewKey{Ledger: live, Role: endpoint.RoleAuditor, ExpiresAt: new(now.Add(time.Minute))}, now)
		now = now.Add(time.Minute - time.Microsecond)
		goesOn(t, token, key)
		now = now.Add(time.Microsecond)
		ends(t, token)
	})

	t.Run("one that is replaced, and ends no later than it would", func(t *testing.T) {
		for expires, want := range map[time.Duration]time.Duration{0: time.Hour, 2 * time.Hour: time.Hour, time.Minute: time.Minute} {
			n := NewKey{Ledger: live, Role: endpoint.RoleClient, Name: "shop"}
			if expires > 0 {
				n.ExpiresAt = new(now.Add(expires))
			}
			key, token := create(t, conn, n, now)
			other, otherToken, err := operator(conn).ReplaceKey(t.Context(), key.ID, time.Hour, nil, now)
			if err != nil || other.Role != key.Role || other.Name != "shop" || other.Ledger != key.Ledger || other.ExpiresAt != nil {
				t.Fatalf("%+v, %v", other, err)
			}
			now = now.Add(want - time.Microsecond)
			goesOn(t, token, key)
			now = now.Add(time.Microsecond)
			ends(t, token)
			goesOn(t, otherToken, other)
		}
	})
}

// TestReasonsForTheLog tells every reason apart, while clients are told one thing.
func TestReasonsForTheLog(t *testing.T) {
	t.Parallel()
	conn, live, _ := setup(t)
	now := time.Now()
	keys, err := NewKeys(conn, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	key, token := create(t, conn, NewKey{Ledger: live, Role: endpoint.RoleAdmin}, now)
	expired, expiredToken := create(t, conn, NewKey{Ledger: live, Role: endpoint.RoleAdmin, ExpiresAt: &now}, now)
	revoked, revokedToken := create(t, conn, NewKey{Ledger: live, Role: endpoint.RoleAdmin}, now)
	if err := operator(conn).RevokeKey(t.Context(), revoked.ID, now); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ authorization, reason, presented string }{
		{"", "missing", ""},
		{"Bearer " + token + "x", "malformed", key.ID},
		{"Basic " + token, "malformed", key.ID},
		{"Bearer secret", "malformed", ""},
		{"Bearer tally_live_" + strings.Repeat("é", 6) + "_secret", "malformed", ""},
		{"Bearer " + newToken("live").String(), "unknown", "any"},
		{"Bearer " + token[:len(token)-2] + "zz", "wrong secret", key.ID},
		{"Bearer " + strings.Replace(token, "live", "sandbox", 1), "wrong mode", key.ID},
		{"Bearer " + expiredToken, "expired", expired.ID},
		{"Bearer " + revokedToken, "revoked", revoked.ID},
		{"Bearer " + revokedToken[:len(revokedToken)-2] + "zz", "wrong secret", revoked.ID},
	} {
		request := &http.Request{Header: http.Header{}}
		if c.authorization != "" {
			request.Header.Set("Authorization", c.authorization)
		}
		_, reason, presented, err := keys.judge(t.Context(), request.Header.Values("Authorization"))
		if err != nil || reason != c.reason || presented != c.presented && c.presented != "any" {
			t.Errorf("%s: %s of %q, %v; want %s of %q", c.authorization, reason, presented, err, c.reason, c.presented)
		}
		if _, err := keys.Authenticate(t.Context(), request); err == nil || strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", c.authorization, err)
		}
	}
}

// TestSecretsAreRotated looks at what a server signs with, and accepts, at each step of a rotation.
func TestSecretsAreRotated(t *testing.T) {
	t.Parallel()
	conn, live, _ := setup(t)
	now := time.Now()
	keys, err := NewKeys(conn, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	_, token := create(t, conn, NewKey{Ledger: live, Role: endpoint.RoleAdmin}, now)
	secrets := func() [][]byte {
		now = now.Add(keyCacheFor)
		found, err := keys.Authenticate(t.Context(), bearer(token))
		if err != nil {
			t.Fatal(err)
		}
		return found.Secrets
	}
	accepts := func(all [][]byte, secret []byte) bool {
		return slices.ContainsFunc(all, func(s []byte) bool { return string(s) == string(secret) })
	}
	first := secrets()
	if len(first) != 1 || len(first[0]) != secretBytes {
		t.Fatalf("secrets %x", first)
	}
	var published [][]byte
	settle := func(context.Context) error { published = secrets(); return nil }
	at := func() time.Time { return now }
	if err := operator(conn).RotateSecret(t.Context(), live, time.Hour, settle, at); err != nil {
		t.Fatal(err)
	}
	if len(published) != 2 || string(published[0]) != string(first[0]) {
		t.Errorf("before it signs, the next secret is not known to all: %x", published)
	}
	second := secrets()
	if len(second) != 2 || string(second[0]) != string(published[1]) || string(second[1]) != string(first[0]) {
		t.Errorf("after the rotation %x", second)
	}

	// A rotation that is cut off changes nothing, and the next one goes on from there.
	var cut [][]byte
	err = operator(conn).RotateSecret(t.Context(), live, time.Hour, func(context.Context) error { cut = secrets(); return context.Canceled }, at)
	if err == nil || string(secrets()[0]) != string(second[0]) {
		t.Errorf("a rotation that was cut off: %v", err)
	}
	if err := operator(conn).RotateSecret(t.Context(), live, time.Hour, settle, at); err != nil {
		t.Fatal(err)
	}
	third := secrets()
	if len(third) != 3 || !accepts(cut, third[0]) || !accepts(third, first[0]) || !accepts(third, second[0]) {
		t.Errorf("after another %x", third)
	}

	// After its time, or at once when the secret leaked, what was signed before is accepted no longer.
	now = now.Add(time.Hour)
	if all := secrets(); len(all) != 1 || string(all[0]) != string(third[0]) {
		t.Errorf("an hour later %x", all)
	}
	for range 2 {
		if err := operator(conn).RotateSecret(t.Context(), live, 0, settle, at); err != nil {
			t.Fatal(err)
		}
	}
	if all := secrets(); len(all) != 1 || accepts(all, third[0]) {
		t.Errorf("after a leak %x", all)
	}
}
