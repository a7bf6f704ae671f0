package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
)

// applyPages applies pages of several ledgers in one transaction. It reports for each whether the projection read nothing
// of it. A page that somebody else has applied is left out, and the rest goes on; any other trouble fails them all.
func (r *runner) applyPages(ctx context.Context, pages []eventstore.PageRange) (idle []bool, err error) {
	idle = make([]bool, len(pages))
	err = pgx.BeginFunc(ctx, r.engine.pool, func(tx pgx.Tx) error {
		opened, err := r.openPages(ctx, tx, pages)
		if err != nil {
			return err
		}
		for i, page := range pages {
			leaf, ours := opened[page.Ledger]
			if !ours {
				continue
			}
			if idle[i], err = r.applyOpened(ctx, tx, page, leaf); err != nil {
				return err
			}
		}
		return nil
	})
	return idle, err
}

// openPages inserts the checkpoints of all pages before anything else, in the order of their ledgers: in any other order
// two processes could wait for each other. For the ledgers whose pages are ours to apply it gives the leaf hashes of the
// pages' last events.
func (r *runner) openPages(ctx context.Context, tx pgx.Tx, pages []eventstore.PageRange) (map[uuid.UUID][]byte, error) {
	results := tx.SendBatch(ctx, r.openingOfAll(pages))
	opened, standings, err := readOpening(results)
	if err := errors.Join(err, results.Close()); err != nil {
		return nil, err
	}
	for _, page := range pages {
		if _, ours := opened[page.Ledger]; ours {
			if err := standings[page.Ledger].admits(page); err != nil {
				return nil, fmt.Errorf("ledger %s: %w", page.Ledger, err)
			}
		}
	}
	return opened, r.trim(ctx, tx, standings)
}

func readOpening(results pgx.BatchResults) (opened map[uuid.UUID][]byte, standings map[uuid.UUID]standing, err error) {
	if _, err := results.Exec(); err != nil { // the lock
		return nil, nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, nil, err
	}
	opened, standings = map[uuid.UUID][]byte{}, map[uuid.UUID]standing{}
	var ledger uuid.UUID
	var leaf []byte
	_, err = pgx.ForEachRow(rows, []any{&ledger, &leaf}, func() error {
		opened[ledger] = bytes.Clone(leaf)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if rows, err = results.Query(); err != nil {
		return nil, nil, err
	}
	var s standing
	_, err = pgx.ForEachRow(rows, append([]any{&ledger}, s.columns()...), func() error {
		standings[ledger] = s
		return nil
	})
	return opened, standings, err
}

// openingOfAll opens pages of several ledgers as openingOf opens one. Its statements are among the few over many ledgers.
func (r *runner) openingOfAll(pages []eventstore.PageRange) *pgx.Batch {
	ledgers, from, to := columnsOf(pages)
	v := r.version
	batch := &pgx.Batch{}
	batch.Queue(lockPagesShared, v.String())
	batch.Queue(`
		INSERT INTO tallystick.projection_checkpoints (ledger_id, projection, version, from_position, to_position,
		                                               leaf_hash, applied_at)
		SELECT p.ledger_id, $4, $5, p.from_position, e.position, e.leaf_hash, clock_timestamp()
		FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS p (ledger_id, from_position, to_position)
		CROSS JOIN LATERAL (
			SELECT e.position, e.leaf_hash
			FROM tallystick.events e
			WHERE e.ledger_id = p.ledger_id AND e.position = p.to_position
			OFFSET 0
		) AS e
		ORDER BY p.ledger_id
		ON CONFLICT DO NOTHING
		RETURNING ledger_id, leaf_hash`, ledgers, from, to, v.projection, v.number)
	batch.Queue(`
		SELECT p.ledger_id, s.*
		FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS p (ledger_id, from_position, to_position)
		CROSS JOIN LATERAL (`+standingOf("p.ledger_id", "$4", "$5", "p.from_position", "p.to_position")+`) AS s`,
		ledgers, from, to, v.projection, v.number)
	batch.Queue(`
		DELETE FROM tallystick.projection_failures
		WHERE ledger_id = ANY ($1) AND projection = $2 AND version = $3`, ledgers, v.projection, v.number)
	batch.Queue(`SELECT set_config('search_path', $1, true)`, v.searchPath())
	return batch
}

// columnsOf gives the pages in the order of their ledgers, column by column.
func columnsOf(pages []eventstore.PageRange) (ledgers [][16]byte, from, to []int64) {
	ordered := slices.SortedFunc(slices.Values(pages), func(a, b eventstore.PageRange) int {
		return bytes.Compare(a.Ledger[:], b.Ledger[:])
	})
	for _, page := range ordered {
		ledgers, from, to = append(ledgers, page.Ledger), append(from, page.From), append(to, page.To)
	}
	return ledgers, from, to
}

// trim removes the old checkpoints of ledgers that have many, however few events they have.
func (r *runner) trim(ctx context.Context, tx pgx.Tx, standings map[uuid.UUID]standing) error {
	batch := &pgx.Batch{}
	for ledger, s := range standings {
		if s.crowded {
			batch.Queue(`
				DELETE FROM tallystick.projection_checkpoints
				WHERE ledger_id = $1 AND projection = $2 AND version = $3 AND from_position < $4`,
				[16]byte(ledger), r.version.projection, r.version.number, s.from)
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, batch).Close()
}
