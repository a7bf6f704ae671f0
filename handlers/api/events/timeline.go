package events

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/refund"
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
	Invoice  *string   `json:"invoice" example:"INV-000001" doc:"The number of the invoice that it happened to, or whose money it is; null where there is none, and until it has a number."`
}

// entry is an event with the number of its invoice.
type entry struct {
	eventstore.Event
	invoice string
}

func viewTimeline(e entry) timelineView {
	return timelineView{
		Position: e.Position, At: e.EffectiveAt, Text: words.Of(e.Fact), Type: e.Type, Stream: string(e.Stream), Invoice: endpoint.OrNull(e.invoice),
	}
}

// invoiceOf gives the stream of the invoice that an event happened to, or whose money it is. It gives the event's own where there
// is no invoice.
func invoiceOf(event eventstore.Event) domain.Stream {
	id := (*string)(nil)
	switch e := event.Fact.(type) {
	case account.CreditGranted:
		id = e.Invoice
	case account.CreditApplied:
		id = &e.Invoice
	case refund.Created:
		id = e.Invoice
	}
	if id == nil {
		return event.Stream
	}
	return invoice.Stream(*id)
}

// listTimeline finds the positions and the numbers in the read model, and the events in the log.
func (l Log) listTimeline(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[timelineView], error) {
	return endpoint.Page(c, func(before int64, limit int) ([]entry, error) {
		positions, err := projections.ListTimeline(ctx, tx, c.Ledger.ID, c.Workspace(), before, limit)
		if err != nil {
			return nil, err
		}
		events, err := l.Codec.At(ctx, tx, c.Ledger.ID, positions)
		if err != nil {
			return nil, err
		}
		streams := make([]domain.Stream, len(events))
		for i, event := range events {
			streams[i] = invoiceOf(event)
		}
		numbers, err := projections.NumbersOf(ctx, tx, c.Ledger.ID, streams)
		entries := make([]entry, len(events))
		for i, event := range events {
			entries[i] = entry{event, numbers[streams[i]]}
		}
		return entries, err
	}, func(e entry) int64 { return e.Position }, viewTimeline)
}
