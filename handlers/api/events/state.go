package events

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// StateView shows what a stream's events add up to.
type StateView struct {
	Stream  string          `json:"stream" example:"subscription:acme"`
	Version int64           `json:"version" doc:"How many of its events count; 0 for none."`
	AsOf    view.Cut        `json:"as_of"`
	State   *jsontext.Value `json:"state" personal:"yes" doc:"As the rules of its type see it; null where nothing had happened in it. A release may show more."`
}

// getState folds the stream as of the time or position that is asked for.
func (l Log) getState(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (StateView, error) {
	tail, err := eventstore.Tail(ctx, tx, c.Ledger.ID)
	if err != nil {
		return StateView{}, err
	}
	cut, err := c.Cut(ctx, tx, tail)
	if err != nil {
		return StateView{}, err
	}
	if l.Codec.HasPrivate(c.Stream()) {
		c.Reads(1, max(cut.Position, 1))
	}
	return l.StateAt(ctx, tx, c.Ledger, c.Stream(), cut)
}

// StateAt shows what a stream's events up to a cut add up to.
func (l Log) StateAt(ctx context.Context, db eventstore.Querier, ledger eventstore.Ledger, stream domain.Stream, cut eventstore.Cut) (StateView, error) {
	shown := StateView{Stream: string(stream), AsOf: view.CutOf(cut)}
	if !l.Codec.HasStreamType(stream) {
		return shown, domain.NotFound("stream_not_found", "there are no streams of the type %s", stream.Type())
	}
	state, version, err := l.Codec.StateAt(ctx, db, ledger.ID, stream, cut.Position)
	if err != nil || version == 0 {
		return shown, err
	}
	body, err := json.Marshal(state, json.Deterministic(true))
	if err != nil {
		return shown, fmt.Errorf("show the state of %s: %w", stream, err)
	}
	shown.Version, shown.State = version, new(jsontext.Value(body))
	return shown, nil
}
