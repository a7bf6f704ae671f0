package eventstore

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tallystick/tallystick/domain"
)

// appendRequest holds the arguments of the SQL function append, as parallel arrays. See migrations for their meaning.
// FlatArray spares pgx the reflection that it needs for slices it does not know.
type appendRequest struct {
	ledger uuid.UUID

	streams  []string
	versions []int64
	leaves   pgtype.FlatArray[[]byte] // nil for a stream without events
	after    []int64
	lookedUp pgtype.FlatArray[[]byte]

	commandID          [][16]byte
	commandKey         pgtype.FlatArray[[]byte]
	commandFingerprint pgtype.FlatArray[[]byte]
	commandActor       []string
	commandCorrelation []string
	commandCausation   pgtype.FlatArray[*string]
	commandStatus      []int16
	commandStream      []string
	commandVersion     []int64
	commandLast        []int32
	commandAnswer      pgtype.FlatArray[[]byte]

	eventCommand     []int32
	eventStream      []int32
	eventVersion     []int64
	eventID          [][16]byte
	eventType        []string
	eventSchema      []int16
	eventEffectiveAt []time.Time
	eventData        pgtype.FlatArray[[]byte]
	eventBody        pgtype.FlatArray[[]byte]
	eventPrivateHash pgtype.FlatArray[[]byte] // nil for an event without a private part

	privateEvent []int32
	privateSalt  pgtype.FlatArray[[]byte]
	privateData  pgtype.FlatArray[[]byte]

	erasingEvent []int32

	held pgtype.FlatArray[[]byte] // the keys of commands whose answers are held
	hold time.Duration            // the longest of their times
}

// appendReply holds what the function answers.
type appendReply struct {
	tail       int64 // the ledger's last position before this batch
	recordedAt time.Time

	// Nothing was appended where one of these is not empty. The first two are indexes into the request's streams.
	stale    []int32
	diverged []int32
	used     [][]byte
}

// appended reports whether the batch was appended.
func (r *appendReply) appended() bool { return len(r.stale)+len(r.diverged)+len(r.used) == 0 }

// stream adds a stream that the batch stands on and gives its index for events.
func (r *appendRequest) stream(s *standing) int32 {
	r.streams = append(r.streams, string(s.stream))
	r.versions = append(r.versions, s.base.version)
	r.after = append(r.after, s.current.version)
	if s.base.version == 0 {
		r.leaves = append(r.leaves, nil)
	} else {
		r.leaves = append(r.leaves, s.base.leaf[:])
	}
	return int32(len(r.streams))
}

// command adds a decided command. A refusal is recorded nowhere, and only its key is looked up.
func (r *appendRequest) command(d *decided, streams map[domain.Stream]int32) {
	if d.err != nil {
		r.lookedUp = append(r.lookedUp, d.pending.key)
		return
	}
	c := &d.pending.command
	r.commandID = append(r.commandID, c.ID)
	r.commandKey = append(r.commandKey, d.pending.key)
	r.commandFingerprint = append(r.commandFingerprint, c.Fingerprint[:])
	r.commandActor = append(r.commandActor, c.Actor)
	r.commandCorrelation = append(r.commandCorrelation, c.Correlation)
	r.commandCausation = append(r.commandCausation, optional(c.Causation))
	r.commandStatus = append(r.commandStatus, int16(d.answer.Status))
	r.commandStream = append(r.commandStream, string(c.Resource))
	r.commandVersion = append(r.commandVersion, d.version)
	r.commandLast = append(r.commandLast, int32(len(r.eventID)+len(d.proposed)))
	r.commandAnswer = append(r.commandAnswer, d.answer.Body)
	if d.answer.Hold > 0 {
		r.held, r.hold = append(r.held, d.pending.key), max(r.hold, d.answer.Hold)
	}
	for i, proposed := range d.proposed {
		r.event(proposed, streams[proposed.Stream], &d.encoded[i])
	}
}

func (r *appendRequest) event(proposed Proposed, stream int32, encoded *encodedFact) {
	r.eventCommand = append(r.eventCommand, int32(len(r.commandID)))
	r.eventStream = append(r.eventStream, stream)
	r.eventVersion = append(r.eventVersion, proposed.Version)
	r.eventID = append(r.eventID, encoded.id)
	r.eventType = append(r.eventType, proposed.Fact.EventType())
	r.eventSchema = append(r.eventSchema, int16(encoded.schema))
	r.eventEffectiveAt = append(r.eventEffectiveAt, proposed.EffectiveAt)
	r.eventData = append(r.eventData, encoded.data)
	r.eventBody = append(r.eventBody, encoded.body[:])
	r.eventPrivateHash = append(r.eventPrivateHash, encoded.privateHash)
	if encoded.private != nil {
		r.privateEvent = append(r.privateEvent, int32(len(r.eventID)))
		r.privateSalt = append(r.privateSalt, encoded.salt)
		r.privateData = append(r.privateData, encoded.private)
	}
	if encoded.erases {
		r.erasingEvent = append(r.erasingEvent, int32(len(r.eventID)))
	}
}

// lookUpAll has the keys of the commands that succeeded looked up, too.
func (r *appendRequest) lookUpAll() { r.lookedUp = append(r.lookedUp, r.commandKey...) }

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// send makes the one round trip. It commits by itself unless db is a transaction.
func (r *appendRequest) send(ctx context.Context, db Querier) (reply appendReply, err error) {
	var recordedAt *time.Time
	arguments := []any{
		[16]byte(r.ledger), r.streams, r.versions, r.leaves, r.after, r.lookedUp, r.commandID, r.commandKey,
		r.commandFingerprint, r.commandActor, r.commandCorrelation, r.commandCausation, r.commandStatus, r.commandStream,
		r.commandVersion, r.commandLast, r.commandAnswer, r.eventCommand, r.eventStream, r.eventVersion, r.eventID,
		r.eventType, r.eventSchema, r.eventEffectiveAt, r.eventData, r.eventBody, r.eventPrivateHash, r.privateEvent,
		r.privateSalt, r.privateData, r.erasingEvent,
	}
	function := `
		SELECT * FROM tallystick.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
		                                $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)`
	if len(r.held) > 0 {
		function = `
			SELECT * FROM tallystick.append_held($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
			                                     $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)`
		arguments = append(arguments, r.held, r.hold)
	}
	rows, err := db.Query(ctx, function, arguments...)
	if err != nil {
		return reply, err
	}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) {
		return struct{}{}, row.Scan(&reply.tail, &recordedAt, &reply.stale, &reply.diverged, &reply.used)
	})
	if recordedAt != nil {
		reply.recordedAt = *recordedAt
	}
	return reply, err
}

// takeLock takes the ledger's lock, as the function does, for the rest of the transaction.
func takeLock(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		SELECT set_config('lock_timeout', '200ms', true), pg_advisory_xact_lock(1, hashtext($1::uuid::text))`, [16]byte(ledger))
	return err
}

// hit holds the stored outcome of an earlier command.
type hit struct {
	command     uuid.UUID
	fingerprint []byte
	outcome     Outcome
	held        bool // its answer may be replaced, and somebody waits for that
}

// lookUp finds what became of the commands that used these keys. Such a row never changes, and its answer is replaced once, so no
// lock is needed.
func lookUp(ctx context.Context, db Querier, ledger uuid.UUID, keys [][]byte) (map[string]hit, error) {
	rows, err := db.Query(ctx, `
		SELECT i.key, i.command, i.fingerprint, coalesce(h.status, i.status), coalesce(h.answer, i.answer), i.stream,
		       coalesce(h.version, i.version), i.first_position, coalesce(h.position, i.last_position),
		       coalesce(h.status IS NULL AND h.waits_until > clock_timestamp(), false)
		FROM unnest($2::bytea[]) AS k (key)
		CROSS JOIN LATERAL (
			SELECT *
			FROM tallystick.idempotency i
			WHERE i.ledger_id = $1 AND i.key = k.key
			OFFSET 0
		) AS i
		LEFT JOIN LATERAL (
			SELECT *
			FROM tallystick.held_answers h
			WHERE h.ledger_id = $1 AND h.key = k.key
			OFFSET 0
		) AS h ON true`, [16]byte(ledger), keys)
	if err != nil {
		return nil, err
	}
	hits := make(map[string]hit, len(keys))
	var key []byte
	var h hit
	_, err = pgx.ForEachRow(rows, []any{
		&key, &h.command, &h.fingerprint, &h.outcome.Status, &h.outcome.Body, &h.outcome.Resource, &h.outcome.Version,
		&h.outcome.FirstPosition, &h.outcome.LastPosition, &h.held,
	}, func() error {
		hits[string(key)] = h
		h = hit{}
		return nil
	})
	return hits, err
}

// ReplaceAnswer puts an answer in the place of the one that is held for a client's key, with the version of the resource and the
// position that it is of. It tells whether it did: an answer that is not held any more stays.
func (s *Store) ReplaceAnswer(ctx context.Context, ledger Ledger, key string, a Answer, version, position int64) (replaced bool, err error) {
	c := Command{Key: key}
	err = s.pool.QueryRow(ctx, `
		SELECT tallystick.replace_answer($1, $2, $3, $4, $5, $6)`,
		[16]byte(ledger.ID), c.storedKey(), int16(a.Status), version, position, a.Body).Scan(&replaced)
	if err != nil {
		return false, fmt.Errorf("replace an answer: %w", unavailable(err))
	}
	return replaced, nil
}
