package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// append compares group commit, each of whose commands writes an event and its key, with two baselines: plain INSERTs of
// the event alone by as many connections, which check no version, keep no order and remember no key; and COPY of the same
// rows into both tables, which is the most that disk and tables take.
func (b Command) append(ctx context.Context, dir string, report *table) error {
	return withPostgres(ctx, dir, func(url string) error {
		h, err := house.FurnishGiven(ctx, &house.Config{}, url)
		if err != nil {
			return err
		}
		defer h.Close()
		admin, err := pgxpool.New(ctx, url+"&pool_max_conns=90")
		if err != nil {
			return err
		}
		defer admin.Close()
		_, err = admin.Exec(ctx, `
			CREATE TABLE tallystick.plain (LIKE tallystick.events INCLUDING ALL);
			CREATE TABLE tallystick.plain_keys (LIKE tallystick.idempotency INCLUDING ALL)`)
		if err != nil {
			return err
		}
		ceiling, err := b.copyRows(ctx, admin)
		if err != nil {
			return err
		}
		for _, callers := range []int{1, 16, 64, 256} {
			plain, err := b.plainInserts(ctx, admin, callers)
			if err != nil {
				return err
			}
			grouped, err := b.groupCommit(ctx, h, admin, callers, false)
			if err != nil {
				return err
			}
			report.rate(fmt.Sprintf("append, %d callers", callers), grouped, plain, "plain INSERT")
			report.rate(fmt.Sprintf("append, %d callers", callers), grouped, ceiling, "COPY")
		}
		hot, err := b.groupCommit(ctx, h, admin, 64, true)
		if err != nil {
			return err
		}
		report.rate("append, 64 callers on one stream", hot, ceiling, "COPY")
		return nil
	})
}

// copyRows writes rows like those of the events table in bulk.
func (b Command) copyRows(ctx context.Context, pool *pgxpool.Pool) (float64, error) {
	const rows = 1_000
	ledger := uuid.New()
	perSecond, err := measure(ctx, 1, b.For, func(ctx context.Context, _, n int) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.CopyFrom(ctx, pgx.Identifier{"tallystick", "plain"}, plainColumns, pgx.CopyFromSlice(rows, func(i int) ([]any, error) {
				return plainRow(ledger, int64(n*rows+i+1), "seating:copied", int64(n*rows+i+1)), nil
			}))
			if err != nil {
				return err
			}
			_, err = tx.CopyFrom(ctx, pgx.Identifier{"tallystick", "plain_keys"}, keyColumns, pgx.CopyFromSlice(rows, func(i int) ([]any, error) {
				return keyRow(ledger, int64(n*rows+i+1)), nil
			}))
			return err
		})
	})
	return rows * perSecond, err
}

// plainInserts writes one row a transaction, each caller on a connection of its own as far as the server admits them.
func (b Command) plainInserts(ctx context.Context, pool *pgxpool.Pool, callers int) (float64, error) {
	ledger := uuid.New()
	return measure(ctx, callers, b.For, func(ctx context.Context, worker, n int) error {
		_, err := pool.Exec(ctx, `
			INSERT INTO tallystick.plain (ledger_id, position, group_last, event_id, stream, version, type, schema,
			                              recorded_at, effective_at, actor, command, correlation, data, leaf_hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			plainRow(ledger, int64(worker)<<32+int64(n)+1, fmt.Sprintf("seating:plain-%d", worker), int64(n+1))...)
		return err
	})
}

var plainColumns = []string{"ledger_id", "position", "group_last", "event_id", "stream", "version", "type", "schema",
	"recorded_at", "effective_at", "actor", "command", "correlation", "data", "leaf_hash"}

// plainRow makes a row as large as that of an allocated seat.
func plainRow(ledger uuid.UUID, position int64, stream string, version int64) []any {
	id := uuid.Must(uuid.NewV7())
	data := fmt.Appendf(nil, `{"member":"m-%d","role":"member","since":"2026-01-01T00:00:00.123456Z"}`, version)
	leaf := sha256.Sum256(data)
	return []any{[16]byte(ledger), position, position, [16]byte(id), stream, version, "seating.allocated.v1", int16(1),
		time.Now(), time.Now(), "bench", [16]byte(id), id.String(), data, leaf[:]}
}

var keyColumns = []string{"ledger_id", "key", "fingerprint", "command", "status", "stream", "version", "first_position",
	"last_position", "answer"}

// keyRow makes a row as large as the one that remembers a seat command. Its key is a hash too, so keys come in no order.
func keyRow(ledger uuid.UUID, position int64) []any {
	id := uuid.Must(uuid.NewV7())
	key, fingerprint := sha256.Sum256([]byte(id.String())), sha256.Sum256(id[:])
	return []any{[16]byte(ledger), key[:], fingerprint[:], [16]byte(id), int16(201), "seating:copied", position,
		position, position, seatAnswer}
}

var seatAnswer = []byte(`{"member":"m-1","role":"member","state":"active"}`)

// groupCommit allocates seats, each caller in a workspace of its own, or all in one when hot.
func (b Command) groupCommit(ctx context.Context, h *house.House, admin *pgxpool.Pool, callers int, hot bool) (float64, error) {
	var ledger eventstore.Ledger
	err := admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) (err error) {
		ledger, err = eventstore.CreateLedger(ctx, conn.Conn(), "bench-"+uuid.NewString()[:8], eventstore.ModeLive, time.Now())
		return err
	})
	if err != nil {
		return 0, err
	}
	workspace := func(worker int) string {
		if hot {
			return "hot"
		}
		return fmt.Sprintf("w-%d", worker)
	}
	plenty := seating.SetLimits{Limits: seating.Limits{Source: seating.SourceSubscription, Product: "bench", Purchased: 1 << 40}}
	for worker := range callers {
		if _, err := h.Store.Execute(ctx, ledger, seatCommand(workspace(worker), plenty)); err != nil {
			return 0, err
		}
	}
	return measure(ctx, callers, b.For, func(ctx context.Context, worker, n int) error {
		allocate := seating.Allocate{Member: fmt.Sprintf("m-%d-%d", worker, n), Role: seating.RoleMember}
		_, err := h.Store.Execute(ctx, ledger, seatCommand(workspace(worker), allocate))
		return err
	})
}

// seatCommand makes a seat command as the API does, with a key and an answer to keep.
func seatCommand(workspace string, c seating.Command) eventstore.Command {
	id := uuid.Must(uuid.NewV7())
	stream := seating.Stream(workspace)
	return eventstore.Command{
		ID:          id,
		Key:         id.String(),
		Actor:       "bench",
		Correlation: id.String(),
		Resource:    stream,
		Writes:      []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			facts, err := seating.Decide(eventstore.StateOf[seating.State](d, stream), c, d.Meta())
			d.Append(stream, domain.Events(facts)...)
			return eventstore.Answer{Status: 201, Body: seatAnswer}, err
		},
	}
}
