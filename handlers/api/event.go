package api

import (
	"encoding/hex"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// eventView is an event with its envelope.
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
	view := eventView{
		Position: e.Position, GroupLast: e.GroupLast, ID: e.ID.String(), Stream: string(e.Stream), Version: e.Version,
		Type: e.Type, Schema: e.Schema, RecordedAt: e.RecordedAt, EffectiveAt: e.EffectiveAt, Actor: e.Actor,
		Command: e.Command.String(), Correlation: e.Correlation, Causation: given(e.Causation), Data: e.Data,
		PrivateHash: given(hex.EncodeToString(e.PrivateHash)), PrivateSalt: given(hex.EncodeToString(e.PrivateSalt)),
		LeafHash: hex.EncodeToString(e.LeafHash),
	}
	if e.Private != nil {
		view.Private = new(jsontext.Value(e.Private))
	}
	return view
}

const (
	parameterAfter  = "after"
	parameterStream = "stream"
	parameterType   = "type"
)

func eventRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/v1/events", id: "list-events", tag: tagAudit, roles: roleReaders,
			summary: "The ledger's events in order", status: http.StatusOK, answer: reflect.TypeFor[list[eventView]](),
			answerAs: typeNDJSON, kind: kindQuery, positioned: true, handle: (*Server).listEvents,
			text: "With Accept: application/x-ndjson all of them, one a line, up to the newest one when the request came.",
			parameters: listParameters(
				parameter{name: parameterAfter, text: "Only events behind this position.", integer: true, high: 1<<63 - 1},
				parameter{name: parameterStream, text: "Only this stream's.", pattern: streamPattern, valid: filterStream, must: "a stream, such as seating:acme"},
				parameter{name: parameterType, text: "Only this type, or with .* at the end all that begin so.", pattern: typePattern, valid: filterType, must: "a type of event, such as seating.allocated.v1, or the beginning of one and .*"},
			),
		},
		{
			method: http.MethodGet, path: "/v1/streams/{stream}/events", id: "list-stream-events", tag: tagAudit, roles: roleReaders,
			summary: "One stream's events in order", status: http.StatusOK, answer: reflect.TypeFor[list[eventView]](),
			kind: kindQuery, positioned: true, handle: (*Server).listStreamEvents, parameters: listParameters(),
			text: "A stream in which nothing was ever done is empty.",
		},
	}
}

// listEvents shows one page, or streams all pages.
func (s *Server) listEvents(c *call) error {
	tail, err := s.tail(c)
	if err != nil {
		return err
	}
	filter := eventstore.Filter{Stream: domain.Stream(c.query.Get(parameterStream)), Type: c.query.Get(parameterType)}
	after, err := c.after()
	if err != nil {
		return err
	}
	c.header(unversioned, tail)
	if wantsNDJSON(c.http.Request().Header) {
		return s.streamEvents(c, filter, after, tail)
	}
	events, err := s.codec.After(c.ctx, s.pool, c.ledger.ID, after, filter, c.limit()+1)
	if err != nil {
		return err
	}
	return c.sendEvents(upTo(events, tail), func(e eventstore.Event) int64 { return e.Position })
}

// after is the position behind which the page begins. A cursor says so by itself.
func (c *call) after() (int64, error) {
	if c.query.Has(parameterAfter) && c.query.Has(parameterCursor.name) {
		return 0, malformed(codeParameterInvalid, "after and cursor can't go together: the cursor says where the page begins")
	}
	key, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil || key == "" {
		return c.integer(parameterAfter, 0), err
	}
	return strconv.ParseInt(key, 10, 64)
}

func (s *Server) listStreamEvents(c *call) error {
	tail, err := s.tail(c)
	if err != nil {
		return err
	}
	key, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil {
		return err
	}
	// A cursor of ours holds the number that it was made of.
	version, _ := strconv.ParseInt(key, 10, 64)
	events, err := s.codec.Stream(c.ctx, s.pool, c.ledger.ID, domain.Stream(c.names[nameStream]), version, c.limit()+1)
	if err != nil {
		return err
	}
	c.header(unversioned, tail)
	return c.sendEvents(upTo(events, tail), func(e eventstore.Event) int64 { return e.Version })
}

// upTo leaves out what was appended after the tail was read, so that the page is of the position that it names.
func upTo(events []eventstore.Event, tail int64) []eventstore.Event {
	for n := len(events); n > 0 && events[n-1].Position > tail; n-- {
		events = events[:n-1]
	}
	return events
}

func (c *call) sendEvents(events []eventstore.Event, key func(eventstore.Event) int64) error {
	text := func(e eventstore.Event) string { return strconv.FormatInt(key(e), 10) }
	return c.send(c.route.status, "application/json", marshal(pageOf(c.cursors(), events, c.limit(), text, viewEvent)))
}

const (
	streamPattern = "^([a-z][a-z_]{0,31}(:[A-Za-z0-9][A-Za-z0-9_.-]{0,63}){1,2})?$"
	typePattern   = "^([a-z][a-z0-9_]{0,63}([.][a-z0-9_]{1,64}){0,8}([.][*])?)?$"
)

// validStream takes type:part[:part].
func validStream(name string) bool {
	streamType, entity, _ := strings.Cut(name, ":")
	first, second, two := strings.Cut(entity, ":")
	return streamType != "" && filterWord(streamType) && streamType[0] != '_' && domain.ValidName(first) && (!two || domain.ValidName(second))
}

func filterStream(text string) bool { return text == "" || validStream(text) }

// filterType takes words joined by points, the last of which may be a star, and nothing for no filter.
func filterType(text string) bool {
	words := strings.Split(strings.TrimSuffix(text, ".*"), ".")
	ok := len(words) <= 9
	for _, word := range words {
		ok = ok && word != "" && len(word) <= 64 && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	}
	return text == "" || ok && text[0] >= 'a' && text[0] <= 'z'
}
