package audit

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// proofView proves that an event is in the ledger's history.
type proofView struct {
	Position   int64    `json:"position"`
	LeafIndex  int64    `json:"leaf_index" doc:"The position less one."`
	Entry      string   `json:"entry" doc:"What is hashed, in base64: leaf = SHA-256(0x00 ‖ entry)."`
	LeafHash   string   `json:"leaf_hash" pattern:"^[0-9a-f]{64}$"`
	Size       int64    `json:"size" doc:"Of the checkpoint's tree."`
	Root       string   `json:"root" doc:"Of the checkpoint's tree, in base64."`
	Hashes     []string `json:"hashes" doc:"By RFC 6962, from the leaf's sibling to the root's child, in base64."`
	Checkpoint string   `json:"checkpoint" doc:"The signed note."`

	proof string // by c2sp.org/tlog-proof
}

const (
	// sealWait is the longest wait for a checkpoint that covers a new event.
	sealWait = 2 * time.Second
	sealPoll = 50 * time.Millisecond
)

// prove proves that the event at a position is in the tree of a size, or else of the newest checkpoint.
func (l Log) prove(c *endpoint.Call) (proofView, error) {
	position, err := strconv.ParseInt(c.Name("position"), 10, 64)
	if err != nil || position < 1 {
		return proofView{}, errNoEvent
	}
	events, err := l.Codec.At(c.Context(), l.Pool, c.Ledger.ID, []int64{position})
	if err != nil {
		return proofView{}, err
	}
	if len(events) == 0 {
		return proofView{}, errNoEvent
	}
	log, checkpoint, err := l.covering(c, position)
	if err != nil {
		return proofView{}, err
	}
	hashes, err := log.Inclusion(c.Context(), checkpoint, position)
	if err != nil {
		return proofView{}, err
	}
	c.Reads(position, position)
	return viewProof(c, events[0], checkpoint, hashes), nil
}

var errNoEvent = domain.NotFound("event_not_found", "the ledger has no event at this position")

func viewProof(c *endpoint.Call, e eventstore.Event, checkpoint sealer.Checkpoint, hashes []tlog.Hash) proofView {
	return proofView{
		Position: e.Position, LeafIndex: e.Position - 1, Entry: base64.StdEncoding.EncodeToString(sealer.Entry(c.Ledger.ID, e)),
		LeafHash: hex.EncodeToString(e.LeafHash), Size: checkpoint.Size, Root: base64.StdEncoding.EncodeToString(checkpoint.Root[:]),
		Hashes: viewHashes(hashes), Checkpoint: checkpoint.Note, proof: audit.FormatProof(e.Position-1, hashes, checkpoint.Note),
	}
}

func viewHashes(hashes []tlog.Hash) []string {
	shown := make([]string, len(hashes))
	for i, hash := range hashes {
		shown[i] = base64.StdEncoding.EncodeToString(hash[:])
	}
	return shown
}

// covering finds the checkpoint of the size that is asked for, or else the newest one, for which it waits a little where that
// does not cover the position.
func (l Log) covering(c *endpoint.Call, position int64) (log sealer.Log, checkpoint sealer.Checkpoint, err error) {
	for deadline := time.Now().Add(sealWait); ; {
		if log, err = l.sealedLog(c); err != nil && !errors.Is(err, errNothing) {
			return log, checkpoint, err
		}
		found := false
		if c.Given("size") {
			return l.asked(c, log, position)
		}
		if err == nil {
			if checkpoint, found, err = log.Newest(c.Context()); err != nil {
				return log, checkpoint, err
			}
		}
		if found && checkpoint.Size >= position {
			return log, checkpoint, nil
		}
		if log.Refusal() != "" || time.Now().After(deadline) {
			return log, checkpoint, endpoint.NotYet("not_sealed_yet", "no checkpoint covers this event yet; GET /v1/audit/status tells why if that lasts")
		}
		select {
		case <-time.After(sealPoll):
		case <-c.Context().Done():
			return log, checkpoint, c.Context().Err()
		}
	}
}

// asked finds the checkpoint of the size that is asked for.
func (Log) asked(c *endpoint.Call, log sealer.Log, position int64) (sealer.Log, sealer.Checkpoint, error) {
	checkpoint, found, err := log.At(c.Context(), c.Integer("size", 0))
	if err == nil && (!found || checkpoint.Size < position) {
		err = sizesInvalid("/size", "size must be of a published checkpoint that covers the position")
	}
	return log, checkpoint, err
}

func sizesInvalid(pointer, detail string) error {
	return domain.InvalidField(pointer, "sizes_invalid", "%s; GET /v1/audit/checkpoints lists all", detail)
}

// consistencyView proves that history was only added to.
type consistencyView struct {
	From           int64    `json:"from"`
	To             int64    `json:"to"`
	Hashes         []string `json:"hashes" doc:"By RFC 6962, in base64."`
	CheckpointFrom string   `json:"checkpoint_from" doc:"The signed note."`
	CheckpointTo   string   `json:"checkpoint_to" doc:"The signed note."`
}

func (l Log) consistency(c *endpoint.Call) (consistencyView, error) {
	log, err := l.sealedLog(c)
	if err != nil && !errors.Is(err, errNothing) {
		return consistencyView{}, err
	}
	shown := consistencyView{From: c.Integer("from", 0), To: c.Integer("to", 0)}
	before, hasBefore, err := log.At(c.Context(), shown.From)
	if err != nil {
		return shown, err
	}
	after, hasAfter, err := log.At(c.Context(), shown.To)
	if err != nil {
		return shown, err
	}
	if !hasBefore || !hasAfter || shown.From > shown.To {
		return shown, sizesInvalid("/from", "from and to must be sizes of published checkpoints, the smaller one first")
	}
	c.Reads(shown.From, shown.To)
	hashes, err := log.Consistency(c.Context(), after, before.Size)
	shown.Hashes, shown.CheckpointFrom, shown.CheckpointTo = viewHashes(hashes), before.Note, after.Note
	return shown, err
}
