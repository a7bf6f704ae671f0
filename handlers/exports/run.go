package exports

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

const (
	// writers is how many exports a server writes at once.
	writers = 2
	// poll is how often a server asks for what another one was told of, or left.
	poll = time.Second
	// renewAfter is well within the 20 seconds for which a server is taken to be alive.
	renewAfter = 4 * time.Second
	// keptFor is how long the files of an export are kept.
	keptFor = 7 * 24 * time.Hour
	// settleTimeout bounds what is noted of an export when the server stops.
	settleTimeout = 5 * time.Second
	expireEvery   = time.Minute
)

// Options hold what exports are made with.
type Options struct {
	Sources
	Dir string // of the files
	Now func() time.Time
	Log *slog.Logger
}

// Exports writes exports.
type Exports struct {
	from  Sources
	dir   string
	now   func() time.Time
	log   *slog.Logger
	woken chan struct{}
}

// New makes the writer of exports. Nothing runs yet.
func New(o Options) *Exports {
	return &Exports{from: o.Sources, dir: o.Dir, now: o.Now, log: o.Log, woken: make(chan struct{}, 1)}
}

func (x *Exports) nudge() {
	select {
	case x.woken <- struct{}{}:
	default:
	}
}

// Run writes what is asked for, and removes what has expired, until ctx ends.
func (x *Exports) Run(ctx context.Context) error {
	var running sync.WaitGroup
	for range writers {
		running.Go(func() { x.work(ctx) })
	}
	running.Go(func() {
		for ticker := time.NewTicker(expireEvery); ; {
			if err := x.expire(ctx); err != nil && ctx.Err() == nil {
				x.log.Warn("expired exports can't be removed", slog.Any("error", err))
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				ticker.Stop()
				return
			}
		}
	})
	running.Wait()
	return nil
}

// work writes one export after the other.
func (x *Exports) work(ctx context.Context) {
	for {
		claimed, ledger, err := x.claim(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			x.log.Warn("exports can't be looked for", slog.Any("error", err))
		case claimed != nil:
			x.carryOut(ctx, ledger, claimed)
			continue
		}
		select {
		case <-x.woken:
		case <-time.After(poll):
		case <-ctx.Done():
			return
		}
	}
}

// claim takes an export that nobody writes.
func (x *Exports) claim(ctx context.Context) (*claimed, eventstore.Ledger, error) {
	c := &claimed{holder: uuid.Must(uuid.NewV7())}
	var ledger [16]byte
	err := x.from.Pool.QueryRow(ctx, `
		UPDATE tallystick.exports e
		SET status = 'running', holder = $1, held_until = clock_timestamp() + interval '20 seconds'
		WHERE (e.ledger_id, e.export_id) = (
			SELECT o.ledger_id, o.export_id
			FROM tallystick.exports o
			WHERE o.status IN ('queued', 'running') AND o.held_until < clock_timestamp()
			ORDER BY o.held_until, o.created_at, o.export_id
			LIMIT 1
			FOR UPDATE SKIP LOCKED)
		RETURNING e.ledger_id, e.export_id, e.of`, [16]byte(c.holder)).Scan(&ledger, &c.id, &c.of)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, eventstore.Ledger{}, nil
	}
	if err != nil {
		return nil, eventstore.Ledger{}, fmt.Errorf("claim an export: %w", err)
	}
	ledgers, err := eventstore.Ledgers(ctx, x.from.Pool)
	if err != nil {
		return nil, eventstore.Ledger{}, err
	}
	for _, l := range ledgers {
		if l.ID == uuid.UUID(ledger) {
			return c, l, nil
		}
	}
	return nil, eventstore.Ledger{}, fmt.Errorf("export %s is of no ledger", c.id)
}

// claimed is an export that this server writes.
type claimed struct {
	id     string
	of     []byte
	holder uuid.UUID
	rows   atomic.Int64
}

// errTaken says that another server has taken the export over, which took this one for dead.
var errTaken = errors.New("another server has taken the export over")

// carryOut writes an export, and notes what became of that.
func (x *Exports) carryOut(ctx context.Context, ledger eventstore.Ledger, c *claimed) {
	log := x.log.With(slog.String("export", c.id), slog.String("ledger", ledger.Name))
	working, stop := context.WithCancelCause(ctx)
	var alive sync.WaitGroup
	alive.Go(func() { x.stayAlive(working, stop, ledger.ID, c) })
	written, err := x.write(working, ledger, c)
	if cause := context.Cause(working); err != nil && cause != nil {
		err = cause
	}
	stop(nil)
	alive.Wait()
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	switch {
	case errors.Is(err, errTaken):
		if _, err := Find(settling, x.from.Pool, ledger.ID, c.id); errors.Is(err, errNone) { // it was never answered for
			_ = os.RemoveAll(x.dirOf(ledger.ID, c.id))
			return
		}
		log.Warn(err.Error())
		return
	case err == nil:
		err = x.complete(settling, ledger, c, written)
	case ctx.Err() != nil:
		err = x.leave(settling, ledger.ID, c)
	default:
		log.Error("an export failed", slog.Any("error", err))
		err = x.fail(settling, ledger.ID, c, err)
	}
	if err != nil {
		log.Warn("what became of an export can't be noted; it is tried again", slog.Any("error", err))
	}
}

func (x *Exports) write(ctx context.Context, ledger eventstore.Ledger, c *claimed) (Written, error) {
	var s Spec
	if err := json.Unmarshal(c.of, &s); err != nil {
		return Written{}, err
	}
	if err := s.Check(); err != nil {
		return Written{}, err
	}
	return Write(ctx, x.from, ledger, s, x.dirOf(ledger.ID, c.id), func(ctx context.Context, rows int64) error {
		c.rows.Store(rows)
		return x.renew(ctx, ledger.ID, c)
	})
}

// stayAlive tells the others that the export is being written, also while a page takes long.
func (x *Exports) stayAlive(ctx context.Context, stop context.CancelCauseFunc, ledger uuid.UUID, c *claimed) {
	for ticker := time.NewTicker(renewAfter); ; {
		select {
		case <-ticker.C:
			if err := x.renew(ctx, ledger, c); errors.Is(err, errTaken) {
				stop(err)
			}
		case <-ctx.Done():
			ticker.Stop()
			return
		}
	}
}

func (x *Exports) renew(ctx context.Context, ledger uuid.UUID, c *claimed) error {
	return x.note(ctx, ledger, c, `
		UPDATE tallystick.exports e
		SET held_until = clock_timestamp() + interval '20 seconds', rows_written = $4
		WHERE e.ledger_id = $1 AND e.export_id = $2 AND e.holder = $3`, c.rows.Load())
}

// note writes down something of an export, as long as this server holds it.
func (x *Exports) note(ctx context.Context, ledger uuid.UUID, c *claimed, sql string, args ...any) error {
	tag, err := x.from.Pool.Exec(ctx, sql, append([]any{[16]byte(ledger), c.id, [16]byte(c.holder)}, args...)...)
	if err == nil && tag.RowsAffected() == 0 {
		err = errTaken
	}
	return err
}

func (x *Exports) complete(ctx context.Context, ledger eventstore.Ledger, c *claimed, w Written) error {
	now, err := x.clock(ctx, ledger)
	if err != nil {
		return err
	}
	files, err := json.Marshal(w.Files)
	if err != nil {
		return err
	}
	var rows int64
	for _, file := range w.Files {
		rows += file.Rows
	}
	return x.note(ctx, ledger.ID, c, `
		UPDATE tallystick.exports e
		SET status = 'completed', holder = NULL, rows_written = $4, rows_all = $4, files = $5, manifest = $6, completed_at = $7, expires_at = $8,
		    error_code = NULL, error_detail = NULL
		WHERE e.ledger_id = $1 AND e.export_id = $2 AND e.holder = $3`, rows, files, w.Manifest, now, now.Add(keptFor))
}

// leave lets another server go on.
func (x *Exports) leave(ctx context.Context, ledger uuid.UUID, c *claimed) error {
	return x.note(ctx, ledger, c, `
		UPDATE tallystick.exports e
		SET holder = NULL, held_until = '-infinity'
		WHERE e.ledger_id = $1 AND e.export_id = $2 AND e.holder = $3`)
}

// fail notes what went wrong. What may pass is tried again.
func (x *Exports) fail(ctx context.Context, ledger uuid.UUID, c *claimed, cause error) error {
	status, code := StatusFailed, "internal"
	_, behind := errors.AsType[*engine.BehindError](cause)
	_, filling := errors.AsType[*engine.FillingError](cause)
	switch {
	case eventstore.IsUnavailable(cause):
		status, code = StatusRunning, "database_unavailable"
	case errors.Is(cause, errNotSealed):
		status, code = StatusRunning, "not_sealed"
	case behind, filling:
		status, code = StatusRunning, "read_model_behind"
	case errors.Is(cause, os.ErrPermission), errors.Is(cause, os.ErrNotExist):
		code = "directory_unusable"
	}
	return x.note(ctx, ledger, c, `
		UPDATE tallystick.exports e
		SET status = $4, holder = NULL, attempts = attempts + 1, error_code = $5, error_detail = $6,
		    held_until = clock_timestamp() + least(10 * (attempts + 1), 600) * interval '1 second'
		WHERE e.ledger_id = $1 AND e.export_id = $2 AND e.holder = $3`, status, code, detailOf(code))
}

// detailOf tells people what went wrong. The log has more.
func detailOf(code string) string {
	switch code {
	case "database_unavailable":
		return "the database was away; it is tried again"
	case "not_sealed":
		return "no checkpoint covers the position yet; it is tried again"
	case "read_model_behind":
		return "what is exported is being prepared; it is tried again"
	case "directory_unusable":
		return "the files can't be written into the directory for exports"
	}
	return "something is wrong on our side; the server's log tells more, by the export's id"
}

// clock gives the time by the ledger's clock.
func (x *Exports) clock(ctx context.Context, ledger eventstore.Ledger) (time.Time, error) {
	tail, err := eventstore.Tail(ctx, x.from.Pool, ledger.ID)
	if err != nil {
		return time.Time{}, err
	}
	return ledger.ClockAt(ctx, x.from.Pool, tail, x.now())
}

func (x *Exports) dirOf(ledger uuid.UUID, id string) string {
	return filepath.Join(x.dir, ledger.String(), id)
}

// Open opens a file of an export.
func (x *Exports) Open(ledger uuid.UUID, j Job, name string) (*os.File, error) {
	for _, file := range j.Files {
		if file.Name == name {
			return os.Open(filepath.Join(x.dirOf(ledger, j.ID), name))
		}
	}
	return nil, NoFile()
}

// expire removes the files of exports whose time is over.
func (x *Exports) expire(ctx context.Context) error {
	ledgers, err := eventstore.Ledgers(ctx, x.from.Pool)
	if err != nil {
		return err
	}
	for _, ledger := range ledgers {
		now, err := x.clock(ctx, ledger)
		if err != nil {
			return err
		}
		rows, err := x.from.Pool.Query(ctx, `
			SELECT e.export_id
			FROM tallystick.exports e
			WHERE e.ledger_id = $1 AND e.status = 'completed' AND e.expires_at <= $2`, [16]byte(ledger.ID), now)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := os.RemoveAll(x.dirOf(ledger.ID, id)); err != nil {
				return err
			}
			if _, err := x.from.Pool.Exec(ctx, `
				UPDATE tallystick.exports e
				SET status = 'expired'
				WHERE e.ledger_id = $1 AND e.export_id = $2`, [16]byte(ledger.ID), id); err != nil {
				return err
			}
		}
	}
	return nil
}
