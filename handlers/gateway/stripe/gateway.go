package stripe

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/stripe/stripe-go/v85"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// Secrets finds a ledger's secret key, and gives "" where it has none.
type Secrets interface {
	SecretKey(ctx context.Context, ledger eventstore.Ledger, gateway string) (string, error)
}

// Options hold what the adapter works with.
type Options struct {
	Secrets Secrets
	// URL begins the addresses of the API; "" means Stripe's.
	URL string
	// ReturnURL leads customers back who had to do something for a charge, where [Gateway.LeadTo] names no page.
	ReturnURL string
	// Timeout bounds one request, beside the caller's own limit; 0 means none.
	Timeout time.Duration
}

// Gateway takes money through Stripe.
type Gateway struct {
	secrets   Secrets
	returnURL string
	page      gateway.ActionPage // nil before LeadTo
	backends  *stripe.Backends
}

// New makes the adapter. It asks nothing yet.
func New(o Options) *Gateway {
	config := &stripe.BackendConfig{
		HTTPClient: &http.Client{Timeout: o.Timeout, Transport: newTransport()},
		// It would repeat by itself what must be known to be unknown.
		MaxNetworkRetries: new(int64(0)),
		EnableTelemetry:   new(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if o.URL != "" {
		config.URL = &o.URL
	}
	return &Gateway{secrets: o.Secrets, returnURL: o.ReturnURL, backends: stripe.NewBackendsWithConfig(config)}
}

// newTransport keeps as many connections as the program has calls at once.
func newTransport() http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return transport
}

// Name gives the word for the gateway in the API.
func (*Gateway) Name() string { return gateway.Stripe }

// LeadTo names the pages to which customers come back who had to do something for a charge.
func (g *Gateway) LeadTo(page gateway.ActionPage) { g.page = page }

// call is one use of the API in the name of a ledger. It knows whether any request of its has reached the other side.
type call struct {
	*stripe.Client
	ctx    context.Context
	ledger eventstore.Ledger
	sent   *atomic.Bool
}

// begin finds the ledger's secret key. It refuses with gateway_not_configured.
func (g *Gateway) begin(ctx context.Context, ledger eventstore.Ledger) (call, error) {
	key, err := g.secrets.SecretKey(ctx, ledger, gateway.Stripe)
	if err != nil {
		return call{}, unreachable(err)
	}
	if key == "" {
		return call{}, domain.InvalidField("/gateway", "gateway_not_configured", "the ledger has no secret key for %s", gateway.Stripe)
	}
	c := call{Client: stripe.NewClient(key, stripe.WithBackends(g.backends)), ledger: ledger, sent: new(atomic.Bool)}
	c.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.sent.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { c.sent.Store(true) },
	})
	return c, nil
}

// charging finds the ledger's secret key for money, which waits where there is none.
func (g *Gateway) charging(ctx context.Context, ledger eventstore.Ledger) (call, error) {
	c, err := g.begin(ctx, ledger)
	if err != nil {
		return c, unreachable(err)
	}
	return c, nil
}
