package courier

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// News tells an endpoint of an event. It is thin: the receiver fetches the object.
type News struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp" doc:"When it happened, by the ledger's clock."`
	Data      NewsData  `json:"data"`
}

// NewsData tells which event it is, and what it happened to.
type NewsData struct {
	Event     string     `json:"event" doc:"The id of the event, which is the webhook-id."`
	Workspace *string    `json:"workspace"`
	Sequence  int64      `json:"sequence" doc:"1, 2, 3 … for each endpoint and workspace."`
	Position  int64      `json:"position" doc:"To be sent as Min-Position when the object is fetched."`
	Object    NewsObject `json:"object"`
}

// NewsObject names what something happened to, as it was after that.
type NewsObject struct {
	Type    string  `json:"type"`
	ID      string  `json:"id"`
	Status  *string `json:"status"`
	Version int64   `json:"version" doc:"Of the object's stream."`
}

const (
	objectsKept = 10_000
	streamPage  = 1_000
)

// Writer writes bodies. An event's object is looked up once for all endpoints that hear of it.
type Writer struct {
	codec   *eventstore.Codec
	types   map[string]domain.StreamType
	objects *lru.Cache[objectKey, NewsObject]
}

type objectKey struct {
	ledger   uuid.UUID
	position int64
}

// NewWriter makes a writer that reads events by a codec of these stream types.
func NewWriter(codec *eventstore.Codec, types []domain.StreamType) (*Writer, error) {
	objects, err := lru.New[objectKey, NewsObject](objectsKept)
	if err != nil {
		return nil, fmt.Errorf("make the cache of webhook objects: %w", err)
	}
	w := &Writer{codec: codec, types: map[string]domain.StreamType{}, objects: objects}
	for _, t := range types {
		w.types[t.Name] = t
	}
	return w, nil
}

// Events reads the events that deliveries tell of, by their positions.
func (w *Writer) Events(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, all []webhooks.Delivery) (map[int64]eventstore.Event, error) {
	positions := make([]int64, len(all))
	for i, d := range all {
		positions[i] = d.Position
	}
	found, err := w.codec.At(ctx, db, ledger, positions)
	events := make(map[int64]eventstore.Event, len(found))
	for _, e := range found {
		events[e.Position] = e
	}
	return events, err
}

// Write gives the body of a delivery that tells of an event. It is the same at every attempt.
func (w *Writer) Write(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, d webhooks.Delivery, e eventstore.Event) (News, error) {
	object, err := w.object(ctx, db, ledger, e)
	body := News{Type: d.Type, Timestamp: e.EffectiveAt, Data: NewsData{
		Event: e.ID.String(), Sequence: d.Sequence, Position: d.Position, Object: object,
	}}
	if d.Workspace != "" {
		body.Data.Workspace = &d.Workspace
	}
	return body, err
}

// Marshal gives the body.
func (n News) Marshal() ([]byte, error) { return json.Marshal(n, json.Deterministic(true)) }

// object folds the event's stream up to the event.
func (w *Writer) object(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, e eventstore.Event) (NewsObject, error) {
	key := objectKey{ledger, e.Position}
	if object, ok := w.objects.Get(key); ok {
		return object, nil
	}
	streamType, known := w.types[e.Stream.Type()]
	if !known {
		return NewsObject{}, fmt.Errorf("stream %s is of no declared type", e.Stream)
	}
	state := streamType.Initial
	for version := int64(0); version < e.Version; {
		limit := min(streamPage, int(e.Version-version))
		events, err := w.codec.Stream(ctx, db, ledger, e.Stream, version, limit)
		if err != nil {
			return NewsObject{}, err
		}
		if len(events) == 0 {
			return NewsObject{}, fmt.Errorf("stream %s ends at version %d, and has an event of version %d", e.Stream, version, e.Version)
		}
		for _, event := range events {
			state = streamType.Evolve(state, event.Fact)
		}
		version += int64(len(events))
	}
	object, err := describe(e, state)
	if err == nil {
		object.Version = e.Version
		w.objects.Add(key, object)
	}
	return object, err
}
