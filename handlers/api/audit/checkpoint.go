package audit

import (
	"context"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Log reads what is sealed.
type Log struct {
	Codec *eventstore.Codec
	Pool  *pgxpool.Pool
}

// sealedLog finds the log of the call's ledger.
func (l Log) sealedLog(c *endpoint.Call) (sealer.Log, error) {
	found, sealed, err := sealer.Open(c.Context(), l.Pool, c.Ledger.ID)
	if err == nil && !sealed {
		err = errNothing
	}
	return found, err
}

var (
	errNothing      = domain.NotFound("checkpoint_not_found", "nothing of the ledger is sealed")
	errNoCheckpoint = domain.NotFound("checkpoint_not_found", "there is no checkpoint of this size; GET /v1/audit/checkpoints lists all")
)

func (l Log) newest(c *endpoint.Call) ([]byte, error) {
	log, err := l.sealedLog(c)
	if err != nil {
		return nil, err
	}
	newest, found, err := log.Newest(c.Context())
	if err == nil && !found {
		err = errNothing
	}
	return []byte(newest.Note), err
}

func (l Log) ofSize(c *endpoint.Call) ([]byte, error) {
	log, err := l.sealedLog(c)
	if err != nil {
		return nil, err
	}
	size, err := strconv.ParseInt(c.Name("size"), 10, 64)
	if err != nil {
		return nil, errNoCheckpoint
	}
	checkpoint, found, err := log.At(c.Context(), size)
	if err == nil && !found {
		err = errNoCheckpoint
	}
	return []byte(checkpoint.Note), err
}

func (l Log) key(c *endpoint.Call) ([]byte, error) {
	log, err := l.sealedLog(c)
	return []byte(log.Vkeys + "\n"), err
}

// checkpointView shows a checkpoint.
type checkpointView struct {
	Size     int64     `json:"size"`
	Root     string    `json:"root" doc:"In base64."`
	SignedAt time.Time `json:"signed_at" doc:"By the system's clock."`
	Note     string    `json:"note" doc:"As it was signed, by c2sp.org/tlog-checkpoint."`
}

func viewCheckpoint(c sealer.Checkpoint) checkpointView {
	return checkpointView{Size: c.Size, Root: base64.StdEncoding.EncodeToString(c.Root[:]), SignedAt: c.SignedAt, Note: c.Note}
}

func (Log) list(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[checkpointView], error) {
	log, _, err := sealer.Open(ctx, tx, c.Ledger.ID)
	if err != nil {
		return endpoint.List[checkpointView]{}, err
	}
	begin := c.Integer("after", 0)
	return endpoint.Page(c, func(after int64, limit int) ([]sealer.Checkpoint, error) {
		return log.After(ctx, max(after, begin), limit)
	}, func(c sealer.Checkpoint) int64 { return c.Size }, viewCheckpoint)
}

// State says whether the sealer signs.
type State string

const (
	StateSealing  State = "sealing"
	StateRefusing State = "refusing"
	StateOff      State = "off"
)

// States lists all of them.
var States = []State{StateSealing, StateRefusing, StateOff}

// statusView shows how far a ledger is sealed.
type statusView struct {
	State    State         `json:"state" doc:"off: nobody seals, as where no server has a key to sign with. refusing: the ledger is not what it was."`
	Reason   *string       `json:"reason" doc:"Why it refuses."`
	Size     int64         `json:"size" doc:"How many events are sealed."`
	Position int64         `json:"position" doc:"The newest event."`
	Lag      int64         `json:"lag" doc:"How many events are not sealed."`
	SignedAt *time.Time    `json:"signed_at" doc:"By the system's clock."`
	Outside  []outsideView `json:"outside" doc:"What is kept outside of the database."`
}

type outsideView struct {
	Kind  sealer.OutsideKind `json:"kind"`
	Name  string             `json:"name" doc:"The file, or the witness."`
	Size  int64              `json:"size" doc:"How many events its checkpoint covers."`
	At    *time.Time         `json:"at" doc:"By the system's clock."`
	Error *string            `json:"error" doc:"Why it was not reached last."`
}

func (Log) status(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (statusView, error) {
	shown := statusView{State: StateOff, Outside: []outsideView{}}
	var err error
	if shown.Position, err = eventstore.Tail(ctx, tx, c.Ledger.ID); err != nil {
		return shown, err
	}
	log, found, err := sealer.Open(ctx, tx, c.Ledger.ID)
	if err != nil {
		return shown, err
	}
	if found {
		newest, signed, err := log.Newest(ctx)
		if err != nil {
			return shown, err
		}
		if signed {
			shown.Size, shown.SignedAt = newest.Size, &newest.SignedAt
		}
	}
	shown.Lag = max(shown.Position-shown.Size, 0)
	shown.Reason = endpoint.OrNull(log.Refusal())
	switch {
	case shown.Reason != nil:
		shown.State = StateRefusing
	case found:
		idle, err := log.Idle(ctx)
		if err != nil {
			return shown, err
		}
		if !idle {
			shown.State = StateSealing
		}
	}
	for _, o := range log.Outside() {
		view := outsideView{Kind: o.Kind, Name: o.Name, Size: o.Size, Error: endpoint.OrNull(o.Error)}
		if !o.At.IsZero() {
			view.At = new(o.At.UTC())
		}
		shown.Outside = append(shown.Outside, view)
	}
	return shown, nil
}

// tile gives the hashes of a tile, or the entries of one.
func (l Log) tile(c *endpoint.Call) ([]byte, error) {
	number, width, ok := audit.ParseNumberPath(c.Name(endpoint.NameTile))
	if !ok {
		return nil, errNoTile
	}
	log, found, err := sealer.Open(c.Context(), l.Pool, c.Ledger.ID)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errNoTile
	}
	if c.Name("level") == levelEntries {
		return l.entries(c, log, number, width)
	}
	level, err := strconv.Atoi(c.Name("level"))
	if err != nil || level < 0 || level > levelMax || strconv.Itoa(level) != c.Name("level") {
		return nil, errNoTile
	}
	tiles, err := log.Tiles(c.Context(), audit.Tile{Level: level, Number: number, Width: width})
	if err != nil {
		return nil, err
	}
	if tiles[0] == nil {
		return nil, errNoTile
	}
	return tiles[0], nil
}

const (
	levelEntries = "entries"
	levelMax     = 63
)

var errNoTile = domain.NotFound("tile_not_found", "the log has no such tile")

// entries gives what is hashed to the leaves of a tile, as the events stand now.
func (l Log) entries(c *endpoint.Call, log sealer.Log, number int64, width int) ([]byte, error) {
	newest, found, err := log.Newest(c.Context())
	if err != nil {
		return nil, err
	}
	if !found || number > newest.Size || number*audit.TileWidth+int64(width) > newest.Size {
		return nil, errNoTile
	}
	events, err := l.Codec.After(c.Context(), l.Pool, c.Ledger.ID, number*audit.TileWidth, eventstore.Filter{}, width)
	return sealer.Bundle(c.Ledger.ID, events), err
}
