package endpoint

import (
	"net/http"
	"reflect"
)

var tagService = Tag{Name: "Service", Text: "The program itself: its health, its metrics and this document. No key is needed."}

var notReady = refusals(http.StatusServiceUnavailable, "not_ready", "the database or a read model is not there yet")

// ServiceRoutes need no credential: they say nothing about any ledger.
var ServiceRoutes = []Route{
	healthRoute("/healthz", "healthy", "Say that the process runs", nil, healthy),
	healthRoute("/readyz", "ready", "Say whether requests can be served", notReady, ready),
	serviceRoute("/openapi.json", "openapi", "Show this document", "application/json", showOpenAPI),
	serviceRoute(docsPath, "docs", "Show this document to people", "text/html", showDocs),
}

func serviceRoute(path, id, summary, contentType string, handle func(*Call) error) Route {
	return Route{
		Method: http.MethodGet, Path: path, ID: id, Tag: tagService, Summary: summary, Status: http.StatusOK, AnswerAs: contentType,
		handle: handle,
	}
}

func healthRoute(path, id, summary string, refusals []Refusal, handle func(*Call) error) Route {
	r := serviceRoute(path, id, summary, "", handle)
	r.Refusals, r.answer = refusals, reflect.TypeFor[healthView]()
	return r
}
