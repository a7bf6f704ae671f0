package finance

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/projections/engine"
)

// Settings hold the policy of the books and how far they are, with the version of their stream.
type Settings struct {
	journal.Settings
	Version int64
}

// FindSettings gives the policy of the books, and how far they are.
func FindSettings(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) (Settings, error) {
	found, ok, err := engine.Find(ctx, tx, "read the settings of the books", scanSettings, `
		SELECT version, state
		FROM settings
		WHERE ledger_id = $1`, [16]byte(ledger))
	if !ok {
		found.Settings = journal.DefaultSettings()
	}
	return found, err
}

func scanSettings(row pgx.CollectableRow) (s Settings, err error) {
	var stored []byte
	if err := row.Scan(&s.Version, &stored); err != nil {
		return s, err
	}
	return s, engine.Decode(stored, &s.Settings)
}

// saveBooks writes what a page changed of the settings, and the periods that it closed.
func saveBooks(ctx context.Context, tx pgx.Tx, page engine.Page, settings journal.Settings) error {
	events := page.Of(bookkeeping.Type)
	if len(events) == 0 {
		return nil
	}
	encoded, err := engine.Encode(settings)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		INSERT INTO settings (ledger_id, version, state)
		VALUES ($1, $2, $3::text::json)
		ON CONFLICT (ledger_id) DO UPDATE
		SET version = excluded.version,
		    state   = excluded.state`, [16]byte(page.Ledger), events[len(events)-1].Version, encoded)
	for _, event := range events {
		if closed, ok := event.Fact.(bookkeeping.PeriodClosed); ok {
			batch.Queue(`
				INSERT INTO closed_periods (ledger_id, period, closed_at, position)
				VALUES ($1, $2, $3, $4)
				ON CONFLICT DO NOTHING`, [16]byte(page.Ledger), closed.Period.String(), closed.ClosedAt, closed.Position)
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write the settings of the books: %w", err)
	}
	return nil
}

// Period is a month of the books.
type Period struct {
	Period   string
	ClosedAt *time.Time
	Position *int64 // up to which it was looked at as it was closed
	Entries  int64
}

// ListPeriods lists at most limit months behind one: those with entries, and those that are closed.
func ListPeriods(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, after string, limit int) ([]Period, error) {
	return engine.List(ctx, tx, "list periods", pgx.RowToStructByPos[Period], `
		SELECT coalesce(j.period, c.period) AS period, c.closed_at, c.position, coalesce(j.entries, 0)
		FROM (
			SELECT to_char(entry_date, 'YYYY-MM') AS period, count(DISTINCT (position, n)) AS entries
			FROM journal
			WHERE ledger_id = $1
			GROUP BY 1) AS j
		FULL JOIN (SELECT period, closed_at, position FROM closed_periods WHERE ledger_id = $1) AS c ON c.period = j.period
		WHERE coalesce(j.period, c.period) > $2
		ORDER BY 1
		LIMIT $3`, [16]byte(ledger), after, limit)
}

// Use tells how the books are used.
type Use struct {
	First  journal.Month // that has an entry, 0 for none
	Billed bool          // something was deferred
}

// FindUse tells how the books are used.
func FindUse(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) (u Use, err error) {
	var first *time.Time
	err = tx.QueryRow(ctx, `
		SELECT (SELECT min(entry_date) FROM journal WHERE ledger_id = $1),
		       EXISTS (SELECT FROM journal WHERE ledger_id = $1 AND account = $2)`, [16]byte(ledger), string(journal.Deferred)).Scan(&first, &u.Billed)
	if err != nil {
		return u, fmt.Errorf("find the first entry: %w", err)
	}
	if first != nil {
		u.First = journal.DayIn(*first, time.UTC).Month()
	}
	return u, nil
}
