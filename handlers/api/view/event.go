package view

import (
	"encoding/hex"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Event shows a stored event with its envelope.
type Event struct {
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
	Private     *jsontext.Value `json:"private" personal:"yes" doc:"Personal data; null where there is none, or where it was erased."`
	PrivateHash *string         `json:"private_hash" pattern:"^[0-9a-f]{64}$" doc:"What the leaf hash covers of the private part. It stays when that is erased."`
	PrivateSalt *string         `json:"private_salt" pattern:"^[0-9a-f]{32}$" doc:"Which the private hash is made with. It is erased with the part."`
	LeafHash    string          `json:"leaf_hash" pattern:"^[0-9a-f]{64}$"`
}

// EventOf shows a stored event.
func EventOf(e eventstore.Event) Event {
	shown := Event{
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
