package events

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

func eventRoutes(l Log) []endpoint.Route {
	return []endpoint.Route{
		endpoint.LogLines(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/events", ID: "list-events", Tag: Tag, Roles: endpoint.RolesReading, Recorded: endpoint.RecordsPrivate,
			Summary: "List the ledger's events",
			Text: "In the order of their positions. With Accept: application/x-ndjson all of them, or as many as limit says, one a line, up to " +
				"the newest one when the request came; with follow=true also those that come later.",
			Parameters: endpoint.ListParameters(
				endpoint.IntegerParameter("after", "Only events behind this position."),
				endpoint.StreamFilter("stream", "Only this stream's."),
				l.typeFilter("type", "Only this type, or with .* at the end all that begin so."),
				endpoint.ParameterFollow,
			),
		}, l.listEvents, l.eventLines),
		endpoint.LogQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/streams/{stream}/events", ID: "list-stream-events", Tag: Tag, Roles: endpoint.RolesReading, Recorded: endpoint.RecordsPrivate,
			Summary: "List a stream's events", Parameters: endpoint.ListParameters(),
			Text: "In the order of their versions. A stream in which nothing was ever done is empty.",
		}, l.listStreamEvents),
		endpoint.LogQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/streams/{stream}", ID: "get-stream", Tag: Tag, Roles: endpoint.RolesReading, Recorded: endpoint.RecordsPrivate,
			Summary: "Get what a stream's events add up to", Parameters: []endpoint.Parameter{endpoint.ParameterAsOf},
			Text: "Now, or as of a position or a time: the state that the rules of its type see, folded from the log itself. A stream in which " +
				"nothing had happened has none.",
			Refusals: slices.Concat(endpoint.NotFound("stream_not_found", "there are no streams of this type"), endpoint.RefusalsAsOf),
		}, l.getState),
	}
}

// typeFilter takes a type of event that there is, or the beginning of one and a star, and nothing for no filter.
func (l Log) typeFilter(name, text string) endpoint.Parameter {
	return endpoint.Parameter{
		Values: l.Codec.EventTypes(), Fits: HasType,
		Name: name, Text: text, Pattern: "^([a-z][a-z0-9_]{0,63}([.][a-z0-9_]{1,64}){0,8}([.][*])?)?$", Valid: validType,
		Must: "a type of event, such as seating.allocated.v1, or the beginning of one and .*",
	}
}

// HasType reports whether a filter finds a type of event.
func HasType(eventType, filter string) bool {
	beginning, open := strings.CutSuffix(filter, "*")
	return eventType == filter || open && strings.HasSuffix(beginning, ".") && strings.HasPrefix(eventType, beginning)
}
