package engine

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/eventstore"
)

// tracedMax bounds the requests in whose traces a page appears, so that a full page costs no more.
const tracedMax = 64

// newTracer gives what starts an engine's spans, nil where nobody wants them.
func newTracer(traces trace.TracerProvider) trace.Tracer {
	if traces == nil {
		return nil
	}
	return traces.Tracer("github.com/tallystick/tallystick/projections/engine")
}

// tracePage starts a span in the trace of each request whose events a page holds, as far as the requests were traced.
func (r *runner) tracePage(ctx context.Context, page eventstore.PageRange, events []eventstore.Event) (end func(error)) {
	if r.engine.tracer == nil {
		return func(error) {}
	}
	all := trace.WithAttributes(
		attribute.String("tallystick.ledger", page.Ledger.String()),
		attribute.String("tallystick.projection", r.version.projection), attribute.Int("tallystick.projection.version", r.version.number),
		attribute.Int64("tallystick.page.from", page.From), attribute.Int64("tallystick.page.to", page.To),
	)
	spans := map[string]trace.Span{}
	for i := range events {
		id := events[i].Correlation
		request, traced := events[i].Traced()
		if _, known := spans[id]; known || !traced {
			continue
		}
		if len(spans) == tracedMax {
			break
		}
		_, spans[id] = r.engine.tracer.Start(trace.ContextWithRemoteSpanContext(ctx, request), "project "+r.version.projection,
			all, trace.WithSpanKind(trace.SpanKindConsumer))
	}
	return func(err error) {
		for _, span := range spans {
			if err != nil {
				span.SetStatus(codes.Error, "")
				span.SetAttributes(attribute.String("error.type", fmt.Sprintf("%T", err)))
			}
			span.End()
		}
	}
}
