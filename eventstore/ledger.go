package eventstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/clock"
)

// Mode says whether a ledger holds a seller's real books or a trial of them.
type Mode string

const (
	ModeSandbox Mode = "sandbox" // its clock stands still until advanced
	ModeLive    Mode = "live"    // its clock is the system's
)

// Modes lists all of them.
var Modes = []Mode{ModeSandbox, ModeLive}

// Ledger is the unit of isolation, order and export: one seller's books in one mode.
type Ledger struct {
	ID        uuid.UUID
	Name      string
	Mode      Mode
	Clock     time.Time // where a sandbox's clock stood at the beginning
	CreatedAt time.Time
}

// Now is the time by the ledger's clock, given the system's. It is UTC and cut to the microseconds that are stored. A
// sandbox's clock may have been advanced since, which [Ledger.ClockAt] knows.
func (l Ledger) Now(system time.Time) time.Time {
	if l.Mode == ModeSandbox {
		return l.Clock
	}
	return system.UTC().Truncate(time.Microsecond)
}

// ClockAt gives the time of the ledger's clock at a position: in a live ledger at the system's time.
func (l Ledger) ClockAt(ctx context.Context, db Querier, position int64, system time.Time) (time.Time, error) {
	if l.Mode == ModeLive {
		return l.Now(system), nil
	}
	var now time.Time
	err := db.QueryRow(ctx, `
		SELECT e.effective_at
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.stream = $2 AND e.version > 0 AND e.position <= $3
		ORDER BY e.version DESC
		LIMIT 1`, [16]byte(l.ID), string(clock.Stream()), position).Scan(&now)
	if errors.Is(err, pgx.ErrNoRows) {
		return l.Now(system), nil
	}
	if err != nil {
		return now, fmt.Errorf("read the clock of ledger %s: %w", l.Name, err)
	}
	return now.UTC(), nil
}

// ErrLedgerExists is returned for a second ledger of one name.
var ErrLedgerExists = errors.New("a ledger of this name exists")

// CreateLedger makes an empty ledger. It needs a connection that may write the table, which the program's role may not.
func CreateLedger(ctx context.Context, conn *pgx.Conn, name string, mode Mode, now time.Time) (Ledger, error) {
	return createLedger(ctx, conn, name, mode, now, now)
}

// CreateSandbox makes an empty sandbox whose clock begins at another time than now.
func CreateSandbox(ctx context.Context, conn *pgx.Conn, name string, begins, now time.Time) (Ledger, error) {
	return createLedger(ctx, conn, name, ModeSandbox, begins, now)
}

func createLedger(ctx context.Context, conn *pgx.Conn, name string, mode Mode, begins, now time.Time) (Ledger, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Ledger{}, fmt.Errorf("make a ledger id: %w", err)
	}
	now, begins = now.UTC().Truncate(time.Microsecond), begins.UTC().Truncate(time.Microsecond)
	ledger := Ledger{ID: id, Name: name, Mode: mode, CreatedAt: now}
	var clock *time.Time
	if mode == ModeSandbox {
		ledger.Clock, clock = begins, &begins
	}
	tag, err := conn.Exec(ctx, `
		INSERT INTO tallystick.ledgers (ledger_id, name, mode, clock, created_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT ON CONSTRAINT ledgers_name_unique DO NOTHING`,
		[16]byte(id), name, string(mode), clock, now)
	if err != nil {
		return Ledger{}, fmt.Errorf("create ledger %s: %w", name, err)
	}
	if tag.RowsAffected() == 0 {
		return Ledger{}, ErrLedgerExists
	}
	return ledger, nil
}

// Ledgers lists all ledgers in the order they were made.
func Ledgers(ctx context.Context, db Querier) ([]Ledger, error) {
	rows, err := db.Query(ctx, `
		SELECT ledger_id, name, mode, coalesce(clock, created_at), created_at
		FROM tallystick.ledgers
		ORDER BY created_at, ledger_id`)
	if err != nil {
		return nil, fmt.Errorf("list ledgers: %w", err)
	}
	ledgers, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Ledger, error) {
		var l Ledger
		err := row.Scan(&l.ID, &l.Name, &l.Mode, &l.Clock, &l.CreatedAt)
		l.Clock, l.CreatedAt = l.Clock.UTC(), l.CreatedAt.UTC()
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("list ledgers: %w", err)
	}
	return ledgers, nil
}
