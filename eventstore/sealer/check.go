package sealer

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
)

// Bad is the first thing that is not as it was sealed.
type Bad struct {
	Position int64
	Detail   string
}

const (
	checkLeaves      = 1 << 14
	checkCheckpoints = 1_000
)

// Check builds the tree again over the leaf hashes up to a position, and holds it against all tiles and checkpoints. It counts the
// checkpoints.
func Check(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, upTo int64) (checked int64, bad *Bad, err error) {
	log, found, err := Open(ctx, db, ledger)
	if err != nil || !found {
		return 0, nil, err
	}
	verifiers, err := log.verifiers()
	if err != nil {
		return 0, nil, err
	}
	tree, err := audit.NewTree(0, nil)
	for err == nil {
		var page []Checkpoint
		if page, err = log.After(ctx, tree.Size(), checkCheckpoints); err != nil || len(page) == 0 {
			return checked, nil, err
		}
		for _, c := range page {
			if c.Size > upTo {
				return checked, nil, nil
			}
			if bad, err = log.check(ctx, tree, c, verifiers); bad != nil || err != nil {
				return checked, bad, err
			}
			checked++
		}
	}
	return checked, nil, err
}

func (l Log) verifiers() (note.Verifiers, error) {
	var all []note.Verifier
	for _, vkey := range bytes.Fields([]byte(l.Vkeys)) {
		verifier, err := note.NewVerifier(string(vkey))
		if err != nil {
			return nil, fmt.Errorf("the ledger's audit key: %w", err)
		}
		all = append(all, verifier)
	}
	return note.VerifierList(all...), nil
}

// signed reports whether a checkpoint's note says what the database says, under a signature of ours.
func signed(c Checkpoint, verifiers note.Verifiers) bool {
	claimed, err := audit.Claim(c.Note)
	if err != nil || claimed != c.Checkpoint {
		return false
	}
	_, err = note.Open([]byte(c.Note), verifiers)
	return err == nil
}

// check grows the tree to the size of a checkpoint, and compares.
func (l Log) check(ctx context.Context, tree *audit.Tree, c Checkpoint, verifiers note.Verifiers) (*Bad, error) {
	before := tree.Size()
	for tree.Size() < c.Size {
		if bad, err := l.grow(ctx, tree, min(checkLeaves, c.Size-tree.Size())); bad != nil || err != nil {
			return bad, err
		}
	}
	if !signed(c, verifiers) {
		return &Bad{c.Size, fmt.Sprintf("the checkpoint of %d events is not as it was signed", c.Size)}, nil
	}
	root, err := tree.Root()
	if err == nil && root != c.Root {
		return &Bad{before + 1, fmt.Sprintf("the events do not give the root of the checkpoint of %d events, and gave that of %d", c.Size, before)}, nil
	}
	return nil, err
}

// grow adds the leaves of some events, and holds what the tiles gain against those that are stored.
func (l Log) grow(ctx context.Context, tree *audit.Tree, count int64) (*Bad, error) {
	size := tree.Size()
	var found int64
	var leaves []byte
	err := l.db.QueryRow(ctx, `
		SELECT count(*), coalesce(string_agg(leaf_hash, ''::bytea ORDER BY position), ''::bytea)
		FROM tallystick.events
		WHERE ledger_id = $1 AND position > $2 AND position <= $3`, [16]byte(l.ledger), size, size+count).Scan(&found, &leaves)
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", err)
	}
	if found != count {
		return &Bad{size + 1, fmt.Sprintf("of the events from position %d to %d %d are missing", size+1, size+count, count-found)}, nil
	}
	grown := tree.Append(leaves)
	wanted := make([]audit.Tile, len(grown))
	for i, g := range grown {
		wanted[i] = audit.Tile{Level: g.Level, Number: g.Number}
	}
	stored, err := wholeRows(ctx, l.db, l.ledger, l.tree, wanted)
	if err != nil {
		return nil, err
	}
	for i, g := range grown {
		if at, differs := firstDifference(stored[i], g); differs {
			first := (g.Number*audit.TileWidth + int64(g.Had+at)) << (8 * g.Level)
			return &Bad{first + 1, fmt.Sprintf("tile %s is not that of the events", audit.TilePath(audit.Tile{Level: g.Level, Number: g.Number, Width: audit.TileWidth}))}, nil
		}
	}
	return nil, nil
}

// firstDifference finds the first hash of a growth that the stored tile has not.
func firstDifference(stored []byte, g audit.Growth) (at int, differs bool) {
	for at = range len(g.Hashes) / tlog.HashSize {
		begin := (g.Had + at) * tlog.HashSize
		if len(stored) < begin+tlog.HashSize || !bytes.Equal(stored[begin:begin+tlog.HashSize], g.Hashes[at*tlog.HashSize:(at+1)*tlog.HashSize]) {
			return at, true
		}
	}
	return 0, false
}
