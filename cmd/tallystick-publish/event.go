package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	cloudevents "github.com/cloudevents/sdk-go/v2/event"
)

// contentType of a CloudEvent in structured JSON, as the bindings to NATS and Kafka want it in a header.
const contentType = "application/cloudevents+json; charset=UTF-8"

// logged is an event of the log as the server sends it. Its private part is not read.
type logged struct {
	Position    int64           `json:"position"`
	ID          string          `json:"id"`
	Stream      string          `json:"stream"`
	Version     int64           `json:"version"`
	Type        string          `json:"type"`
	EffectiveAt time.Time       `json:"effective_at"`
	Data        json.RawMessage `json:"data"`
}

// streamType tells what kind of stream the event belongs to: subscription of subscription:acme.
func (e logged) streamType() string {
	kind, _, _ := strings.Cut(e.Stream, ":")
	return kind
}

// wanted reports whether some filter lets the event through; no filter lets all through.
func (e logged) wanted(types []string) bool {
	for _, filter := range types {
		beginning, open := strings.CutSuffix(filter, "*")
		if e.Type == filter || open && strings.HasPrefix(e.Type, beginning) {
			return true
		}
	}
	return len(types) == 0
}

// message makes the CloudEvent of an event of a ledger: its time is when it took effect, by the ledger's clock.
func (e logged) message(ledger string) (*message.Message, error) {
	event := cloudevents.New(cloudevents.CloudEventsVersionV1)
	event.SetID(e.ID)
	event.SetSource("/ledgers/" + ledger)
	event.SetType(e.Type)
	event.SetSubject(e.Stream)
	event.SetTime(e.EffectiveAt)
	event.SetExtension("position", integer(e.Position))
	event.SetExtension("version", integer(e.Version))
	if err := event.SetData(cloudevents.ApplicationJSON, e.Data); err != nil {
		return nil, fmt.Errorf("event %d: %w", e.Position, err)
	}
	body, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("event %d: %w", e.Position, err)
	}
	m := message.NewMessage(e.ID, body)
	m.Metadata.Set("content-type", contentType)
	return m, nil
}

// integer gives a number as an attribute. Integers of CloudEvents have 32 bits; a larger number is written as its digits, which
// is the string form that the specification gives to integers.
func integer(n int64) any {
	if n <= math.MaxInt32 {
		return int32(n)
	}
	return strconv.FormatInt(n, 10)
}

// positionOf reads the position of an event that was published.
func positionOf(body []byte) (int64, error) {
	var published struct {
		Position json.RawMessage `json:"position"`
	}
	if err := json.Unmarshal(body, &published); err != nil {
		return 0, fmt.Errorf("a published event does not decode: %w", err)
	}
	position, err := strconv.ParseInt(strings.Trim(string(published.Position), `"`), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a published event has no position: %w", err)
	}
	return position, nil
}
