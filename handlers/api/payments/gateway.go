package payments

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/merchant"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	"github.com/tallystick/tallystick/handlers/vault"
)

// GatewayServices hold what the routes of gateways work with.
type GatewayServices struct {
	Gateways gateway.Set
	Accounts *accounts.Accounts
	Vault    *vault.Vault
	Log      *slog.Logger
	// Hear keeps what a gateway sent, and does what follows from it.
	Hear func(ctx context.Context, ledger eventstore.Ledger, teller gateway.Teller, body []byte, now time.Time) error
}

// accountView shows whether a gateway can be asked.
type accountView struct {
	Gateway    string `json:"gateway" example:"stripe"`
	Configured bool   `json:"configured" doc:"Whether it has a secret key, where it needs one."`
	Live       bool   `json:"live" doc:"Whether it takes real money."`
}

// accountsView lists a ledger's gateways.
type accountsView struct {
	Data []accountView `json:"data"`
}

// keyBody is the body of PUT /v1/gateways/stripe.
type keyBody struct {
	SecretKey string `json:"secret_key" maxLength:"255" example:"sk_test_example" doc:"It is kept sealed and never shown."`
}

// secretKey is the form of Stripe's secret and restricted keys.
var secretKey = regexp.MustCompile(`^(?:sk|rk)_(test|live)_[A-Za-z0-9_]{1,200}$`)

// endpointBody is the body of POST /v1/gateways/stripe/webhooks.
type endpointBody struct {
	Secret string `json:"secret" maxLength:"255" example:"whsec_example" doc:"The endpoint's signing secret. It is kept sealed and never shown."`
}

// signingSecret is the form of what signs messages.
var signingSecret = regexp.MustCompile(`^[!-~]{1,255}$`)

// endpointView shows an address for what a gateway sends.
type endpointView struct {
	ID  string `json:"id"`
	URL string `json:"url" doc:"Where the gateway sends its events."`
}

// endpointsView lists the addresses for what a gateway sends.
type endpointsView struct {
	Data []endpointView `json:"data" doc:"In the order in which they were added."`
}

// webhookPath is the path of an endpoint.
const webhookPath = "/v1/webhooks/stripe/{endpoint}"

func viewEndpoint(c *endpoint.Call, id string) endpointView {
	return endpointView{ID: id, URL: c.URL(strings.Replace(webhookPath, "{endpoint}", id, 1))}
}

func viewAccounts(c *endpoint.Call, s merchant.State) accountsView {
	shown := accountsView{}
	if c.Ledger.Mode == eventstore.ModeSandbox {
		shown.Data = append(shown.Data, accountView{Gateway: gateway.Sandbox, Configured: true})
	}
	return accountsView{Data: append(shown.Data, viewAccount(s))}
}

func viewAccount(s merchant.State) accountView {
	return accountView{Gateway: gateway.Stripe, Configured: s.Key != "", Live: s.Live}
}

func viewEndpoints(c *endpoint.Call, s merchant.State) endpointsView {
	shown := endpointsView{Data: []endpointView{}}
	for _, e := range s.Endpoints {
		shown.Data = append(shown.Data, viewEndpoint(c, e.ID))
	}
	return shown
}

func lookAtStripe(*endpoint.Call) command.Command[merchant.State] {
	return command.LookAtMerchant(gateway.Stripe)
}

// setKey seals the key before the command, which names it by its id.
func (s GatewayServices) setKey(c *endpoint.Call, b keyBody) command.Command[merchant.State] {
	refuse := func(err error) command.Command[merchant.State] {
		return command.Refuse[merchant.State](merchant.Stream(gateway.Stripe), err)
	}
	parts := secretKey.FindStringSubmatch(b.SecretKey)
	if parts == nil {
		return refuse(domain.InvalidField("/secret_key", "secret_key_invalid", "secret_key must be a secret or restricted key of Stripe, such as sk_test_…"))
	}
	if err := s.Vault.Ready(); err != nil {
		return refuse(err)
	}
	set := merchant.SetKey{
		Key:  accounts.KeyID(c.Ledger.ID, c.Secrets[0], gateway.Stripe, b.SecretKey),
		Live: parts[1] == "live", LedgerLive: c.Ledger.Mode == eventstore.ModeLive,
	}
	if set.Live == set.LedgerLive && !c.DryRun() {
		if _, err := s.Accounts.KeepKey(c.Context(), c.Ledger.ID, c.Secrets[0], gateway.Stripe, b.SecretKey); err != nil {
			return refuse(err)
		}
	}
	return command.SetGatewayKey(gateway.Stripe, set)
}

// addEndpoint seals the secret before the command, which names it by its id.
func (s GatewayServices) addEndpoint(c *endpoint.Call, b endpointBody) command.Command[endpointView] {
	refuse := func(err error) command.Command[endpointView] {
		return command.Refuse[endpointView](merchant.Stream(gateway.Stripe), err)
	}
	if !signingSecret.MatchString(b.Secret) {
		return refuse(domain.InvalidField("/secret", "secret_invalid", "secret must be 1 to 255 visible characters of ASCII"))
	}
	if err := s.Vault.Ready(); err != nil {
		return refuse(err)
	}
	id := accounts.EndpointID(c.Ledger.ID, c.Secrets[0], gateway.Stripe, b.Secret)
	if !c.DryRun() {
		if _, err := s.Accounts.KeepEndpoint(c.Context(), c.Ledger.ID, c.Secrets[0], gateway.Stripe, b.Secret); err != nil {
			return refuse(err)
		}
	}
	return showing(c, id, command.AddGatewayEndpoint(gateway.Stripe, id))
}

func removeEndpoint(c *endpoint.Call) command.Command[endpointView] {
	return showing(c, c.Name("endpoint"), command.RemoveGatewayEndpoint(gateway.Stripe, c.Name("endpoint")))
}

// showing gives a command the endpoint as its result.
func showing(c *endpoint.Call, id string, on command.Command[merchant.State]) command.Command[endpointView] {
	return command.Command[endpointView]{
		Resource: on.Resource, Reads: on.Reads, Writes: on.Writes,
		Decide: func(d *eventstore.Decision) (endpointView, error) {
			_, err := on.Decide(d)
			return viewEndpoint(c, id), err
		},
	}
}

// tidy forgets the secrets that a command left without use.
func (s GatewayServices) tidy(c *endpoint.Call, id string) {
	if err := s.Accounts.Tidy(c.Context(), c.Ledger, gateway.Stripe, id); err != nil {
		s.Log.Warn("a secret of a gateway that is not used is kept", slog.String("ledger", c.Ledger.Name), slog.Any("error", err))
	}
}

// receivedView answers a message.
type receivedView struct {
	Received bool `json:"received"`
}

var (
	endpointUnknown  = domain.NotFound("endpoint_unknown", "there is no such endpoint")
	signatureInvalid = &domain.Rejection{
		Kind: domain.KindMalformed, Code: "signature_invalid", Message: "Stripe-Signature must be of these bytes, by a secret of the endpoint, and at most 300 seconds old",
	}
)

// receive takes what Stripe sends.
func (s GatewayServices) receive(c *endpoint.Call, m endpoint.Message) (none receivedView, err error) {
	secrets, found, err := s.Accounts.SigningSecrets(c.Context(), c.Ledger, gateway.Stripe, c.Name("endpoint"))
	if err == nil && !found {
		err = endpointUnknown
	}
	if err != nil {
		return none, err
	}
	teller, ok := s.Gateways[gateway.Stripe].(gateway.Teller)
	signatures := m.Header.Values("Stripe-Signature")
	if !ok || len(signatures) != 1 || !teller.Verify(signatures[0], m.Body, secrets, c.ReceivedAt()) {
		return none, signatureInvalid
	}
	return receivedView{Received: true}, s.Hear(c.Context(), c.Ledger, teller, m.Body, c.ReceivedAt())
}
