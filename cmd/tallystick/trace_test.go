package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// receiver takes spans by OTLP, in both protocols.
type receiver struct {
	collector.UnimplementedTraceServiceServer

	http, grpc string // where it listens

	mu      sync.Mutex
	spans   []*tracepb.Span
	strange []string        // services that are not the program
	all     strings.Builder // whatever was sent, as text
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	overHTTP := httptest.NewServer(r)
	t.Cleanup(overHTTP.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	overGRPC := grpc.NewServer()
	collector.RegisterTraceServiceServer(overGRPC, r)
	go func() { _ = overGRPC.Serve(listener) }()
	t.Cleanup(overGRPC.Stop)
	r.http, r.grpc = overHTTP.URL, "http://"+listener.Addr().String()
	return r
}

// ServeHTTP takes spans by http/protobuf.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var sent collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &sent)
	}
	if err != nil || request.URL.Path != "/v1/traces" || request.Header.Get("Content-Type") != "application/x-protobuf" {
		http.Error(w, fmt.Sprint(request.URL, request.Header, err), http.StatusBadRequest)
		return
	}
	_, _ = r.Export(request.Context(), &sent)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// Export takes spans by gRPC.
func (r *receiver) Export(_ context.Context, sent *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all.WriteString(prototext.Format(sent))
	for _, of := range sent.ResourceSpans {
		if service := valueOf(of.Resource.Attributes, "service.name"); service != "tallystick" {
			r.strange = append(r.strange, service)
		}
		for _, scope := range of.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// trace gives the spans of one trace by their names.
func (r *receiver) trace(id string) map[string]*tracepb.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := map[string]*tracepb.Span{}
	for _, span := range r.spans {
		if hex.EncodeToString(span.TraceId) == id {
			found[span.Name] = span
		}
	}
	return found
}

// await waits until a trace has spans of these names.
func (r *receiver) await(s *server, id string, names ...string) map[string]*tracepb.Span {
	s.t.Helper()
	var found map[string]*tracepb.Span
	if !poll(func() bool {
		found = r.trace(id)
		return !slices.ContainsFunc(names, func(name string) bool { return found[name] == nil })
	}) {
		s.t.Fatalf("the trace %s has %v, want %v\n%s", id, found, names, s.output())
	}
	return found
}

// traced is the program with settings of OpenTelemetry.
func traced(settings ...string) func(args ...string) *exec.Cmd {
	return func(args ...string) *exec.Cmd {
		command := programCommand(args...)
		command.Env = append(append(command.Env, "OTEL_BSP_SCHEDULE_DELAY=50"), settings...)
		return command
	}
}

// seat allocates a seat and gives the answer.
func (s *server) seat(workspace, member string, more map[string]string) answer {
	s.t.Helper()
	body := fmt.Sprintf(`{"member":%q,"role":"member"}`, member)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/v1/workspaces/"+workspace+"/seats", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "private-key-"+workspace+member)
	for name, value := range more {
		r.Header.Set(name, value)
	}
	got, err := ask(r)
	if err != nil || got.status != http.StatusCreated {
		s.t.Fatalf("%d %s, %v", got.status, got.body, err)
	}
	return got
}

const (
	clientTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	clientSpan  = "00f067aa0ba902b7"
	seatRoute   = "POST /v1/workspaces/{workspace}/seats"
)

// TestTraces follows commands from HTTP through the append to a read model, in two servers on one database that send their spans
// by either protocol.
func TestTraces(t *testing.T) {
	t.Parallel()
	to := newReceiver(t)
	first := bootWith(t, traced("OTEL_EXPORTER_OTLP_ENDPOINT="+to.http), dataDir(t))
	names := []string{seatRoute, "command allocate-seat", "append", "project seats"}
	first.sellFreeSeats(100)
	t.Run("with an id of the client", func(t *testing.T) {
		id := first.seat("private-workspace", "private-named", map[string]string{"X-Request-Id": "mine", "traceparent": "00-" + clientSpan + clientTrace[16:] + "-" + clientSpan + "-01"}).header.Get("X-Request-Id")
		if id != "mine" {
			t.Errorf("the request has the id %s", id)
		}
		spans := to.await(first, clientSpan+clientTrace[16:], names...)
		if parent := spans["command allocate-seat"]; !slices.Equal(spans["project seats"].ParentSpanId, parent.SpanId) {
			t.Errorf("the read model is not of the command: %v", spans)
		}
	})
	second := bootWith(t, traced("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+to.grpc, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc"), dataDir(t),
		"--database-url", first.databaseURL())
	second.key = first.key
	for name, s := range map[string]*server{"http/protobuf": first, "grpc": second} {
		t.Run(name, func(t *testing.T) {
			id := s.seat("private-workspace", "private-"+name[:4], nil).header.Get("X-Request-Id")
			trace, span, _ := strings.Cut(id, "-")
			checkTrace(t, to.await(s, trace, names...), span, "")
			if events := s.must("GET", "/v1/events?limit=100", "", "", 200).body; !strings.Contains(events, `"correlation":"`+id+`"`) {
				t.Errorf("no event has the correlation %s", id)
			}
		})
	}
	t.Run("in the trace of the client", func(t *testing.T) {
		id := first.seat("private-workspace", "private-client", map[string]string{"traceparent": "00-" + clientTrace + "-" + clientSpan + "-01"}).header.Get("X-Request-Id")
		trace, span, _ := strings.Cut(id, "-")
		if trace != clientTrace {
			t.Fatalf("the request is in the trace %s", trace)
		}
		checkTrace(t, to.await(first, trace, names...), span, clientSpan)
	})
	t.Run("not where the client does not sample", func(t *testing.T) {
		id := first.seat("private-workspace", "private-unsampled", map[string]string{"traceparent": "00-" + clientSpan + clientSpan + "-" + clientSpan + "-00"}).header.Get("X-Request-Id")
		if len(id) != 36 {
			t.Errorf("the request has the id %s", id)
		}
	})
	t.Run("one append of many", func(t *testing.T) { linked(t, first, to) })
	for _, s := range []*server{first, second} {
		if code := s.stop(syscall.SIGTERM); code != exitDone {
			t.Errorf("exit %d:\n%s", code, s.output())
		}
	}
	if len(to.trace(clientSpan+clientSpan)) > 0 {
		t.Error("spans of a request that its client does not sample")
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	if len(to.strange) > 0 {
		t.Errorf("spans are of the services %q", to.strange)
	}
	for _, secret := range []string{"private-", strings.Split(first.key, "_")[3]} {
		if at := strings.Index(to.all.String(), secret); at >= 0 {
			t.Errorf("%s is in the spans: %s", secret, to.all.String()[max(0, at-200):at+100])
		}
	}
}

// checkTrace holds the spans of a command against each other. The span of its request has an id and a parent.
func checkTrace(t *testing.T, spans map[string]*tracepb.Span, id, parent string) {
	t.Helper()
	request := spans[seatRoute]
	if got := hex.EncodeToString(request.SpanId); got != id || hex.EncodeToString(request.ParentSpanId) != parent {
		t.Errorf("the request's span is %s of %x, want %s of %q", got, request.ParentSpanId, id, parent)
	}
	for child, of := range map[string]string{"command allocate-seat": seatRoute, "append": "command allocate-seat", "project seats": seatRoute} {
		if !slices.Equal(spans[child].ParentSpanId, spans[of].SpanId) {
			t.Errorf("%s has the parent %x, want %x", child, spans[child].ParentSpanId, spans[of].SpanId)
		}
	}
	for name, attributes := range map[string]map[string]string{
		seatRoute:               {"http.request.method": "POST", "http.route": "/v1/workspaces/{workspace}/seats", "http.response.status_code": "201", "tallystick.outcome": "done"},
		"command allocate-seat": {"tallystick.command": "allocate-seat", "tallystick.outcome": "done"},
		"append":                {"tallystick.batch.commands": "1"},
		"project seats":         {"tallystick.projection": "seats"},
	} {
		for key, want := range attributes {
			if got := attributeOf(spans[name], key); got != want {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
		if ledger := attributeOf(spans[name], "tallystick.ledger"); ledger != attributeOf(request, "tallystick.ledger") || len(ledger) != 36 {
			t.Errorf("%s: the ledger is %q", name, ledger)
		}
	}
}

func attributeOf(span *tracepb.Span, key string) string { return valueOf(span.Attributes, key) }

func valueOf(attributes []*commonpb.KeyValue, key string) string {
	for _, attribute := range attributes {
		if attribute.Key == key {
			return cmp.Or(attribute.Value.GetStringValue(), fmt.Sprint(attribute.Value.GetIntValue()))
		}
	}
	return ""
}

// linked sends commands side by side until some are appended together, each in a trace of its own.
func linked(t *testing.T, s *server, to *receiver) {
	t.Helper()
	together := func(span *tracepb.Span) bool {
		return attributeOf(span, "tallystick.batch.commands") != "1" && len(span.Links) > 0
	}
	for round := range 100 {
		ids := make([]string, 20)
		var clients sync.WaitGroup
		for i := range ids {
			clients.Go(func() { ids[i] = s.seat(fmt.Sprint("w", i), fmt.Sprint("m", round), nil).header.Get("X-Request-Id") })
		}
		clients.Wait()
		for _, id := range ids {
			trace, _, _ := strings.Cut(id, "-")
			if append := to.await(s, trace, "append")["append"]; together(append) {
				other := to.await(s, hex.EncodeToString(append.Links[0].TraceId), "append")["append"]
				if !slices.Equal(other.SpanId, append.Links[0].SpanId) || !together(other) {
					t.Errorf("%v is linked with %v", append, other)
				}
				return
			}
		}
	}
	t.Error("no two commands were appended together")
}

// TestTracesGoNowhere: where nobody takes the spans, the program serves and stops as ever, and says so once.
func TestTracesGoNowhere(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := bootWith(t, traced("OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_BSP_EXPORT_TIMEOUT=200",
				"OTEL_EXPORTER_OTLP_PROTOCOL="+protocol), dataDir(t))
			s.sellFreeSeats(1_000)
			for i := range 200 {
				s.seat("acme", fmt.Sprint("m", i), nil)
			}
			s.until("it says that spans are lost", func() bool { return strings.Contains(s.output(), "spans are lost") })
			if code := s.stop(syscall.SIGTERM); code != exitDone {
				t.Errorf("exit %d:\n%s", code, s.output())
			}
			if n := strings.Count(s.output(), "spans are lost"); n > 1 {
				t.Errorf("it says so %d times:\n%s", n, s.output())
			}
		})
	}
}

func TestWrongTracing(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"OTEL_TRACES_EXPORTER=zipkin":                   "OTEL_TRACES_EXPORTER",
		"OTEL_EXPORTER_OTLP_PROTOCOL=http/json":         "OTEL_EXPORTER_OTLP_PROTOCOL",
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/jason": "http/jason",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := finish(t, traced(setting)("serve", "--data-dir", dataDir(t)))
			if code != exitUsage || !strings.Contains(stderr, want) {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
}
