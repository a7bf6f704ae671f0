package events

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/words"
	"github.com/tallystick/tallystick/projections"
)

// timelineView shows one thing that happened in a workspace.
type timelineView struct {
	Position int64     `json:"position" doc:"Of the event."`
	At       time.Time `json:"at" doc:"By the ledger's clock."`
	Text     string    `json:"text" example:"ada got a seat as admin" doc:"In words that may be worded better; a program goes by the type."`
	Type     string    `json:"type" example:"seating.allocated.v1"`
	Stream   string    `json:"stream" example:"seating:acme" doc:"What it happened to."`
}

func viewTimeline(e eventstore.Event) timelineView {
	return timelineView{Position: e.Position, At: e.EffectiveAt, Text: words.Of(e.Fact), Type: e.Type, Stream: string(e.Stream)}
}

// listTimeline finds the positions in the read model and the events in the log.
func (l Log) listTimeline(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[timelineView], error) {
	return endpoint.Page(c, func(before int64, limit int) ([]eventstore.Event, error) {
		positions, err := projections.ListTimeline(ctx, tx, c.Ledger.ID, c.Workspace(), before, limit)
		if err != nil {
			return nil, err
		}
		return l.Codec.At(ctx, tx, c.Ledger.ID, positions)
	}, func(e eventstore.Event) int64 { return e.Position }, viewTimeline)
}
