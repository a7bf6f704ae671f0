package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// setup gives a pool that acts as the program, and two ledgers.
func setup(t *testing.T) (pool *pgxpool.Pool, one, two eventstore.Ledger) {
	t.Helper()
	url := pgtest.Database(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for name, ledger := range map[string]*eventstore.Ledger{"one": &one, "two": &two} {
		if *ledger, err = eventstore.CreateLedger(t.Context(), conn, name, eventstore.ModeSandbox, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	pool, err = eventstore.Connect(t.Context(), url, eventstore.PoolOptions{Name: "test", Connections: 2, Role: pgtest.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool, one, two
}

func key(t *testing.T, fill byte) Key {
	t.Helper()
	k, err := NewKey(bytes.Repeat([]byte{fill}, keyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	pool, one, two := setup(t)
	v := New(pool, key(t, 1))
	name := Name{Ledger: one.ID, Kind: "webhook", ID: "e-1"}
	put := func(n Name, secret string) {
		t.Helper()
		if err := v.Put(t.Context(), n, []byte(secret)); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(v *Vault, n Name, want string) {
		t.Helper()
		got, err := v.Get(t.Context(), n)
		if err != nil || string(got) != want {
			t.Errorf("%+v: %q, %v, want %q", n, got, err, want)
		}
	}
	fails := func(v *Vault, n Name, want error) {
		t.Helper()
		if got, err := v.Get(t.Context(), n); !errors.Is(err, want) {
			t.Errorf("%+v: %q, %v, want %v", n, got, err, want)
		}
	}
	t.Run("kept and replaced", func(t *testing.T) {
		put(name, "first")
		put(name, "whsec_a")
		holds(v, name, "whsec_a")
		fails(v, Name{Ledger: two.ID, Kind: "webhook", ID: "e-1"}, ErrNotFound)
		fails(v, Name{Ledger: one.ID, Kind: "stripe", ID: "e-1"}, ErrNotFound)
	})
	t.Run("sealed in the table", func(t *testing.T) {
		var sealed []byte
		if err := pool.QueryRow(t.Context(), `SELECT sealed FROM tallystick.secrets`).Scan(&sealed); err != nil || bytes.Contains(sealed, []byte("whsec")) {
			t.Errorf("%q, %v", sealed, err)
		}
	})
	t.Run("another's place", func(t *testing.T) {
		other := Name{Ledger: two.ID, Kind: "webhook", ID: "e-1"}
		put(other, "whsec_b")
		if _, err := pool.Exec(t.Context(), `UPDATE tallystick.secrets s SET sealed = (SELECT sealed FROM tallystick.secrets o WHERE o.ledger_id = $1) WHERE ledger_id = $2`,
			[16]byte(one.ID), [16]byte(two.ID)); err != nil {
			t.Fatal(err)
		}
		fails(v, other, ErrUnreadable)
		if err := v.Delete(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		fails(v, other, ErrNotFound)
	})
	t.Run("without a key", func(t *testing.T) {
		for _, none := range []*Vault{nil, New(pool)} {
			refused, is := errors.AsType[*domain.Rejection](none.Put(t.Context(), name, nil))
			if !is || refused.Code != "secret_key_missing" || refused.Kind != domain.KindConflict {
				t.Errorf("%v", refused)
			}
		}
		holds(v, name, "whsec_a")
	})
	t.Run("rotation", func(t *testing.T) {
		next := New(pool, key(t, 2), key(t, 1))
		holds(next, name, "whsec_a")
		fails(New(pool, key(t, 2)), name, ErrUnreadable)
		if left, err := New(pool, key(t, 3)).Reseal(t.Context()); err != nil || left != 1 {
			t.Errorf("a stranger's key leaves %d, %v", left, err)
		}
		if left, err := next.Reseal(t.Context()); err != nil || left != 0 {
			t.Errorf("%d left, %v", left, err)
		}
		holds(New(pool, key(t, 2)), name, "whsec_a")
		fails(v, name, ErrUnreadable)
	})
}

func TestKeyFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret.key")
	if _, err := ReadKey(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := MakeKey(path); err != nil {
		t.Fatal(err)
	}
	made, err := ReadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != keyBytes || info.Mode().Perm() != 0o600 {
		t.Errorf("%+v, %v", info, err)
	}
	if err := MakeKey(path); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadKey(path); err != nil || again.id != made.id {
		t.Errorf("a second start made another key: %v", err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKey(path); err == nil {
		t.Error("a key of five bytes is taken")
	}
}
