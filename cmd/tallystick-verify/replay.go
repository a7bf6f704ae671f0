package main

import (
	"crypto/sha256"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
)

// replay verifies a bundle.
type replay struct {
	common
	keyFlags

	Dir            string   `arg:"" help:"Directory of an export of the kind bundle. Where it has a directory tile, as below /v1/audit/tile/, that is compared too." type:"existingdir"`
	Checkpoint     []string `help:"File with a checkpoint that was kept elsewhere; may be given several times." type:"existingfile" placeholder:"FILE"`
	TrustBundleKey bool     `help:"Trust the key that stands in the bundle. It proves that the bundle agrees with itself, and no more."`
}

func (r *replay) verify(v *verdict) error {
	_, err := r.run(v, nil)
	return err
}

// run verifies the bundle, and has each group of events followed.
func (r *replay) run(v *verdict, follow func([]event) error) (*bundle, error) {
	b, err := r.open()
	if err != nil {
		return nil, err
	}
	v.Ledger = b.ledger.String()
	h := &history{verdict: v, ledger: b.ledger, versions: map[string]int64{}, wanted: b.wanted, follow: follow}
	h.tree = (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	if dir := filepath.Join(r.Dir, "tile"); exists(dir) {
		h.tiles = tiles(dir)
	}
	if err := readEvents(filepath.Join(r.Dir, "events.ndjson"), b.ledger, v.progress, h.next); err != nil {
		return b, err
	}
	if err := h.end(); err != nil {
		return b, err
	}
	return b, b.checkManifest(v, r.Dir)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// history follows the events one by one.
type history struct {
	verdict  *verdict
	ledger   uuid.UUID
	versions map[string]int64
	wanted   []wantedCheckpoint // by size
	tree     *compact.Range
	tiles    tiles
	block    []byte // the leaves of the tile that is not full
	last     event
	group    []event
	follow   func([]event) error
}

// hashed is an event with what was recomputed of it.
type hashed struct {
	event

	leaf   [sha256.Size]byte
	same   bool
	erased bool
	err    error
}

// next verifies one event, and the checkpoints that end with it.
func (h *history) next(e *hashed) error {
	v, p := h.verdict, h.last.Position+1
	if e.Position != p {
		return bad(p, whatGap, "position %d follows position %d", e.Position, h.last.Position)
	}
	switch {
	case e.err != nil:
		return e.err
	case !e.same:
		return bad(p, whatLeaf, "the event does not hash to its leaf")
	}
	if err := h.checkOrder(&e.event); err != nil {
		return err
	}
	if e.erased {
		v.Erased = append(v.Erased, p)
	}
	h.versions[e.Stream] = e.Version
	h.last = e.event
	v.Events, v.First, v.Last = p, 1, p
	if err := h.tree.Append(e.leaf[:], nil); err != nil {
		return err
	}
	if err := h.checkTile(e.leaf[:]); err != nil {
		return err
	}
	if err := h.checkCheckpoints(); err != nil {
		return err
	}
	if h.follow == nil {
		return nil
	}
	h.group = append(h.group, e.event)
	if e.Position < e.GroupLast {
		return nil
	}
	err := h.follow(h.group)
	h.group = h.group[:0]
	return err
}

// checkOrder verifies group, version and time against the events before.
func (h *history) checkOrder(e *event) error {
	inGroup := h.last.Position < h.last.GroupLast
	switch {
	case e.GroupLast < e.Position, inGroup && (e.GroupLast != h.last.GroupLast || e.Command != h.last.Command):
		return bad(e.Position, whatGroup, "the event is not of the group that its neighbours are of")
	case e.Version != h.versions[e.Stream]+1:
		return bad(e.Position, whatVersion, "version %d of stream %s follows version %d", e.Version, e.Stream, h.versions[e.Stream])
	case e.RecordedAt.Before(h.last.RecordedAt):
		return bad(e.Position, whatOrder, "the event was recorded before the one in front of it")
	}
	return nil
}

// checkTile compares the leaves with those of the tiles that came along, whenever a tile is full.
func (h *history) checkTile(leaf []byte) error {
	if h.tiles == "" {
		return nil
	}
	h.block = append(h.block, leaf...)
	if len(h.block) < tileWidth*tlog.HashSize {
		return nil
	}
	return h.compareTile()
}

func (h *history) compareTile() error {
	width := len(h.block) / tlog.HashSize
	first := h.verdict.Last - int64(width)
	stored, err := h.tiles.read(0, first/tileWidth, width)
	if err != nil {
		return bad(first+1, whatRoot, "%v", err)
	}
	for i := range width {
		if string(stored[i*tlog.HashSize:(i+1)*tlog.HashSize]) != string(h.block[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return bad(first+int64(i)+1, whatRoot, "the leaf is not the one in the tile")
		}
	}
	h.block = h.block[:0]
	return nil
}

// checkCheckpoints compares the root with the checkpoints that have as many events.
func (h *history) checkCheckpoints() error {
	for len(h.wanted) > 0 && h.wanted[0].N == h.verdict.Last {
		c := h.wanted[0]
		h.wanted = h.wanted[1:]
		root, err := h.tree.GetRootHash(nil)
		if err != nil {
			return err
		}
		if string(root) != string(c.Hash[:]) {
			return bad(h.verdict.Sealed+1, whatRoot, "the events do not give the root that %s has for %d events; up to position %d they are what was sealed, "+
				"so that the first which is not is one of %d to %d", c.from, c.N, h.verdict.Sealed, h.verdict.Sealed+1, c.N)
		}
		h.verdict.Checkpoints++
		h.verdict.Sealed = c.N
	}
	return nil
}

// end verifies what must hold behind the last event.
func (h *history) end() error {
	if h.last.Position < h.last.GroupLast {
		return bad(h.last.Position+1, whatGroup, "the group of the last event goes on to position %d, which is not there", h.last.GroupLast)
	}
	if len(h.wanted) > 0 {
		c := h.wanted[0]
		return bad(h.verdict.Last+1, whatGap, "%s covers %d events, and there are only %d", c.from, c.N, h.verdict.Last)
	}
	if h.tiles != "" && len(h.block) > 0 && h.verdict.Sealed == h.verdict.Last {
		return h.compareTile()
	}
	return nil
}
