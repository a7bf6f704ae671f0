package eventstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
)

// snapshots keeps states in a table, one for each stream and revision, so that a long stream is not read from its first
// event. It is a cache: a row counts while the log has the event that it was folded up to, everything before which is then
// the same too. Where the table can't be used, streams are read from their beginning.
type snapshots struct {
	db  *pgxpool.Pool
	log *slog.Logger

	mu    sync.Mutex
	until time.Time // which the table is left alone
}

// kept tells how far the snapshot of a stream goes.
type kept struct {
	version int64
	bytes   int64 // folded.bytes at that version
	size    int   // of the snapshot
}

// snapshotRest bounds how long the keeper leaves a table alone that can't be used.
const snapshotRest = time.Minute

func (s *snapshots) rests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.until)
}

func (s *snapshots) rest(err error) {
	s.log.Warn("snapshots can't be used; streams are read from their first events for a minute", slog.Any("error", err))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(snapshotRest)
}

// read lets each of the readings begin where its snapshot is further than what is known.
func (s *snapshots) read(ctx context.Context, ledger uuid.UUID, readings []*reading) error {
	var wanted []*reading
	for _, r := range readings {
		if r.err == nil && r.streamType.Snapshot != nil {
			wanted = append(wanted, r)
		}
	}
	if len(wanted) == 0 || s.rests() {
		return nil
	}
	err := s.query(ctx, ledger, wanted)
	if err != nil && !isTransient(err) && ctx.Err() == nil {
		s.rest(err)
		return nil
	}
	return err
}

func (s *snapshots) query(ctx context.Context, ledger uuid.UUID, readings []*reading) error {
	streams, revisions := make([]string, len(readings)), make([]int32, len(readings))
	for i, r := range readings {
		streams[i], revisions[i] = string(r.stream), int32(r.streamType.Snapshot.Revision)
	}
	// OFFSET 0 makes each lateral query a look-up for one stream.
	rows, err := s.db.Query(ctx, `
		SELECT w.ord, s.digest, s.data, e.version, e.position, e.effective_at, e.leaf_hash
		FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS w (stream, revision, ord)
		CROSS JOIN LATERAL (
			SELECT *
			FROM tallystick.snapshots s
			WHERE s.ledger_id = $1 AND s.stream = w.stream AND s.revision = w.revision
			OFFSET 0
		) AS s
		CROSS JOIN LATERAL (
			SELECT *
			FROM tallystick.events e
			WHERE e.ledger_id = $1 AND e.stream = w.stream AND e.version = s.version AND e.version > 0
			  AND e.leaf_hash = s.leaf_hash
			OFFSET 0
		) AS e`, [16]byte(ledger), streams, revisions)
	if err != nil {
		return fmt.Errorf("read snapshots: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var ord int64
		var digest, data, leaf pgtype.DriverBytes
		var at folded
		if err := rows.Scan(&ord, &digest, &data, &at.version, &at.position, &at.effective, &leaf); err != nil {
			return fmt.Errorf("read snapshots: %w", err)
		}
		at.effective, at.leaf = at.effective.UTC(), [sha256.Size]byte(leaf)
		r := readings[ord-1]
		if at.version <= r.known.version {
			continue
		}
		if err := r.begin(ledger, at, digest, data); err != nil {
			s.log.Warn("a snapshot can't be read and is ignored", slog.String("ledger", ledger.String()),
				slog.String("stream", string(r.stream)), slog.Any("error", err))
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read snapshots: %w", err)
	}
	return nil
}

// begin takes the state of a snapshot over.
func (r *reading) begin(ledger uuid.UUID, at folded, digest, data []byte) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("decoding panicked: %v", cause)
		}
	}()
	snapshot := r.streamType.Snapshot
	if expected := snapshotDigest(streamKey{ledger, r.stream}, snapshot.Revision, at, data); string(digest) != string(expected[:]) {
		return errors.New("its digest is of something else")
	}
	if at.state, err = snapshot.Decode(data); err != nil {
		return err
	}
	r.known, r.kept = at, kept{version: at.version, size: len(data)}
	return nil
}

// write keeps a state in the place of the one before it. Rows of revisions before the last one are of no release that still
// runs.
func (s *snapshots) write(ctx context.Context, key streamKey, revision int, at folded, data []byte) error {
	digest := snapshotDigest(key, revision, at, data)
	_, err := s.db.Exec(ctx, `
		WITH outdated AS (
			DELETE FROM tallystick.snapshots s
			WHERE s.ledger_id = $1 AND s.stream = $2 AND s.revision < $3 - 1
		)
		INSERT INTO tallystick.snapshots AS s (ledger_id, stream, revision, version, leaf_hash, digest, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (ledger_id, stream, revision) DO UPDATE
		SET version = excluded.version, leaf_hash = excluded.leaf_hash, digest = excluded.digest, data = excluded.data`,
		[16]byte(key.ledger), string(key.stream), revision, at.version, at.leaf[:], digest[:], data)
	if err != nil {
		return fmt.Errorf("write a snapshot: %w", err)
	}
	return nil
}

// encodeSnapshot gives what is kept of a state. A state that its type can't encode, or panics on, is not kept.
func encodeSnapshot(snapshot *domain.Snapshot, state domain.State) (data []byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("encoding panicked: %v", cause)
		}
	}()
	return snapshot.Encode(state)
}

// snapshotDigest is SHA-256 over "tallystick/snapshot/v1", ledger, stream, revision, version, leaf and data. Only the stream
// and the data vary in length, and the stream has its own before it.
func snapshotDigest(key streamKey, revision int, at folded, data []byte) (digest [sha256.Size]byte) {
	head := append([]byte("tallystick/snapshot/v1"), key.ledger[:]...)
	head = binary.BigEndian.AppendUint32(head, uint32(len(key.stream)))
	head = append(head, key.stream...)
	head = binary.BigEndian.AppendUint64(head, uint64(revision))
	head = binary.BigEndian.AppendUint64(head, uint64(at.version))
	head = append(head, at.leaf[:]...)
	hash := sha256.New()
	hash.Write(head)
	hash.Write(data)
	hash.Sum(digest[:0])
	return digest
}
