package exports

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/export"
)

// Sources hold what exports are read from.
type Sources struct {
	Pool   *pgxpool.Pool
	Engine *engine.Engine
}

// eventsPage bounds the events that are read at once.
const eventsPage = 1_000

// eventParts writes the events up to the position, as GET /v1/events does.
func eventParts(from Sources, ledger eventstore.Ledger, s Spec) ([]export.Part, error) {
	return []export.Part{{
		Name: "events.ndjson",
		Next: func(ctx context.Context, out io.Writer, after string) (next string, rows int64, err error) {
			position, err := positionOf(after)
			if err != nil {
				return "", 0, err
			}
			events, err := eventstore.Stored(ctx, from.Pool, ledger.ID, position, min(position+eventsPage, s.Position))
			if err != nil {
				return "", 0, err
			}
			if want := min(position+eventsPage, s.Position) - position; int64(len(events)) != want {
				return "", 0, fmt.Errorf("the log has no event at position %d; tallystick verify tells more", firstHole(position, events))
			}
			for _, e := range events {
				line, err := json.Marshal(view.EventOf(e), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
				if err != nil {
					return "", 0, fmt.Errorf("event at position %d: %w", e.Position, err)
				}
				if _, err := out.Write(append(line, '\n')); err != nil {
					return "", 0, err
				}
				position = e.Position
			}
			if position < s.Position {
				next = strconv.FormatInt(position, 10)
			}
			return next, int64(len(events)), nil
		},
	}}, nil
}

// firstHole finds the first position behind another that none of the events has.
func firstHole(position int64, events []eventstore.Event) int64 {
	for _, e := range events {
		if e.Position != position+1 {
			break
		}
		position = e.Position
	}
	return position + 1
}

func positionOf(after string) (int64, error) {
	if after == "" {
		return 0, nil
	}
	return strconv.ParseInt(after, 10, 64)
}
