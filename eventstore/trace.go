package eventstore

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/domain"
)

// Attributes of spans name ledgers and what was done, and nothing that a client wrote.
const (
	attributeLedger   = attribute.Key("tallystick.ledger")
	attributeCommand  = attribute.Key("tallystick.command")
	attributeID       = attribute.Key("tallystick.command.id")
	attributeDryRun   = attribute.Key("tallystick.dry_run")
	attributeOutcome  = attribute.Key("tallystick.outcome")
	attributeReplayed = attribute.Key("tallystick.replayed")
	attributeBatch    = attribute.Key("tallystick.batch.commands")
	attributeEvents   = attribute.Key("tallystick.batch.events")
)

// newTracer gives what starts a store's spans, nil where nobody wants them.
func newTracer(traces trace.TracerProvider) trace.Tracer {
	if traces == nil {
		return nil
	}
	return traces.Tracer("github.com/tallystick/tallystick/eventstore")
}

// traceCommand starts the span of a command. end ends it with what became of the command.
func (s *Store) traceCommand(ctx context.Context, ledger Ledger, c Command) (_ context.Context, end func(Outcome, error)) {
	if s.tracer == nil {
		return ctx, func(Outcome, error) {}
	}
	ctx, span := s.tracer.Start(ctx, "command "+c.Name, trace.WithAttributes(attributeLedger.String(ledger.ID.String()),
		attributeCommand.String(c.Name), attributeID.String(c.ID.String()), attributeDryRun.Bool(c.DryRun)))
	return ctx, func(outcome Outcome, err error) {
		if refused, ok := errors.AsType[*domain.Rejection](err); ok {
			span.SetAttributes(attributeOutcome.String(refused.Code))
			err = nil
		} else if err == nil {
			span.SetAttributes(attributeOutcome.String("done"), attributeReplayed.Bool(outcome.Replayed))
		}
		endSpan(span, err)
	}
}

// endSpan ends a span. Of an error it tells the type: its text may quote what a client wrote.
func endSpan(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(attribute.String("error.type", fmt.Sprintf("%T", err)))
	}
	span.End()
}

// traceAppend starts, in the trace of each command of a batch, a span of the one round trip that appends them all. The first of
// these is linked with the others.
func (x *executor) traceAppend(b *batch) (end func(error)) {
	if x.store.tracer == nil {
		return func(error) {}
	}
	commands := b.waiting()
	all := trace.WithAttributes(attributeLedger.String(x.ledger.ID.String()), attributeBatch.Int(len(commands)), attributeEvents.Int(b.events))
	var spans []trace.Span
	for _, p := range commands {
		if !trace.SpanContextFromContext(p.ctx).IsSampled() {
			continue
		}
		options := []trace.SpanStartOption{all}
		if len(spans) > 0 {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: spans[0].SpanContext()}))
		}
		_, span := x.store.tracer.Start(p.ctx, "append", options...)
		if len(spans) > 0 {
			spans[0].AddLink(trace.Link{SpanContext: span.SpanContext()})
		}
		spans = append(spans, span)
	}
	return func(err error) {
		for _, span := range spans {
			endSpan(span, err)
		}
	}
}

// Correlation makes the correlation id of a request that is traced. It names the request's span, so that whoever applies the
// events finds it, at whatever time and in whatever process. There is none for a request that is not traced.
func Correlation(request trace.SpanContext) (id string, traced bool) {
	return request.TraceID().String() + "-" + request.SpanID().String(), request.IsSampled()
}

// correlationSplit gives the place of the hyphen in a correlation id by [Correlation], behind the id of the trace.
const correlationSplit = 2 * len(trace.TraceID{})

// tracedIn gives the span of a context, nil where nothing is traced.
func tracedIn(ctx context.Context) *trace.SpanContext {
	if span := trace.SpanContextFromContext(ctx); span.IsSampled() {
		return &span
	}
	return nil
}

// Traced finds the span that the event came of, if that was traced: of its request, or of its command where the correlation id
// is another one. The latter is known only to the process that wrote the event, and not for long.
func (e *Event) Traced() (span trace.SpanContext, traced bool) {
	if span, traced = requestOf(e.Correlation); traced || e.span == nil {
		return span, traced
	}
	return *e.span, true
}

// requestOf finds the span of a request by a correlation id that [Correlation] has made.
func requestOf(id string) (request trace.SpanContext, traced bool) {
	if len(id) != correlationSplit+1+2*len(trace.SpanID{}) || id[correlationSplit] != '-' {
		return request, false
	}
	traceID, err := trace.TraceIDFromHex(id[:correlationSplit])
	if err != nil {
		return request, false
	}
	spanID, err := trace.SpanIDFromHex(id[correlationSplit+1:])
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled, Remote: true,
	}), err == nil
}
