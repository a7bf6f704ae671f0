package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
)

// history makes a ledger of these facts.
func history(ctx context.Context, url string, codec *eventstore.Codec, name string, facts iter.Seq2[domain.Stream, domain.Event]) (ledger eventstore.Ledger, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return ledger, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if ledger, err = eventstore.CreateLedger(ctx, conn, name, eventstore.ModeLive, time.Now()); err != nil {
		return ledger, err
	}
	return ledger, fillEmpty(ctx, conn, codec, ledger, facts)
}

// fillEmpty copies facts into a ledger without events, each sealed as if a command of its own had appended it. Appending
// millions of them would take longer than what is measured on them.
func fillEmpty(ctx context.Context, conn *pgx.Conn, codec *eventstore.Codec, ledger eventstore.Ledger, facts iter.Seq2[domain.Stream, domain.Event]) error {
	if err := becomeOwner(ctx, conn); err != nil {
		return err
	}
	h := &historian{codec: codec, ledger: ledger.ID, at: ledger.CreatedAt, versions: map[domain.Stream]int64{}}
	next, stop := iter.Pull2(facts)
	defer stop()
	_, err := conn.CopyFrom(ctx, pgx.Identifier{"tallystick", "events"}, historyColumns, pgx.CopyFromFunc(func() ([]any, error) {
		stream, fact, more := next()
		if !more {
			return nil, nil
		}
		return h.row(stream, fact)
	}))
	if err != nil {
		return fmt.Errorf("copy a history: %w", err)
	}
	_, err = conn.Exec(ctx, `RESET ROLE; ANALYZE tallystick.events; CHECKPOINT`)
	return err
}

// historian numbers and seals the events of one ledger.
type historian struct {
	codec    *eventstore.Codec
	ledger   uuid.UUID
	at       time.Time // of all of them
	position int64
	versions map[domain.Stream]int64
}

var historyColumns = []string{"ledger_id", "position", "group_last", "event_id", "stream", "version", "type", "schema",
	"recorded_at", "effective_at", "actor", "command", "correlation", "data", "leaf_hash"}

func (h *historian) row(stream domain.Stream, fact domain.Event) ([]any, error) {
	data, schema, err := h.codec.Encode(fact)
	if err != nil {
		return nil, err
	}
	h.position++
	h.versions[stream]++
	body := audit.Body{
		Ledger: h.ledger, Stream: string(stream), Version: h.versions[stream], EventID: uuid.New(), Type: fact.EventType(),
		Schema: schema, EffectiveAt: h.at, Actor: "bench", Command: uuid.New(), Correlation: "bench", Data: data,
	}
	leaf := audit.Leaf(h.position, h.position, h.at, body.Hash())
	return []any{[16]byte(h.ledger), h.position, h.position, [16]byte(body.EventID), body.Stream, body.Version, body.Type,
		int16(schema), h.at, h.at, body.Actor, [16]byte(body.Command), body.Correlation, data, leaf[:sha256.Size]}, nil
}

// becomeOwner has the connection act as the owner of the events, who alone may insert them.
func becomeOwner(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `
		SELECT set_config('role', pg_get_userbyid(c.relowner), false)
		FROM pg_class c
		WHERE c.oid = 'tallystick.events'::regclass`)
	return err
}
