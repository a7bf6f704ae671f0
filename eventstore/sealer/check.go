package sealer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
)

// Bad is the first thing that is not as it was sealed.
type Bad struct {
	Position int64 // 0 where it is of no position
	Detail   string
}

// Kept is a checkpoint that somebody kept outside of the database.
type Kept struct{ Name, Note string }

const (
	checkLeaves      = 1 << 14
	checkCheckpoints = 1_000
)

// Check builds the tree again over the leaf hashes up to a position, and holds it against all tiles, all checkpoints, and those that
// were kept elsewhere. It counts the checkpoints. What the database says of itself a superuser can make agree; what was kept it can't.
func Check(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, upTo int64, kept ...Kept) (checked int64, bad *Bad, err error) {
	c := &checking{upTo: upTo}
	if c.log, _, err = Open(ctx, db, ledger); err != nil {
		return 0, nil, err
	}
	if c.tail, err = eventstore.Tail(ctx, db, ledger); err != nil {
		return 0, nil, err
	}
	newest, _, err := c.log.Newest(ctx)
	if err != nil {
		return 0, nil, err
	}
	c.newest = newest.Size
	if c.verifiers, err = c.log.verifiers(); err != nil {
		return 0, &Bad{Detail: err.Error()}, nil //nolint:nilerr // that is what was found
	}
	if c.tree, err = audit.NewTree(0, nil); err != nil {
		return 0, nil, err
	}
	if bad := c.takeKept(kept); bad != nil {
		return 0, bad, nil
	}
	bad, err = c.all(ctx)
	if bad == nil && err == nil {
		bad, err = c.surplus(ctx)
	}
	return c.checked, bad, err
}

// checking is one check under way.
type checking struct {
	log       Log
	verifiers note.Verifiers
	upTo      int64
	tail      int64
	newest    int64 // size that was published last
	tree      *audit.Tree
	kept      []keptCheckpoint // by size
	last      int64            // size of the published one before
	checked   int64
}

// takeKept reads what was kept elsewhere.
func (c *checking) takeKept(all []Kept) *Bad {
	for _, k := range all {
		claimed, err := audit.Claim(k.Note)
		if err != nil {
			return &Bad{0, fmt.Sprintf("%s holds no checkpoint: %v", k.Name, err)}
		}
		if !slices.Contains(strings.Split(claimed.Origin, "/"), c.log.ledger.String()) {
			return &Bad{0, fmt.Sprintf("%s holds a checkpoint of %s, which is another ledger's", k.Name, claimed.Origin)}
		}
		c.kept = append(c.kept, keptCheckpoint{Checkpoint: claimed, name: k.Name, note: k.Note})
	}
	slices.SortStableFunc(c.kept, func(a, b keptCheckpoint) int { return cmp.Compare(a.Size, b.Size) })
	return nil
}

// all goes through all checkpoints by size, those that were kept elsewhere among those that were published.
func (c *checking) all(ctx context.Context) (*Bad, error) {
	for {
		page, err := c.log.After(ctx, c.tree.Size(), checkCheckpoints)
		if err != nil {
			return nil, err
		}
		for _, published := range page {
			if bad, err := c.keptBelow(ctx, published.Size); bad != nil || err != nil {
				return bad, err
			}
			if published.Size > c.upTo {
				return c.beyond(published.Size, "the database"), nil
			}
			if bad, err := c.published(ctx, published); bad != nil || err != nil {
				return bad, err
			}
			c.checked++
		}
		if len(page) == 0 {
			return c.keptBelow(ctx, c.tail+1)
		}
	}
}

// keptBelow compares those that were kept elsewhere, up to the next one that was published.
func (c *checking) keptBelow(ctx context.Context, next int64) (*Bad, error) {
	for len(c.kept) > 0 {
		k := c.kept[0]
		if k.Size >= next && next <= c.tail {
			return nil, nil // it is compared after that one
		}
		if k.Size > c.upTo {
			return c.beyond(k.Size, k.name), nil
		}
		c.kept = c.kept[1:]
		before := c.tree.Size()
		if bad, err := c.growTo(ctx, k.Size); bad != nil || err != nil {
			return bad, err
		}
		root, err := c.tree.Root()
		switch {
		case err != nil:
			return nil, err
		case root != k.Root:
			return &Bad{min(before+1, k.Size), fmt.Sprintf("the events do not give the root that %s has for %d events", k.name, k.Size)}, nil
		case k.Origin != c.log.origin():
			continue // it is of a tree before this one
		case k.Size < c.newest && before < k.Size:
			return &Bad{k.Size, fmt.Sprintf("the checkpoint of %d events in %s was published, and is not there any more", k.Size, k.name)}, nil
		}
		if _, err := note.Open([]byte(k.note), c.verifiers); err != nil {
			return &Bad{k.Size, fmt.Sprintf("the keys that the database has did not sign the checkpoint of %d events in %s", k.Size, k.name)}, nil //nolint:nilerr // it is what was found
		}
	}
	return nil, nil
}

// beyond tells what a checkpoint means that covers more than is looked at.
func (c *checking) beyond(size int64, name string) *Bad {
	if size <= c.tail {
		return nil
	}
	return &Bad{c.tail + 1, fmt.Sprintf("%s has a checkpoint of %d events, and there are only %d", name, size, c.tail)}
}

// origin gives the name under which the database's keys verify, "" where it has none.
func (l Log) origin() string {
	name, _, _ := strings.Cut(l.Vkeys, "+")
	return name
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

// published grows the tree to the size of a checkpoint, and compares.
func (c *checking) published(ctx context.Context, p Checkpoint) (*Bad, error) {
	before := c.tree.Size()
	if last := c.last; p.previous != nil && *p.previous != last {
		return &Bad{min(*p.previous, p.Size), fmt.Sprintf("the checkpoint of %d events follows that of %d, and was signed after that of %d", p.Size, last, *p.previous)}, nil
	}
	c.last = p.Size
	if bad, err := c.growTo(ctx, p.Size); bad != nil || err != nil {
		return bad, err
	}
	if !signed(p, c.verifiers) {
		return &Bad{p.Size, fmt.Sprintf("the checkpoint of %d events is not as it was signed", p.Size)}, nil
	}
	root, err := c.tree.Root()
	if err == nil && root != p.Root {
		return &Bad{before + 1, fmt.Sprintf("the events do not give the root of the checkpoint of %d events, and gave that of %d", p.Size, before)}, nil
	}
	return nil, err
}

func (c *checking) growTo(ctx context.Context, size int64) (*Bad, error) {
	for c.tree.Size() < size {
		// Tiles end with the newest checkpoint.
		end := size
		if c.tree.Size() < c.newest {
			end = min(end, c.newest)
		}
		if bad, err := c.grow(ctx, min(checkLeaves, end-c.tree.Size())); bad != nil || err != nil {
			return bad, err
		}
	}
	return nil, nil
}

// grow adds the leaves of some events, and holds what the tiles gain against those that are stored.
func (c *checking) grow(ctx context.Context, count int64) (*Bad, error) {
	size, l := c.tree.Size(), c.log
	var found, missing int64
	var leaves []byte
	err := l.db.QueryRow(ctx, `
		SELECT count(*), coalesce(string_agg(e.leaf_hash, ''::bytea ORDER BY e.position), ''::bytea),
		       coalesce(min(e.n) FILTER (WHERE e.position <> e.n), $2 + count(*) + 1)
		FROM (
			SELECT e.position, e.leaf_hash, $2 + row_number() OVER (ORDER BY e.position) AS n
			FROM tallystick.events e
			WHERE e.ledger_id = $1 AND e.position > $2 AND e.position <= $3
		) e`, [16]byte(l.ledger), size, size+count).Scan(&found, &leaves, &missing)
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", err)
	}
	if found != count || int64(len(leaves)) != count*tlog.HashSize {
		return &Bad{missing, fmt.Sprintf("of the events from position %d to %d %d are missing, or have no leaf", size+1, size+count, count-found)}, nil
	}
	grown := c.tree.Append(leaves)
	if size >= c.newest {
		return nil, nil
	}
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

// surplus looks for tiles, checkpoints and trees of which the newest checkpoint knows nothing.
func (c *checking) surplus(ctx context.Context) (*Bad, error) {
	l := c.log
	var level, tree int
	var number, hashes int64
	err := l.db.QueryRow(ctx, `
		SELECT t.level, t.number, octet_length(t.hashes) / 32
		FROM tallystick.audit_tiles t
		WHERE t.ledger_id = $1 AND t.tree = $2
		  AND octet_length(t.hashes) <> 32 * greatest(0, least(256, ($3::bigint >> (8 * t.level::int)) - 256 * t.number))
		ORDER BY (t.number + 1) << (8 * t.level::int), t.level
		LIMIT 1`, [16]byte(l.ledger), l.tree, c.newest).Scan(&level, &number, &hashes)
	if err == nil {
		return &Bad{c.newest + 1, fmt.Sprintf("tile %d/%d has %d hashes, which is not what the newest checkpoint, of %d events, covers", level, number, hashes, c.newest)}, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("look for tiles: %w", err)
	}
	if err := l.db.QueryRow(ctx, `
		SELECT greatest(coalesce(max(c.tree), 0), $2), 1 + (SELECT count(*) FROM tallystick.events e WHERE e.ledger_id = $1 AND e.stream = $3)
		FROM tallystick.audit_checkpoints c
		WHERE c.ledger_id = $1`, [16]byte(l.ledger), l.tree, restartStream).Scan(&tree, &number); err != nil {
		return nil, fmt.Errorf("look for trees: %w", err)
	}
	switch {
	case int64(tree) > number:
		return &Bad{1, fmt.Sprintf("there is a tree %d, and the audit was begun %d times", tree, number)}, nil
	case l.seal.size != c.newest:
		return &Bad{min(l.seal.size, c.newest) + 1, fmt.Sprintf("%d events are sealed by the database's own account, and %d by the newest checkpoint", l.seal.size, c.newest)}, nil
	}
	return nil, nil
}
