package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/dial"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/vault"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// bootstrap makes what a first request to a private database needs: a sandbox ledger, and an admin key in a file that only
// its owner may read. It keeps a ledger and a key that are there already.
func bootstrap(ctx context.Context, c *house.Config, url string) error {
	conn, err := dial.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = eventstore.CreateLedger(ctx, conn, house.DefaultLedger, eventstore.ModeSandbox, time.Now())
	if err != nil && !errors.Is(err, eventstore.ErrLedgerExists) {
		return err
	}
	known, err := adminKeyWorks(ctx, c, conn)
	if err != nil || known {
		return err
	}
	ledger, err := house.LedgerByName(ctx, conn, house.DefaultLedger)
	if err != nil {
		return err
	}
	_, token, err := house.OperatorOn(conn).CreateKey(ctx, access.NewKey{Ledger: ledger, Role: endpoint.RoleAdmin, Name: "admin.key"}, time.Now())
	if err != nil {
		return err
	}
	if err := house.WriteSecret(c.AdminKeyPath(), token); err != nil {
		return fmt.Errorf("write the admin key: %w", err)
	}
	return nil
}

// adminKeyWorks reports whether the file holds a key of this database. A start that was killed between making the key and
// writing the file leaves a key that nobody has; the next one makes another.
func adminKeyWorks(ctx context.Context, c *house.Config, conn *pgx.Conn) (bool, error) {
	token, err := os.ReadFile(c.AdminKeyPath())
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the admin key: %w", err)
	}
	keys, err := access.ListKeys(ctx, conn, uuid.Nil)
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		if strings.Contains(string(token), "_"+key.ID+"_") {
			return true, nil
		}
	}
	return false, nil
}

// openVault opens the secrets with the keys of the configured files. The private Postgres comes with a key of its own.
func (s *Serving) openVault(ctx context.Context, h *house.House, log *slog.Logger) (*vault.Vault, error) {
	files := s.SecretKeyFile
	if s.DatabaseURL == "" && len(files) == 0 {
		files = []string{s.SecretKeyPath()}
		if err := vault.MakeKey(files[0]); err != nil {
			return nil, err
		}
	}
	var keys []vault.Key
	for _, file := range files {
		key, err := vault.ReadKey(file)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	opened := vault.New(h.Queries, keys...)
	unreadable, err := opened.Reseal(ctx)
	if err != nil {
		return nil, err
	}
	if unreadable > 0 {
		log.Warn("no --secret-key-file opens some of the secrets: what they are for does not work until they are given again",
			slog.Int("secrets", unreadable))
	}
	return opened, nil
}

// hintAtLedgers tells whoever serves a database without a ledger how to make the first.
func hintAtLedgers(ctx context.Context, h *house.House, log *slog.Logger) error {
	ledgers, err := eventstore.Ledgers(ctx, h.Queries)
	if err == nil && len(ledgers) == 0 {
		log.Warn("the database has no ledger, so nobody can do anything: " +
			"tallystick ledger create NAME --live, then tallystick key create --ledger NAME --role admin")
	}
	return err
}

// greet tells a person the server's address and a first request to try.
func greet(std house.Streams, url, keyPath string) {
	fmt.Fprintf(std.Out, `Tallystick serves on %[1]s    docs: %[1]s/docs    stop: Ctrl-C

Try:  curl -s %[1]s/v1/products \
        -H "Authorization: Bearer $(cat %[2]s)" \
        -H "Idempotency-Key: first" -H "Content-Type: application/json" \
        -d '{"code":"free","name":"Free","tier":0,"free":true}'

`, url, keyPath)
}
