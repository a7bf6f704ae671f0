package events

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Log reads stored events.
type Log struct {
	Codec *eventstore.Codec
	Pool  *pgxpool.Pool
}

// linesPage bounds the events that are read at once, and hence those that are held in memory.
const linesPage = 1_000

func (l Log) listEvents(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[view.Event], error) {
	begin, err := beginOf(c)
	if err != nil {
		return endpoint.List[view.Event]{}, err
	}
	return endpoint.Page(c, func(after int64, limit int) ([]eventstore.Event, error) {
		return l.Codec.After(ctx, tx, c.Ledger.ID, max(after, begin), filterOf(c), limit)
	}, func(e eventstore.Event) int64 { return e.Position }, reading(c))
}

// reading shows events, and records those whose private part is there.
func reading(c *endpoint.Call) func(eventstore.Event) view.Event {
	return func(e eventstore.Event) view.Event {
		if e.Private != nil {
			c.Reads(e.Position, e.Position)
		}
		return view.EventOf(e)
	}
}

// eventLines reads all events up to the tail, page by page, with no transaction open between pages. A limit makes it one page.
// Who follows gets each time what is there by then.
func (l Log) eventLines(c *endpoint.Call, tail int64) (endpoint.Lines[view.Event], error) {
	after, err := beginOf(c)
	page, limited := linesPage, c.Given("limit")
	if limited {
		page = int(c.Integer("limit", linesPage))
	}
	return func(ctx context.Context) (views []view.Event, more bool, err error) {
		if c.Following() {
			if tail, err = eventstore.Tail(ctx, l.Pool, c.Ledger.ID); err != nil || tail <= after {
				return nil, false, err
			}
		}
		events, err := l.Codec.After(ctx, l.Pool, c.Ledger.ID, after, filterOf(c), page)
		last := tail
		if limited && len(events) > 0 {
			last = min(tail, events[len(events)-1].Position)
		}
		for _, e := range events {
			if after = e.Position; after <= tail {
				views = append(views, view.EventOf(e))
			}
			if e.Private != nil && after <= tail {
				// One record is of all that the answer shows of what there is by now.
				c.Reads(after, last)
			}
		}
		more = !limited && len(events) == page && after < tail
		if err == nil && !more {
			after = tail // where a filter lets little through, the rest need not be looked at again
		}
		return views, more, err
	}, err
}

// beginOf gives the position behind which a list of events begins. A cursor says so by itself.
func beginOf(c *endpoint.Call) (int64, error) {
	if c.Given("after") && c.Given("cursor") {
		return 0, endpoint.ParameterInvalid("after and cursor can't go together: the cursor says where the page begins")
	}
	after, err := endpoint.After[int64](c)
	return max(after, c.Integer("after", 0)), err
}

func filterOf(c *endpoint.Call) eventstore.Filter {
	return eventstore.Filter{Stream: domain.Stream(c.Parameter("stream")), Type: c.Parameter("type")}
}

func (l Log) listStreamEvents(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[view.Event], error) {
	return endpoint.Page(c, func(after int64, limit int) ([]eventstore.Event, error) {
		return l.Codec.Stream(ctx, tx, c.Ledger.ID, c.Stream(), after, limit)
	}, func(e eventstore.Event) int64 { return e.Version }, reading(c))
}

func validType(text string) bool {
	words := strings.Split(strings.TrimSuffix(text, ".*"), ".")
	ok := len(words) <= 9
	for _, word := range words {
		ok = ok && word != "" && len(word) <= 64 && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	}
	return text == "" || ok && text[0] >= 'a' && text[0] <= 'z'
}
