package endpoint

import (
	"net/http"
	"reflect"
)

var tagService = Tag{Name: "Service", Text: "The program itself. These need no key."}

var notReady = refusals(http.StatusServiceUnavailable, "not_ready", "the database or a read model is not there yet")

// ServiceRoutes need no credential: they say nothing about any ledger.
var ServiceRoutes = []Route{
	healthRoute("/healthz", "healthy", "Whether the process runs", nil, healthy),
	healthRoute("/readyz", "ready", "Whether requests can be served", notReady, ready),
	serviceRoute("/metrics", "metrics", "Numbers for Prometheus", "text/plain", showMetrics),
	serviceRoute("/openapi.json", "openapi", "This document", "application/json", showOpenAPI),
	serviceRoute(docsPath, "docs", "This document, for people", "text/html", showDocs),
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
