package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

const (
	// FlushTimeout bounds how long the end of the program waits for the last spans to be taken.
	FlushTimeout = 5 * time.Second
	// lossInterval spaces the log's lines about spans that nobody took.
	lossInterval = time.Minute
)

// otlp gives a setting of OTLP for traces, or else for all that is exported by it.
func otlp(name string) string {
	if value := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_" + name); value != "" {
		return value
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_" + name)
}

// tracing reports whether traces are wanted. By the specification they would go to this machine's port 4318 unless somebody
// says otherwise; here somebody must say so.
func tracing() bool {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return false
	}
	switch os.Getenv("OTEL_TRACES_EXPORTER") {
	case "":
		return otlp("ENDPOINT") != ""
	case "none":
		return false
	}
	return true
}

// wrongTracing lists the wrong settings of traces.
func wrongTracing() (wrong []error) {
	if exporter := os.Getenv("OTEL_TRACES_EXPORTER"); exporter != "" && exporter != "otlp" && exporter != "none" {
		wrong = append(wrong, fmt.Errorf("OTEL_TRACES_EXPORTER %q is not otlp or none", exporter))
	}
	if protocol := otlp("PROTOCOL"); protocol != "" && protocol != "grpc" && protocol != "http/protobuf" {
		wrong = append(wrong, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL %q is not http/protobuf or grpc", protocol))
	}
	return wrong
}

// startTracing sends spans to where the environment says, by the variables of OpenTelemetry. Without them there are no spans,
// and traces is nil. stop sends those that are left.
func startTracing(ctx context.Context, log *slog.Logger) (traces trace.TracerProvider, stop func(), err error) {
	if !tracing() {
		return nil, func() {}, nil
	}
	otel.SetLogger(logr.FromSlogHandler(log.Handler()))
	otel.SetErrorHandler(&losses{log: log})
	exporter, err := newExporter(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("export traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("tallystick"), semconv.ServiceVersion(house.Version)), resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("describe this process in traces: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return provider, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), FlushTimeout)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("the last spans were not sent", slog.Any("error", err))
		}
	}, nil
}

// newExporter speaks the protocol that is set, and reads all else from the environment itself.
func newExporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	if otlp("PROTOCOL") == "grpc" {
		return otlptracegrpc.New(ctx)
	}
	return otlptracehttp.New(ctx)
}

// losses logs now and then that spans are lost. The program goes on without them.
type losses struct {
	log *slog.Logger

	mu   sync.Mutex
	next time.Time
}

// Handle is told of each batch that was not taken.
func (l *losses) Handle(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if errors.Is(err, context.Canceled) || now.Before(l.next) {
		return
	}
	l.next = now.Add(lossInterval)
	l.log.Warn("spans are lost", slog.Any("error", err))
}
