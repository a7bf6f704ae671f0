package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
)

// Exit statuses.
const (
	exitFailed = 1
	exitUsage  = 2
)

// program holds the command line.
type program struct {
	URL           string   `name:"url" help:"The server." default:"http://127.0.0.1:8080" env:"TALLYSTICK_URL" placeholder:"URL"`
	Ledger        []string `help:"API key of a ledger, of the role auditor, or @FILE with the key; one for each ledger." required:"" env:"TALLYSTICK_LEDGERS" placeholder:"KEY"`
	Types         []string `help:"Types of events to publish, such as invoice.finalized.v1 or invoice.*; all by default." placeholder:"TYPE"`
	From          int64    `help:"Position to begin at, where nothing was published yet." default:"1"`
	Again         bool     `help:"Begin at --from whatever was published. The program goes on from there after a fault, but not after it was stopped."`
	State         string   `help:"Directory that remembers where each ledger stands, for brokers that forget what they delivered." placeholder:"DIR"`
	Nats          string   `help:"Publish to NATS JetStream here." xor:"broker" required:"" env:"TALLYSTICK_NATS" placeholder:"URL"`
	Stream        string   `help:"Stream of JetStream. It is made with the subjects tallystick.*.* where there is none." default:"TALLYSTICK"`
	Kafka         []string `help:"Publish to Kafka here." xor:"broker" required:"" env:"TALLYSTICK_KAFKA" placeholder:"HOST:PORT"`
	Topic         string   `help:"Topic of Kafka. The cluster makes it, or you do." default:"tallystick"`
	MetricsListen string   `help:"Serve /metrics on this address; off by default." env:"TALLYSTICK_METRICS_LISTEN" placeholder:"HOST:PORT"`
}

// Validate refuses what kong can't know.
func (p *program) Validate() error {
	for _, filter := range p.Types {
		if strings.Contains(strings.TrimSuffix(filter, ".*"), "*") || filter == "" {
			return fmt.Errorf("--types %q is neither a type of event nor the beginning of one and .*", filter)
		}
	}
	if p.From < 1 {
		return fmt.Errorf("--from %d: positions begin at 1", p.From)
	}
	if !strings.HasPrefix(p.URL, "http://") && !strings.HasPrefix(p.URL, "https://") {
		return fmt.Errorf("--url %q is not an http:// or https:// URL", p.URL)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, arguments []string, out, errs io.Writer) int {
	var p program
	exited := -1
	parser, err := kong.New(&p, kong.Name("tallystick-publish"),
		kong.Description("Publish the events of ledgers to NATS JetStream or Kafka, as CloudEvents."),
		kong.Writers(out, errs), kong.Exit(func(code int) { exited = code }))
	if err != nil {
		panic(err) // the struct is wrong
	}
	if _, err := parser.Parse(arguments); exited >= 0 || err != nil {
		if exited >= 0 {
			return exited
		}
		fmt.Fprintln(errs, "tallystick-publish:", err)
		return exitUsage
	}
	log := slog.New(slog.NewTextHandler(errs, nil))
	if err := p.publish(ctx, log); err != nil {
		fmt.Fprintln(errs, "tallystick-publish:", err)
		return exitFailed
	}
	return 0
}

// publish follows all ledgers until ctx ends. What is wrong at the start ends the program; what happens later is tried again.
func (p *program) publish(ctx context.Context, log *slog.Logger) error {
	api := newAPI(p.URL, p.Types)
	ledgers, err := p.ledgers(ctx, api)
	if err != nil {
		return err
	}
	open := func() (broker, error) { return openNATS(p.Nats, p.Stream, log) }
	if p.Nats == "" {
		open = func() (broker, error) { return openKafka(p.Kafka, p.Topic, log) }
	}
	measured := newMetrics()
	running, ctx := errgroup.WithContext(ctx)
	if p.MetricsListen != "" {
		running.Go(func() error { return serveMetrics(ctx, p.MetricsListen, measured) })
	}
	for _, l := range ledgers {
		f := &follower{
			ledger: l, api: api, open: open, types: p.Types, from: p.From, again: p.Again, state: newState(p.State, l.id),
			measured: measured.of(l.id), log: log.With(slog.String("ledger", l.id)),
		}
		running.Go(func() error { return f.run(ctx) })
	}
	return running.Wait()
}

// ledgers asks the server which ledgers the keys are of.
func (p *program) ledgers(ctx context.Context, api *api) ([]ledger, error) {
	var found []ledger
	known := map[string]bool{}
	for _, key := range p.Ledger {
		if path, isFile := strings.CutPrefix(key, "@"); isFile {
			content, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("read an API key: %w", err)
			}
			key = strings.TrimSpace(string(content))
		}
		l := ledger{key: key}
		var err error
		if l.id, err = api.ledgerOf(ctx, key); err != nil {
			return nil, err
		}
		if known[l.id] {
			return nil, fmt.Errorf("two keys are of the ledger %s: one follower keeps its order, two would mix it up", l.id)
		}
		known[l.id] = true
		found = append(found, l)
	}
	return found, nil
}

func serveMetrics(ctx context.Context, address string, m *metrics) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}
