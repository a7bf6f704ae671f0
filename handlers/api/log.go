package api

import (
	"log/slog"
	"time"
)

// note writes down what became of a request, for people and for Prometheus: never a body, a value of the query, or a
// credential.
func (s *Server) note(c *call, took time.Duration) {
	request, response := c.http.Request(), c.http.Response()
	s.metrics.observe(c, response.Status, took)
	attributes := [...]slog.Attr{
		slog.String("method", method(request.Method)),
		slog.String("route", c.route.path),
		slog.String("path", cutPath(request.URL.Path)),
		slog.Int("status", response.Status),
		slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes", response.Size),
		slog.String("request_id", c.id),
		slog.String("key", c.keyID),
		slog.String("ledger", c.ledger.Name),
	}
	s.log.LogAttrs(c.ctx, slog.LevelInfo, "request", attributes[:]...)
}

const loggedPathMax = 256

func cutPath(path string) string {
	if len(path) > loggedPathMax {
		return path[:loggedPathMax]
	}
	return path
}

// method keeps made-up methods out of logs and labels.
func method(name string) string {
	switch name {
	case "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS":
		return name
	}
	return "other"
}
