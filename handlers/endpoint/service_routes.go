package endpoint

import (
	"net/http"
	"reflect"
	"slices"
)

var tagService = Tag{Name: "Service", Text: "The program itself: its health, its metrics and this document. No key is needed."}

var notReady = refusals(http.StatusServiceUnavailable, "not_ready", "the database or a read model is not there yet")

// HealthRoutes are served by every process.
var HealthRoutes = []Route{
	healthRoute[healthView]("/healthz", "healthy", "Say that the process runs", "Whatever the database does.", nil, healthy),
	healthRoute[readyView]("/readyz", "ready", "Say whether requests can be served",
		"The database answers, and every read model has a version that serves. `roles` names what the process does.", notReady, ready),
}

// ServiceRoutes need no credential: they say nothing about any ledger.
var ServiceRoutes = append(slices.Clip(HealthRoutes),
	serviceRoute("/openapi.json", "openapi", "Show this document", "In the form of OpenAPI 3.1.", "application/json", showOpenAPI),
	serviceRoute(docsPath, "docs", "Show this document to people", "A page that needs nothing from elsewhere.", "text/html", showDocs),
)

func serviceRoute(path, id, summary, text, contentType string, handle func(*Call) error) Route {
	return Route{
		Method: http.MethodGet, Path: path, ID: id, Tag: tagService, Summary: summary, Text: text, Status: http.StatusOK,
		AnswerAs: contentType, handle: handle,
	}
}

func healthRoute[V any](path, id, summary, text string, refusals []Refusal, handle func(*Call) error) Route {
	r := serviceRoute(path, id, summary, text, "", handle)
	r.Refusals, r.answer = refusals, reflect.TypeFor[V]()
	return r
}
