package exports

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/export"
)

// Status tells how far an export is.
type Status string

const (
	StatusQueued    Status = "queued"
	StatusRunning   Status = "running"
	StatusCompleted Status = "completed"
	StatusFailed    Status = "failed"
	StatusExpired   Status = "expired"
)

// Statuses lists all of them.
var Statuses = []Status{StatusQueued, StatusRunning, StatusCompleted, StatusFailed, StatusExpired}

// Job is an export that was asked for.
type Job struct {
	ID          string
	Spec        Spec
	Status      Status
	Rows        int64  // that are safe in the files
	All         *int64 // nil where nobody knows before the end
	Files       []export.File
	Attempts    int    // in vain
	Code        string // of what went wrong last
	Detail      string
	Actor       string
	CreatedAt   time.Time
	CompletedAt *time.Time
	ExpiresAt   *time.Time
	NextAt      *time.Time // when it is tried again, of one that was tried in vain
	Manifest    []byte
}

// StatusAt gives the status at an instant by the ledger's clock.
func (j Job) StatusAt(now time.Time) Status {
	if j.Status == StatusCompleted && !now.Before(*j.ExpiresAt) {
		return StatusExpired
	}
	return j.Status
}

// errNone refuses what is of no export.
var errNone error = domain.NotFound("export_not_found", "there is no such export")

// NoFile refuses a file that an export does not have.
func NoFile() error { return domain.NotFound("export_file_not_found", "the export has no such file") }

// Ready refuses what is of files that are not there.
func (j Job) Ready(now time.Time) error {
	switch status := j.StatusAt(now); status {
	case StatusCompleted:
		return nil
	case StatusExpired:
		return &domain.Rejection{
			Kind: domain.KindGone, Code: "export_expired",
			Message: "the files were kept until " + j.ExpiresAt.UTC().Format(time.RFC3339) + "; ask for the same export again",
		}
	case StatusQueued, StatusRunning, StatusFailed:
		return domain.Conflict("export_not_ready", "the export is %s", status)
	}
	return nil
}

const jobColumns = `e.export_id, e.of, e.status, e.rows_written, e.rows_all, e.files, e.attempts, coalesce(e.error_code, ''),
	coalesce(e.error_detail, ''), e.actor, e.created_at, e.completed_at, e.expires_at,
	CASE WHEN e.attempts > 0 AND e.status = 'running' AND e.holder IS NULL THEN e.held_until END, e.manifest`

func scanJob(row pgx.CollectableRow) (j Job, err error) {
	var of, files []byte
	err = row.Scan(&j.ID, &of, &j.Status, &j.Rows, &j.All, &files, &j.Attempts, &j.Code, &j.Detail, &j.Actor, &j.CreatedAt,
		&j.CompletedAt, &j.ExpiresAt, &j.NextAt, &j.Manifest)
	if err == nil {
		err = errors.Join(json.Unmarshal(of, &j.Spec), json.Unmarshal(files, &j.Files))
	}
	return j, err
}

// Find finds an export by its id.
func Find(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, id string) (Job, error) {
	rows, err := db.Query(ctx, `
		SELECT `+jobColumns+`
		FROM tallystick.exports e
		WHERE e.ledger_id = $1 AND e.export_id = $2`, [16]byte(ledger), id)
	if err != nil {
		return Job{}, fmt.Errorf("find export %s: %w", id, err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, scanJob)
	if errors.Is(err, pgx.ErrNoRows) {
		return Job{}, errNone
	}
	if err != nil {
		return Job{}, fmt.Errorf("find export %s: %w", id, err)
	}
	return found, nil
}

// List lists at most limit exports, the newest first, from behind an id on; "" is before the first.
func List(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, behind string, limit int) ([]Job, error) {
	return list(ctx, db, `
		SELECT `+jobColumns+`
		FROM tallystick.exports e
		WHERE e.ledger_id = $1 AND ($2 = '' OR e.export_id < $2)
		ORDER BY e.export_id DESC
		LIMIT $3`, [16]byte(ledger), behind, limit)
}

// Undone lists all exports that are neither complete nor gone, the oldest first.
func Undone(ctx context.Context, db eventstore.Querier, ledger uuid.UUID) ([]Job, error) {
	return list(ctx, db, `
		SELECT `+jobColumns+`
		FROM tallystick.exports e
		WHERE e.ledger_id = $1 AND e.status IN ('queued', 'running', 'failed')
		ORDER BY e.created_at, e.export_id`, [16]byte(ledger))
}

func list(ctx context.Context, db eventstore.Querier, sql string, args ...any) ([]Job, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	found, err := pgx.CollectRows(rows, scanJob)
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	return found, nil
}

// Keep has an export written.
func (x *Exports) Keep(ctx context.Context, ledger uuid.UUID, j Job) error {
	of, err := json.Marshal(j.Spec, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = x.from.Pool.Exec(ctx, `
		INSERT INTO tallystick.exports (ledger_id, export_id, of, status, rows_all, actor, created_at)
		VALUES ($1, $2, $3, 'queued', $4, $5, $6)`, [16]byte(ledger), j.ID, of, j.All, j.Actor, j.CreatedAt)
	if err != nil {
		return fmt.Errorf("keep export %s: %w", j.ID, err)
	}
	x.nudge()
	return nil
}

// Forget drops an export that was never answered for.
func (x *Exports) Forget(ctx context.Context, ledger uuid.UUID, id string) error {
	_, err := x.from.Pool.Exec(ctx, `
		DELETE FROM tallystick.exports e
		WHERE e.ledger_id = $1 AND e.export_id = $2`, [16]byte(ledger), id)
	if err != nil {
		return fmt.Errorf("forget export %s: %w", id, err)
	}
	return nil
}

// Retry has an export tried again at once that was tried in vain. It reports whether there is one.
func (x *Exports) Retry(ctx context.Context, ledger uuid.UUID, id string) (bool, error) {
	tag, err := x.from.Pool.Exec(ctx, `
		UPDATE tallystick.exports e
		SET status = 'queued', held_until = '-infinity'
		WHERE e.ledger_id = $1 AND e.export_id = $2 AND e.status IN ('queued', 'running', 'failed') AND e.holder IS NULL`, [16]byte(ledger), id)
	if err != nil {
		return false, fmt.Errorf("retry export %s: %w", id, err)
	}
	x.nudge()
	return tag.RowsAffected() > 0, nil
}
