package heartbeat

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/eventstore"
)

// Seen tells what was heard of the instances of a license.
func Seen(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, id string) (license.Seen, error) {
	rows, err := db.Query(ctx, `
		SELECT instance, seen_at, users
		FROM tallystick.license_heartbeats
		WHERE ledger_id = $1 AND license_id = $2`, [16]byte(ledger), id)
	if err != nil {
		return nil, fmt.Errorf("find heartbeats of license %s: %w", id, err)
	}
	seen := license.Seen{}
	var instance string
	var at time.Time
	var users *int64
	_, err = pgx.ForEachRow(rows, []any{&instance, &at, &users}, func() error {
		seen[instance] = license.Sighting{At: at.UTC(), Users: users}
		users = nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find heartbeats of license %s: %w", id, err)
	}
	return seen, nil
}

// Hear notes that an instance of a license was heard of now. A number of users that it does not report stays.
func Hear(ctx context.Context, db *pgxpool.Pool, ledger uuid.UUID, s license.State, instance string, now time.Time, users *int64) error {
	var dies *time.Time
	if at, ok := s.DiesAt(now); ok {
		dies = &at
	}
	_, err := db.Exec(ctx, `
		INSERT INTO tallystick.license_heartbeats (ledger_id, license_id, instance, seen_at, dies_at, users)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (ledger_id, license_id, instance) DO UPDATE
		SET seen_at = greatest(license_heartbeats.seen_at, excluded.seen_at),
		    dies_at = greatest(license_heartbeats.dies_at, excluded.dies_at),
		    users   = coalesce(excluded.users, license_heartbeats.users)`, [16]byte(ledger), s.ID, instance, now, dies, users)
	if err != nil {
		return fmt.Errorf("note a heartbeat of license %s: %w", s.ID, err)
	}
	return nil
}

// Begin notes that the live instances of a license, of which nothing was heard yet, were heard of at their activation, and that those
// which had died returned now. It changes nothing for those whose deaths are waited for.
func Begin(ctx context.Context, db *pgxpool.Pool, ledger uuid.UUID, s license.State, now time.Time) error {
	again, mortal := s.DiesAt(now)
	if !mortal {
		return nil
	}
	var names []string
	var seen, die []time.Time
	for _, instance := range s.Instances {
		if at, _ := s.DiesAt(instance.ActivatedAt); !instance.Dead {
			names, seen, die = append(names, instance.Instance), append(seen, instance.ActivatedAt), append(die, at)
		}
	}
	_, err := db.Exec(ctx, `
		INSERT INTO tallystick.license_heartbeats (ledger_id, license_id, instance, seen_at, dies_at)
		SELECT $1, $2, i.*
		FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) AS i
		ON CONFLICT (ledger_id, license_id, instance) DO UPDATE
		SET seen_at = $6, dies_at = $7
		WHERE license_heartbeats.dies_at IS NULL`, [16]byte(ledger), s.ID, names, seen, die, now, again)
	if err != nil {
		return fmt.Errorf("note the instances of license %s: %w", s.ID, err)
	}
	return nil
}

// Forget forgets an instance.
func Forget(ctx context.Context, db *pgxpool.Pool, ledger uuid.UUID, id, instance string) error {
	_, err := db.Exec(ctx, `
		DELETE FROM tallystick.license_heartbeats
		WHERE ledger_id = $1 AND license_id = $2 AND instance = $3`, [16]byte(ledger), id, instance)
	if err != nil {
		return fmt.Errorf("forget an instance of license %s: %w", id, err)
	}
	return nil
}

// Death names an instance that nothing was heard of for too long.
type Death struct {
	License  string
	Instance string
	Since    time.Time
	At       time.Time
}

// Deaths lists at most limit instances of a ledger that die by an instant, the earliest first.
func Deaths(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, until time.Time, limit int) ([]Death, error) {
	rows, err := db.Query(ctx, `
		SELECT license_id, instance, seen_at, dies_at
		FROM tallystick.license_heartbeats
		WHERE ledger_id = $1 AND dies_at <= $2
		ORDER BY dies_at, license_id, instance
		LIMIT $3`, [16]byte(ledger), until, limit)
	if err != nil {
		return nil, fmt.Errorf("list dead instances: %w", err)
	}
	deaths, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Death, err error) {
		err = row.Scan(&d.License, &d.Instance, &d.Since, &d.At)
		d.Since, d.At = d.Since.UTC(), d.At.UTC()
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("list dead instances: %w", err)
	}
	return deaths, nil
}

// Ledgers lists the live ledgers in which an instance has died by now.
func Ledgers(ctx context.Context, db eventstore.Querier, now time.Time) ([]uuid.UUID, error) {
	rows, err := db.Query(ctx, `
		SELECT DISTINCT h.ledger_id
		FROM tallystick.license_heartbeats h
		JOIN tallystick.ledgers l USING (ledger_id)
		WHERE h.dies_at <= $1 AND l.mode = 'live'`, now)
	if err != nil {
		return nil, fmt.Errorf("list ledgers with dead instances: %w", err)
	}
	ledgers, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("list ledgers with dead instances: %w", err)
	}
	return ledgers, nil
}

// Bury notes that a death was recorded, unless the instance was heard of since.
func Bury(ctx context.Context, db *pgxpool.Pool, ledger uuid.UUID, d Death) error {
	_, err := db.Exec(ctx, `
		UPDATE tallystick.license_heartbeats
		SET dies_at = NULL
		WHERE ledger_id = $1 AND license_id = $2 AND instance = $3 AND dies_at = $4`, [16]byte(ledger), d.License, d.Instance, d.At)
	if err != nil {
		return fmt.Errorf("bury an instance of license %s: %w", d.License, err)
	}
	return nil
}
