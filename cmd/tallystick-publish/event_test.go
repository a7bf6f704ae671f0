package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
)

const line = `{"position":7,"group_last":8,"id":"0192","stream":"seating:acme","version":3,"type":"seating.allocated.v1","schema":1,
"recorded_at":"2026-11-28T01:02:03.000004Z","effective_at":"2027-01-01T00:00:00Z","actor":"k","command":"c","correlation":"r","causation":null,
"data":{"member":"ada","seats": 2},"private":{"name":"Ada"},"private_hash":"ab","private_salt":"cd","leaf_hash":"ef"}`

func decoded(t *testing.T, text string) logged {
	t.Helper()
	var e logged
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestCloudEvent lets the specification's own library read what is published.
func TestCloudEvent(t *testing.T) {
	t.Parallel()
	e := decoded(t, line)
	m, err := e.message("l1")
	if err != nil {
		t.Fatal(err)
	}
	var got cloudevents.Event
	if err := json.Unmarshal(m.Payload, &got); err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	if got.SpecVersion() != "1.0" || got.ID() != "0192" || got.Source() != "/ledgers/l1" || got.Type() != "seating.allocated.v1" ||
		got.Subject() != "seating:acme" || got.Time() != e.EffectiveAt || got.DataContentType() != "application/json" {
		t.Errorf("%s", got)
	}
	if got.Extensions()["position"] != int32(7) || got.Extensions()["version"] != int32(3) {
		t.Errorf("extensions %v", got.Extensions())
	}
	if string(got.Data()) != `{"member":"ada","seats":2}` {
		t.Errorf("data %s", got.Data())
	}
	if m.UUID != "0192" || m.Metadata.Get("content-type") != contentType || strings.Contains(string(m.Payload), "Ada") {
		t.Errorf("%s %v %s", m.UUID, m.Metadata, m.Payload)
	}
	if e.streamType() != "seating" {
		t.Errorf("stream type %q", e.streamType())
	}
}

func TestLargePositions(t *testing.T) {
	t.Parallel()
	for _, position := range []int64{1, math.MaxInt32, math.MaxInt32 + 1, math.MaxInt64} {
		e := decoded(t, line)
		e.Position = position
		m, err := e.message("l1")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := positionOf(m.Payload); err != nil || got != position {
			t.Errorf("%d is read as %d, %v: %s", position, got, err, m.Payload)
		}
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	e := decoded(t, line)
	for filters, want := range map[string]bool{
		"": true, "seating.allocated.v1": true, "seating.*": true, "invoice.*,seating.*": true, "seating.released.v1": false, "seat.*": false,
	} {
		var types []string
		if filters != "" {
			types = strings.Split(filters, ",")
		}
		if got := e.wanted(types); got != want {
			t.Errorf("%q lets it through: %v", filters, got)
		}
	}
}
