package serve

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/process"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// DefaultWebhookTimeout bounds the wait for a receiver.
const DefaultWebhookTimeout = 15 * time.Second

// Webhooks holds the settings of what is sent to webhook endpoints.
type Webhooks struct {
	WebhookAllow   []string      `help:"Addresses that webhooks may go to though they are not public, and by http, too, such as 127.0.0.0/8 while developing." env:"TALLYSTICK_WEBHOOK_ALLOW" placeholder:"CIDR"`
	WebhookTimeout time.Duration `help:"How long an attempt to deliver a webhook waits for its answer (default ${webhook_timeout})." env:"TALLYSTICK_WEBHOOK_TIMEOUT" default:"${webhook_timeout}" placeholder:"DURATION"`
}

// Wrong lists the wrong settings.
func (w *Webhooks) Wrong() (wrong []error) {
	if _, err := courier.ParseNetworks(w.WebhookAllow); err != nil {
		wrong = append(wrong, fmt.Errorf("--webhook-allow: %w", err))
	}
	if w.WebhookTimeout <= 0 {
		wrong = append(wrong, fmt.Errorf("--webhook-timeout %s is not more than 0", w.WebhookTimeout))
	}
	return wrong
}

// courier makes what webhooks are written and addressed by.
func (w *Webhooks) courier(h *house.House) (*courier.Policy, *courier.Writer, error) {
	allowed, err := courier.ParseNetworks(w.WebhookAllow)
	if err != nil {
		return nil, nil, err
	}
	writer, err := courier.NewWriter(h.Codec, command.StreamTypes())
	return courier.NewPolicy(allowed), writer, err
}

// deliveries makes the sender of webhooks.
func (w *Webhooks) deliveries(h *house.House, log *slog.Logger) (*process.Deliveries, error) {
	policy, writer, err := w.courier(h)
	if err != nil {
		return nil, err
	}
	return process.NewDeliveries(process.DeliveryOptions{
		Store: h.Store, Engine: h.Engine, Pool: h.Queries, Now: time.Now, Log: log, Vault: h.Vault, Writer: writer,
		Sender: courier.NewSender(policy, w.WebhookTimeout, "Tallystick/"+house.Version),
	}), nil
}
