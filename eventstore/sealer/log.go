package sealer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
)

// Checkpoint is a published checkpoint.
type Checkpoint struct {
	audit.Checkpoint
	SignedAt time.Time
	Note     string // as signed

	previous *int64 // size of the one before, nil where an earlier release signed it
}

// Log reads what is sealed of one ledger, of its present tree.
type Log struct {
	db     eventstore.Querier
	ledger uuid.UUID
	tree   int
	Vkeys  string // the keys that verify the checkpoints, one a line
	seal   sealed
}

// Open finds the log of a ledger. found is false where nothing was ever sealed.
func Open(ctx context.Context, db eventstore.Querier, ledger uuid.UUID) (l Log, found bool, err error) {
	l = Log{db: db, ledger: ledger, tree: 1}
	err = db.QueryRow(ctx, `
		SELECT tree, size, coalesce(refusal, ''), vkeys, outside
		FROM tallystick.audit_seals
		WHERE ledger_id = $1`, [16]byte(ledger)).Scan(&l.tree, &l.seal.size, &l.seal.refusal, &l.Vkeys, &l.seal.outside)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("read how far the ledger is sealed: %w", err)
	}
	return l, true, nil
}

const selectCheckpoints = `
	SELECT size, root, signed_at, note, previous
	FROM tallystick.audit_checkpoints
	WHERE ledger_id = $1 AND tree = $2 AND size `

// readCheckpoints gives published checkpoints. Of a note that says nothing the origin is "": whoever verifies it finds out.
func readCheckpoints(ctx context.Context, db eventstore.Querier, sql string, args ...any) ([]Checkpoint, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Checkpoint, err error) {
		var root []byte
		if err := row.Scan(&c.Size, &root, &c.SignedAt, &c.Note, &c.previous); err != nil {
			return c, err
		}
		claimed, _ := audit.Claim(c.Note)
		c.Origin, c.SignedAt = claimed.Origin, c.SignedAt.UTC()
		copy(c.Root[:], root)
		return c, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	return found, nil
}

// newest gives a tree's last checkpoint.
func newest(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, tree int) (c Checkpoint, found bool, err error) {
	return one(readCheckpoints(ctx, db, selectCheckpoints+`> 0 ORDER BY size DESC LIMIT 1`, [16]byte(ledger), tree))
}

func one(all []Checkpoint, err error) (Checkpoint, bool, error) {
	if len(all) == 0 {
		return Checkpoint{}, false, err
	}
	return all[0], true, err
}

// Newest gives the last checkpoint.
func (l Log) Newest(ctx context.Context) (c Checkpoint, found bool, err error) {
	return newest(ctx, l.db, l.ledger, l.tree)
}

// At gives the checkpoint of a size that was published.
func (l Log) At(ctx context.Context, size int64) (c Checkpoint, found bool, err error) {
	return one(readCheckpoints(ctx, l.db, selectCheckpoints+`= $3`, [16]byte(l.ledger), l.tree, size))
}

// Covering gives the smallest checkpoint that covers a position.
func (l Log) Covering(ctx context.Context, position int64) (c Checkpoint, found bool, err error) {
	return one(readCheckpoints(ctx, l.db, selectCheckpoints+`>= $3 ORDER BY size LIMIT 1`, [16]byte(l.ledger), l.tree, position))
}

// After lists at most limit checkpoints of more than a size, the smallest first.
func (l Log) After(ctx context.Context, size int64, limit int) ([]Checkpoint, error) {
	return readCheckpoints(ctx, l.db, selectCheckpoints+`> $3 ORDER BY size LIMIT $4`, [16]byte(l.ledger), l.tree, size, limit)
}

// Tiles reads tiles of the log. A tile that is not there, or is not so wide, is nil.
func (l Log) Tiles(ctx context.Context, wanted ...audit.Tile) ([][]byte, error) {
	return readTiles(ctx, l.db, l.ledger, l.tree, wanted)
}

// Inclusion proves that the event at a position is in the tree of a checkpoint.
func (l Log) Inclusion(ctx context.Context, c Checkpoint, position int64) ([]tlog.Hash, error) {
	return c.Inclusion(position-1, tilesOf(ctx, l.db, l.ledger, l.tree))
}

// Consistency proves that the tree of a checkpoint begins with that of a smaller one.
func (l Log) Consistency(ctx context.Context, c Checkpoint, size int64) ([]tlog.Hash, error) {
	return c.Consistency(size, tilesOf(ctx, l.db, l.ledger, l.tree))
}

// errTileMissing is returned for a tile that must be there.
var errTileMissing = errors.New("a tile is missing, or has too few hashes")

// tilesOf reads tiles that must be there.
func tilesOf(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, tree int) audit.Tiles {
	return func(wanted []audit.Tile) ([][]byte, error) {
		found, err := readTiles(ctx, db, ledger, tree, wanted)
		for i := range found {
			if found[i] == nil && err == nil {
				err = fmt.Errorf("tile %s: %w", audit.TilePath(wanted[i]), errTileMissing)
			}
		}
		return found, err
	}
}

// readTiles gives the first hashes of tiles.
func readTiles(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, tree int, wanted []audit.Tile) ([][]byte, error) {
	found, err := wholeRows(ctx, db, ledger, tree, wanted)
	for i, tile := range wanted {
		if width := tile.Width * tlog.HashSize; len(found) > i && len(found[i]) >= width {
			found[i] = found[i][:width]
		} else if len(found) > i {
			found[i] = nil
		}
	}
	return found, err
}

// wholeTiles gives tiles with all the hashes that they have.
func wholeTiles(ctx context.Context, db eventstore.Querier, state *sealed, wanted []audit.Tile) ([][]byte, error) {
	return wholeRows(ctx, db, state.ledger, state.tree, wanted)
}

func wholeRows(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, tree int, wanted []audit.Tile) ([][]byte, error) {
	levels, numbers := make([]int16, len(wanted)), make([]int64, len(wanted))
	for i, tile := range wanted {
		levels[i], numbers[i] = int16(tile.Level), tile.Number
	}
	rows, err := db.Query(ctx, `
		SELECT t.hashes
		FROM unnest($3::smallint[], $4::bigint[]) WITH ORDINALITY AS w (level, number, i)
		LEFT JOIN tallystick.audit_tiles t ON t.ledger_id = $1 AND t.tree = $2 AND t.level = w.level AND t.number = w.number
		ORDER BY w.i`, [16]byte(ledger), tree, levels, numbers)
	if err != nil {
		return nil, fmt.Errorf("read tiles: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("read tiles: %w", err)
	}
	return found, nil
}

// Entry gives what is hashed to the leaf of an event, as the event stands now.
func Entry(ledger uuid.UUID, e eventstore.Event) []byte {
	return audit.Entry(e.Position, e.GroupLast, e.RecordedAt, e.Body(ledger).Hash())
}

// Bundle writes entries by c2sp.org/tlog-tiles.
func Bundle(ledger uuid.UUID, events []eventstore.Event) []byte {
	bundle := make([]byte, 0, len(events)*(2+audit.EntrySize))
	for _, e := range events {
		bundle = binary.BigEndian.AppendUint16(bundle, uint16(audit.EntrySize))
		bundle = append(bundle, Entry(ledger, e)...)
	}
	return bundle
}

// Refusal gives the reason for which the ledger is not sealed any further, or "".
func (l Log) Refusal() string { return l.seal.refusal }

// Outside tells what is kept outside of the database.
func (l Log) Outside() []Outside { return l.seal.outside }

// Idle reports whether an event has not been sealed for so long that nobody seals.
func (l Log) Idle(ctx context.Context) (idle bool, err error) {
	err = l.db.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM tallystick.events
			WHERE ledger_id = $1 AND position = $2 AND recorded_at < clock_timestamp() - interval '10 seconds')`,
		[16]byte(l.ledger), l.seal.size+1).Scan(&idle)
	if err != nil {
		return false, fmt.Errorf("read when the first event was recorded that is not sealed: %w", err)
	}
	return idle, nil
}

// Tree gives the number of the tree, from 1.
func (l Log) Tree() int { return l.tree }
