package endpoint

import (
	"log/slog"
	"time"
)

// note writes down what became of a request, for people and for Prometheus. It never writes a body, a value of the query
// or a credential.
func (s *Server) note(c *Call, took time.Duration) {
	request, response := c.http.Request(), c.http.Response()
	s.metrics.observe(c, response.Status, took)
	attributes := []slog.Attr{
		slog.String("method", method(request.Method)),
		slog.String("route", c.route.Path),
		slog.String("path", cut(request.URL.Path, loggedPathMax)),
		slog.Int("status", response.Status),
		slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes", response.Size),
		slog.String("request_id", c.ID),
		slog.String("key", c.Actor),
		slog.String("ledger", c.Ledger.Name),
	}
	if c.denial.reason != "" {
		attributes = append(attributes, slog.String("denied", c.denial.reason), slog.String("presented", c.denial.credential))
	}
	s.log.LogAttrs(c.ctx, slog.LevelInfo, "request", attributes...)
}

const loggedPathMax = 256

// method keeps made-up methods out of logs and labels.
func method(name string) string {
	switch name {
	case "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS":
		return name
	}
	return "other"
}
