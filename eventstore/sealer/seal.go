package sealer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tallystick/tallystick/eventstore/audit"
)

// Refusal says why a ledger is not sealed any further.
type Refusal struct{ Reason string }

// Error gives the reason.
func (r *Refusal) Error() string { return r.Reason }

func refuse(format string, args ...any) error { return &Refusal{Reason: fmt.Sprintf(format, args...)} }

// sealed is the state of a ledger's sealing.
type sealed struct {
	ledger  uuid.UUID
	tree    int
	size    int64 // as audit_seals has it
	refusal string
	outside []Outside
	last    Checkpoint // of the tree; its size is 0 where there is none
}

// Seal signs a checkpoint over a ledger's new events, and reports whether there are more. It does nothing where another process is
// sealing the ledger, or where sealing is refused. It looks at the outside copies even if there is no new event.
func (s *Sealer) Seal(ctx context.Context, ledger uuid.UUID) (more bool, err error) {
	var state sealed
	var before int64
	var free bool
	err = pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		// What is published is never lost, whatever the pool's transactions may be.
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = on`); err != nil {
			return err
		}
		if state, free, err = s.lock(ctx, tx, ledger); err != nil || !free || state.refusal != "" {
			return err
		}
		before = state.last.Size
		// What was begun is undone where sealing is refused.
		err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
			more, err = s.extend(ctx, tx, &state)
			return err
		})
		if refused, is := errors.AsType[*Refusal](err); is {
			state.refusal, state.size, more = refused.Reason, before, false
			s.Log.Error("sealing is refused: the ledger is not what it was", "ledger", ledger.String(), "reason", refused.Reason)
			return state.save(ctx, tx, s.Keys.Verifiers(s.origin(ledger, state.tree)))
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("seal ledger %s: %w", ledger, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if free {
		s.checked[ledger] = state.refusal != ""
		s.events += max(state.size-before, 0)
	}
	return more, nil
}

// lock takes the ledger's row, unless somebody else has it, and reads how far the ledger is sealed.
func (s *Sealer) lock(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) (state sealed, free bool, err error) {
	state.ledger = ledger
	_, err = tx.Exec(ctx, `
		INSERT INTO tallystick.audit_seals (ledger_id, tree, size, vkeys, outside)
		VALUES ($1, 1, 0, $2, '[]')
		ON CONFLICT (ledger_id) DO NOTHING`, [16]byte(ledger), strings.Join(s.Keys.Verifiers(s.origin(ledger, 1)), "\n"))
	if err != nil {
		return state, false, err
	}
	var restarts int
	err = tx.QueryRow(ctx, `
		SELECT s.tree, s.size, coalesce(s.refusal, ''), s.outside, coalesce((
			SELECT e.version
			FROM tallystick.events e
			WHERE e.ledger_id = s.ledger_id AND e.stream = $2 AND e.version > 0
			ORDER BY e.version DESC
			LIMIT 1), 0)
		FROM tallystick.audit_seals s
		WHERE s.ledger_id = $1
		FOR UPDATE SKIP LOCKED`, [16]byte(ledger), restartStream).Scan(&state.tree, &state.size, &state.refusal, &state.outside, &restarts)
	if errors.Is(err, pgx.ErrNoRows) {
		return state, false, nil
	}
	if err != nil {
		return state, false, err
	}
	if restarts >= state.tree {
		state.tree, state.size, state.refusal, state.outside = restarts+1, 0, "", nil
	}
	state.last, _, err = newest(ctx, tx, ledger, state.tree)
	return state, true, err
}

// extend adds the leaves of new events to the tree, compares it with the outside copies, and publishes its checkpoint.
func (s *Sealer) extend(ctx context.Context, tx pgx.Tx, state *sealed) (more bool, err error) {
	tree, err := s.resume(ctx, tx, state)
	if err != nil {
		return false, err
	}
	kept, err := s.readFile(state)
	if err != nil {
		return false, err
	}
	leaves, more, err := newLeaves(ctx, tx, state, max(batchLeaves, kept.Size-tree.Size()))
	if err != nil {
		return false, err
	}
	var grown []audit.Growth
	// What was kept outside and then lost here is made again first.
	if again := kept.Size - tree.Size(); again > 0 {
		if have := int64(len(leaves) / tlog.HashSize); have < again {
			return false, refuse("the outside copy %s knows %d events, and the ledger has only %d", kept.name, kept.Size, tree.Size()+have)
		}
		grown = tree.Append(leaves[:again*tlog.HashSize])
		leaves = leaves[again*tlog.HashSize:]
		if err := s.publishAgain(ctx, tx, state, tree, kept); err != nil {
			return false, err
		}
	} else if err := agrees(ctx, tx, state, kept); err != nil {
		return false, err
	}
	grown = append(grown, tree.Append(leaves)...)
	if len(grown) == 0 {
		return false, nil
	}
	if err := store(ctx, tx, state, grown); err != nil {
		return false, err
	}
	return more, s.publish(ctx, tx, state, tree, more)
}

// resume reads the tree as the last checkpoint left it. It refuses where that is not what was signed.
func (s *Sealer) resume(ctx context.Context, tx pgx.Tx, state *sealed) (*audit.Tree, error) {
	size := state.last.Size
	if size == 0 {
		return audit.NewTree(0, nil)
	}
	signed, err := s.Keys.Open(state.last.Note)
	if err != nil || signed != state.last.Checkpoint {
		return nil, refuse("the checkpoint of %d events is not signed by the audit key, or not as it was signed (%v)", size, err)
	}
	if signed.Origin != s.origin(state.ledger, state.tree) {
		return nil, refuse("the checkpoint of %d events is of the log %s, and this log is %s", size, signed.Origin, s.origin(state.ledger, state.tree))
	}
	edge, err := wholeTiles(ctx, tx, state, audit.EdgeOf(size))
	if err != nil {
		return nil, err
	}
	tree, err := audit.NewTree(size, edge)
	if err != nil {
		return nil, refuse("%v", err)
	}
	if root, err := tree.Root(); err != nil || root != signed.Root {
		return nil, refuse("the tiles do not give the root of the checkpoint of %d events", size)
	}
	return tree, nil
}

// newLeaves reads the leaves of events behind the last checkpoint, and no part of what one command wrote.
func newLeaves(ctx context.Context, tx pgx.Tx, state *sealed, limit int64) (leaves []byte, more bool, err error) {
	size := state.last.Size
	var count, last, whole int64
	err = tx.QueryRow(ctx, `
		SELECT count(*), coalesce(max(p.position), $2), coalesce(max(p.position) FILTER (WHERE p.position = p.group_last), $2),
		       coalesce(string_agg(p.leaf_hash, ''::bytea ORDER BY p.position), ''::bytea)
		FROM (
			SELECT e.position, e.group_last, e.leaf_hash
			FROM tallystick.events e
			WHERE e.ledger_id = $1 AND e.position > $2
			ORDER BY e.position
			LIMIT $3
		) p`, [16]byte(state.ledger), size, limit).Scan(&count, &last, &whole, &leaves)
	if err != nil {
		return nil, false, fmt.Errorf("read leaves: %w", err)
	}
	if last != size+count || len(leaves) != int(count)*tlog.HashSize {
		return nil, false, refuse("of the events behind position %d some are missing, up to position %d", size, last)
	}
	if count == 0 {
		return nil, false, checkTail(ctx, tx, state)
	}
	return leaves[:(whole-size)*tlog.HashSize], count == limit, nil
}

// checkTail refuses where there are fewer events than are sealed.
func checkTail(ctx context.Context, tx pgx.Tx, state *sealed) error {
	if state.last.Size == 0 {
		return nil
	}
	var there bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tallystick.events WHERE ledger_id = $1 AND position = $2)`,
		[16]byte(state.ledger), state.last.Size).Scan(&there)
	if err == nil && !there {
		err = refuse("%d events are sealed, and the last of them is missing", state.last.Size)
	}
	return err
}

// store writes what the tiles gained.
func store(ctx context.Context, tx pgx.Tx, state *sealed, grown []audit.Growth) error {
	batch := &pgx.Batch{}
	for _, g := range grown {
		batch.Queue(`
			INSERT INTO tallystick.audit_tiles AS t (ledger_id, tree, level, number, hashes)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (ledger_id, tree, level, number) DO UPDATE
			SET hashes = t.hashes || excluded.hashes
			WHERE octet_length(t.hashes) = $6`,
			[16]byte(state.ledger), state.tree, g.Level, g.Number, g.Hashes, g.Had*tlog.HashSize)
	}
	results := tx.SendBatch(ctx, batch)
	for _, g := range grown {
		tag, err := results.Exec()
		if err == nil && tag.RowsAffected() != 1 {
			err = refuse("tile %d/%d has more hashes than the last checkpoint covers", g.Level, g.Number)
		}
		if err != nil {
			return errors.Join(err, results.Close())
		}
	}
	return results.Close()
}

// publish signs the tree's checkpoint, keeps it outside, and stores it.
func (s *Sealer) publish(ctx context.Context, tx pgx.Tx, state *sealed, tree *audit.Tree, more bool) error {
	root, err := tree.Root()
	if err != nil {
		return err
	}
	next := Checkpoint{Checkpoint: audit.Checkpoint{Origin: s.origin(state.ledger, state.tree), Size: tree.Size(), Root: root}, SignedAt: s.Now().UTC().Truncate(time.Microsecond)}
	if next.Note, err = s.Keys.Sign(next.Checkpoint); err != nil {
		return err
	}
	if s.Witness != nil {
		if err := s.cosign(ctx, tx, state, &next, more); err != nil {
			return err
		}
	}
	if err := s.writeFile(state, next); err != nil {
		return err
	}
	return s.insert(ctx, tx, state, next)
}

// insert stores a checkpoint.
func (s *Sealer) insert(ctx context.Context, tx pgx.Tx, state *sealed, c Checkpoint) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tallystick.audit_checkpoints (ledger_id, tree, size, root, signed_at, note, previous)
		SELECT $1, $2, $3, $4, $5, $6, coalesce(max(b.size), 0)
		FROM tallystick.audit_checkpoints b
		WHERE b.ledger_id = $1 AND b.tree = $2 AND b.size < $3`, [16]byte(state.ledger), state.tree, c.Size, c.Root[:], c.SignedAt, c.Note)
	if err != nil {
		return err
	}
	state.size = c.Size
	return state.save(ctx, tx, s.Keys.Verifiers(c.Origin))
}

// save writes the ledger's row.
func (state *sealed) save(ctx context.Context, tx pgx.Tx, vkeys []string) error {
	_, err := tx.Exec(ctx, `
		UPDATE tallystick.audit_seals
		SET tree = $2, size = $3, refusal = nullif($4, ''), outside = $5, vkeys = $6
		WHERE ledger_id = $1`, [16]byte(state.ledger), state.tree, state.size, state.refusal, state.outside, strings.Join(vkeys, "\n"))
	return err
}
