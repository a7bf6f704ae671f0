package sealer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/audit"
)

// Outside says what is kept of a ledger outside of the database.
type Outside struct {
	Kind  OutsideKind `json:"kind"`
	Name  string      `json:"name"`
	Size  int64       `json:"size"`
	At    time.Time   `json:"at"`
	Note  string      `json:"note,omitempty"`
	Error string      `json:"error,omitempty"`
}

// OutsideKind sorts what keeps a checkpoint outside of the database.
type OutsideKind string

const (
	KindFile    OutsideKind = "file"
	KindWitness OutsideKind = "witness"
)

// OutsideKinds lists all of them.
var OutsideKinds = []OutsideKind{KindFile, KindWitness}

// keptCheckpoint is the checkpoint of an outside copy; its size is 0 where there is none.
type keptCheckpoint struct {
	audit.Checkpoint
	name string
	note string
}

// readFile reads the ledger's outside copy. One of an earlier tree is put aside; one that is not this log's is refused.
func (s *Sealer) readFile(state *sealed) (kept keptCheckpoint, err error) {
	path := s.File(state.ledger)
	kept.name = path
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return kept, nil
	}
	if err != nil {
		return kept, fmt.Errorf("read the outside copy: %w", err)
	}
	kept.note = string(content)
	claimed, _ := audit.Claim(kept.note)
	state.note(Outside{Kind: KindFile, Name: path, Size: claimed.Size, Note: kept.note})
	if kept.Checkpoint, err = s.Keys.Open(kept.note); err != nil {
		if s.earlier(state, claimed.Origin) {
			return keptCheckpoint{name: path}, nil
		}
		return kept, refuse("the outside copy %s is no checkpoint that is signed by the audit key (%v)", path, err)
	}
	switch {
	case kept.Origin == s.origin(state.ledger, state.tree):
		return kept, nil
	case s.earlier(state, kept.Origin):
		return keptCheckpoint{name: path}, nil
	}
	return kept, refuse("the outside copy %s is of the log %s, and this log is %s", path, kept.Origin, s.origin(state.ledger, state.tree))
}

// earlier reports whether an origin is of one of the ledger's trees before this one.
func (s *Sealer) earlier(state *sealed, origin string) bool {
	for tree := 1; tree < state.tree; tree++ {
		if origin == s.origin(state.ledger, tree) {
			return true
		}
	}
	return false
}

// note notes what is kept outside, in place of what was known of it.
func (state *sealed) note(o Outside) {
	for i, known := range state.outside {
		if known.Kind == o.Kind && known.Name == o.Name {
			if o.At.IsZero() {
				o.At = known.At
			}
			state.outside[i] = o
			return
		}
	}
	state.outside = append(state.outside, o)
}

// agrees refuses an outside copy that is not of the history that the tree has.
func agrees(ctx context.Context, tx pgx.Tx, state *sealed, kept keptCheckpoint) error {
	if kept.Size == 0 {
		return nil
	}
	root, err := state.last.RootAt(kept.Size, tilesOf(ctx, tx, state.ledger, state.tree))
	if err != nil {
		return refuse("the tiles do not lead to the root of the checkpoint of %d events: %v", state.last.Size, err)
	}
	if root != kept.Root {
		return refuse("the outside copy %s knows another history of the first %d events", kept.name, kept.Size)
	}
	return nil
}

// publishAgain stores a checkpoint that the outside copy has and the database lost, once the tree has its size again.
func (s *Sealer) publishAgain(ctx context.Context, tx pgx.Tx, state *sealed, tree *audit.Tree, kept keptCheckpoint) error {
	root, err := tree.Root()
	if err != nil {
		return err
	}
	if root != kept.Root {
		return refuse("the outside copy %s knows another history of the first %d events", kept.name, kept.Size)
	}
	return s.insert(ctx, tx, state, Checkpoint{Checkpoint: kept.Checkpoint, SignedAt: s.Now().UTC().Truncate(time.Microsecond), Note: kept.note})
}

// writeFile puts a checkpoint in place of the outside copy, completely or not at all. The copy of an earlier tree stays beside it.
func (s *Sealer) writeFile(state *sealed, c Checkpoint) error {
	path := s.File(state.ledger)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep a checkpoint outside: %w", err)
	}
	if old, err := os.ReadFile(path); err == nil && !strings.HasPrefix(string(old), c.Origin+"\n") {
		if err := os.WriteFile(fmt.Sprintf("%s.before-%d", path, state.tree), old, 0o600); err != nil {
			return fmt.Errorf("keep the last checkpoint of the tree before: %w", err)
		}
	}
	if err := replace(path, c.Note); err != nil {
		return fmt.Errorf("keep a checkpoint outside: %w", err)
	}
	state.note(Outside{Kind: KindFile, Name: path, Size: c.Size, At: c.SignedAt, Note: c.Note})
	return nil
}

// replace writes a file anew and waits until it is on the disk.
func replace(path, content string) (err error) {
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
