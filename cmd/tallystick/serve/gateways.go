package serve

import (
	"cmp"
	"fmt"
	"net/url"
	"time"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	"github.com/tallystick/tallystick/handlers/gateway/stripe"
)

// DefaultGatewayTimeout is long for a gateway, which may still have charged after it.
const DefaultGatewayTimeout = 15 * time.Second

// Gatewaying holds the settings of gateways.
type Gatewaying struct {
	GatewayTimeout time.Duration `help:"How long a gateway is waited for (default ${gateway_timeout}); after that it is asked how the charge went." env:"TALLYSTICK_GATEWAY_TIMEOUT" default:"${gateway_timeout}" placeholder:"DURATION"`
	StripeURL      string        `help:"The base URL of Stripe's API, for tests and proxies." env:"TALLYSTICK_STRIPE_URL" placeholder:"URL"`
}

// wrong lists what is wrong with the settings.
func (g *Gatewaying) wrong() (wrong []error) {
	if g.GatewayTimeout <= 0 {
		wrong = append(wrong, fmt.Errorf("--gateway-timeout %s is not more than 0", g.GatewayTimeout))
	}
	if g.StripeURL != "" {
		u, err := url.Parse(g.StripeURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			wrong = append(wrong, fmt.Errorf("--stripe-url %q is not an http:// or https:// URL without a query", g.StripeURL))
		}
	}
	return wrong
}

// openGateways makes the gateways, which lead customers back to an address of ours.
func (s *Serving) openGateways(h *house.House, address string) {
	h.Accounts = accounts.New(h.Store, h.Vault, h.Gateway)
	h.Gateways = gateway.Of(h.Sandbox, stripe.New(stripe.Options{
		Secrets: h.Accounts, URL: s.StripeURL, ReturnURL: cmp.Or(s.PublicURL, address), Timeout: s.GatewayTimeout,
	}))
}
