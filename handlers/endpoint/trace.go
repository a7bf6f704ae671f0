package endpoint

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/eventstore"
)

// newTracer gives what starts a server's spans, nil where nobody wants them.
func newTracer(traces trace.TracerProvider) trace.Tracer {
	if traces == nil {
		return nil
	}
	return traces.Tracer("github.com/tallystick/tallystick/handlers/endpoint")
}

// trace starts the span of a request, in the trace that its client names. Whoever looks whether the program is there is not
// traced. The request's id names the span, unless the client has given one.
func (s *Server) trace(c *Call) (end func()) {
	if s.tracer == nil || c.route.kind == KindOpen {
		return func() {}
	}
	request := c.http.Request()
	ctx := propagation.TraceContext{}.Extract(request.Context(), propagation.HeaderCarrier(request.Header))
	method := method(request.Method)
	ctx, span := s.tracer.Start(ctx, method+" "+c.route.Path, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", method), attribute.String("http.route", c.route.Path)))
	c.http.SetRequest(request.WithContext(ctx))
	if id, traced := eventstore.Correlation(span.SpanContext()); traced && c.ID != request.Header.Get(echo.HeaderXRequestID) {
		c.ID = id
	}
	return func() {
		status := c.http.Response().Status
		span.SetAttributes(
			attribute.Int("http.response.status_code", status),
			attribute.String("tallystick.ledger", c.Ledger.ID.String()), attribute.String("tallystick.request.id", c.ID))
		if c.result != "" {
			span.SetAttributes(attribute.String("tallystick.outcome", c.result))
		}
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
