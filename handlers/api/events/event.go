package events

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// eventView shows an event with its envelope.
type eventView struct {
	Position    int64           `json:"position"`
	GroupLast   int64           `json:"group_last" doc:"The position of the last event of the same command."`
	ID          string          `json:"id"`
	Stream      string          `json:"stream" example:"seating:acme"`
	Version     int64           `json:"version" doc:"In the stream."`
	Type        string          `json:"type" example:"seating.allocated.v1"`
	Schema      int             `json:"schema"`
	RecordedAt  time.Time       `json:"recorded_at" doc:"By the database's clock."`
	EffectiveAt time.Time       `json:"effective_at" doc:"By the ledger's clock."`
	Actor       string          `json:"actor" doc:"The id of the API key."`
	Command     string          `json:"command"`
	Correlation string          `json:"correlation" doc:"The X-Request-Id of the request."`
	Causation   *string         `json:"causation"`
	Data        jsontext.Value  `json:"data" doc:"The bytes that the leaf hash covers."`
	Private     *jsontext.Value `json:"private" doc:"Personal data; null where there is none, or where it was erased."`
	PrivateHash *string         `json:"private_hash" pattern:"^[0-9a-f]{64}$" doc:"What the leaf hash covers of the private part. It stays when that is erased."`
	PrivateSalt *string         `json:"private_salt" pattern:"^[0-9a-f]{32}$" doc:"Which the private hash is made with. It is erased with the part."`
	LeafHash    string          `json:"leaf_hash" pattern:"^[0-9a-f]{64}$"`
}

func viewEvent(e eventstore.Event) eventView {
	shown := eventView{
		Position: e.Position, GroupLast: e.GroupLast, ID: e.ID.String(), Stream: string(e.Stream), Version: e.Version,
		Type: e.Type, Schema: e.Schema, RecordedAt: e.RecordedAt, EffectiveAt: e.EffectiveAt, Actor: e.Actor,
		Command: e.Command.String(), Correlation: e.Correlation, Causation: endpoint.OrNull(e.Causation), Data: e.Data,
		PrivateHash: endpoint.OrNull(hex.EncodeToString(e.PrivateHash)), PrivateSalt: endpoint.OrNull(hex.EncodeToString(e.PrivateSalt)),
		LeafHash: hex.EncodeToString(e.LeafHash),
	}
	if e.Private != nil {
		shown.Private = new(jsontext.Value(e.Private))
	}
	return shown
}

// Log reads stored events.
type Log struct {
	Codec *eventstore.Codec
	Pool  *pgxpool.Pool
}

// linesPage bounds the events that are read at once, and hence those that are held in memory.
const linesPage = 1_000

func (l Log) listEvents(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[eventView], error) {
	begin, err := beginOf(c)
	if err != nil {
		return endpoint.List[eventView]{}, err
	}
	return endpoint.Page(c, func(after int64, limit int) ([]eventstore.Event, error) {
		return l.Codec.After(ctx, tx, c.Ledger.ID, max(after, begin), filterOf(c), limit)
	}, func(e eventstore.Event) int64 { return e.Position }, viewEvent)
}

// eventLines reads all events up to the tail, page by page, with no transaction open between pages. A limit makes it one page.
func (l Log) eventLines(c *endpoint.Call, tail int64) (endpoint.Lines[eventView], error) {
	after, err := beginOf(c)
	page, limited := linesPage, c.Given("limit")
	if limited {
		page = int(c.Integer("limit", linesPage))
	}
	return func(ctx context.Context) (views []eventView, more bool, err error) {
		events, err := l.Codec.After(ctx, l.Pool, c.Ledger.ID, after, filterOf(c), page)
		for _, e := range events {
			if after = e.Position; after <= tail {
				views = append(views, viewEvent(e))
			}
		}
		return views, !limited && len(events) == page && after < tail, err
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

func (l Log) listStreamEvents(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[eventView], error) {
	return endpoint.Page(c, func(after int64, limit int) ([]eventstore.Event, error) {
		return l.Codec.Stream(ctx, tx, c.Ledger.ID, c.Stream(), after, limit)
	}, func(e eventstore.Event) int64 { return e.Version }, viewEvent)
}

func validType(text string) bool {
	words := strings.Split(strings.TrimSuffix(text, ".*"), ".")
	ok := len(words) <= 9
	for _, word := range words {
		ok = ok && word != "" && len(word) <= 64 && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	}
	return text == "" || ok && text[0] >= 'a' && text[0] <= 'z'
}
