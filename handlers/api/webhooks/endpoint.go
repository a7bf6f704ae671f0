package webhooks

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// webhookEndpointBody is the body of POST /v1/webhook-endpoints.
type webhookEndpointBody struct {
	URL         string   `json:"url" minLength:"1" maxLength:"2000" example:"https://hooks.example/tallystick"`
	Types       []string `json:"types,omitempty" maxItems:"100" example:"[\"invoice.*\"]" doc:"Types of news, such as invoice.paid or invoice.*; all when none is given."`
	Description string   `json:"description,omitempty" maxLength:"500"`
}

// webhookChangeBody is the body of PUT /v1/webhook-endpoints/{endpoint}.
type webhookChangeBody struct {
	URL         string          `json:"url" minLength:"1" maxLength:"2000" example:"https://hooks.example/tallystick"`
	Types       []string        `json:"types,omitempty" maxItems:"100" example:"[\"invoice.*\"]" doc:"Types of news, such as invoice.paid or invoice.*; all when none is given."`
	Description string          `json:"description,omitempty" maxLength:"500"`
	Status      *webhook.Status `json:"status,omitempty" doc:"As it is when it is not given."`
}

// webhookEndpointView shows an endpoint.
type webhookEndpointView struct {
	ID             string          `json:"id"`
	URL            string          `json:"url"`
	Types          []string        `json:"types"`
	Description    string          `json:"description"`
	Status         webhook.Status  `json:"status"`
	DisabledReason *webhook.Reason `json:"disabled_reason" doc:"gone answered 410; failing had nothing delivered for ten days."`
	CreatedAt      time.Time       `json:"created_at"`
	LastSuccessAt  *time.Time      `json:"last_success_at" doc:"By the ledger's clock."`
}

// createdWebhookEndpointView shows a new endpoint.
type createdWebhookEndpointView struct {
	ID             string          `json:"id"`
	URL            string          `json:"url"`
	Types          []string        `json:"types"`
	Description    string          `json:"description"`
	Status         webhook.Status  `json:"status"`
	DisabledReason *webhook.Reason `json:"disabled_reason" doc:"Always null."`
	CreatedAt      time.Time       `json:"created_at"`
	LastSuccessAt  *time.Time      `json:"last_success_at" doc:"Always null."`
	Secret         *string         `json:"secret" doc:"That news is signed with. It is shown here alone: a repeat answers null."`
}

// rotatedWebhookSecretView shows a new secret.
type rotatedWebhookSecretView struct {
	Secret            *string   `json:"secret" doc:"It is shown here alone: a repeat answers null."`
	PreviousExpiresAt time.Time `json:"previous_expires_at" doc:"Until then the secret before signs too."`
}

func viewEndpoint(s webhook.State) webhookEndpointView {
	shown := webhookEndpointView{
		ID: s.ID, URL: s.URL, Types: s.Types, Description: s.Description, Status: s.Status, CreatedAt: s.CreatedAt.UTC(),
	}
	if s.Status != webhook.StatusEnabled {
		shown.Status, shown.DisabledReason = webhook.StatusDisabled, &s.Reason
	}
	return shown
}

func viewFaring(e webhooks.Endpoint) webhookEndpointView {
	shown := viewEndpoint(e.State)
	shown.LastSuccessAt = e.LastSuccessAt
	return shown
}

func viewCreated(s webhook.State, secret string) createdWebhookEndpointView {
	v := viewEndpoint(s)
	return createdWebhookEndpointView{
		ID: v.ID, URL: v.URL, Types: v.Types, Description: v.Description, Status: v.Status, CreatedAt: v.CreatedAt, Secret: endpoint.OrNull(secret),
	}
}

func viewRotated(s webhook.State, secret string) rotatedWebhookSecretView {
	return rotatedWebhookSecretView{Secret: endpoint.OrNull(secret), PreviousExpiresAt: s.PreviousUntil.UTC()}
}

func (s Services) create(c *endpoint.Call, b webhookEndpointBody) (command.Command[webhook.State], endpoint.Secret, error) {
	id, named := endpoint.NewID(), endpoint.NewID()
	if err := s.Policy.CheckURL(b.URL); err != nil {
		return command.Command[webhook.State]{}, endpoint.Secret{}, err
	}
	return command.ChangeWebhook(id, webhook.Create{
		ID: id, Secret: named, Settings: webhook.Settings{URL: b.URL, Types: b.Types, Description: b.Description},
	}), s.draw(c, id, named), s.Vault.Ready()
}

func (s Services) rotate(c *endpoint.Call, _ endpoint.NoBody) (command.Command[webhook.State], endpoint.Secret, error) {
	id, named := c.Name("endpoint"), endpoint.NewID()
	return command.ChangeWebhook(id, webhook.RotateSecret{Secret: named}), s.draw(c, id, named), s.Vault.Ready()
}

// draw draws a secret of an endpoint, by the id that events know it by.
func (s Services) draw(c *endpoint.Call, id, named string) endpoint.Secret {
	drawn, name := courier.NewSecret(), process.SecretName(c.Ledger.ID, id, named)
	return endpoint.Secret{
		Text:   drawn,
		Keep:   func(ctx context.Context) error { return s.Vault.Put(ctx, name, []byte(drawn)) },
		Forget: func(ctx context.Context) error { return s.Vault.Delete(ctx, name) },
	}
}

func (s Services) change(c *endpoint.Call, b webhookChangeBody) command.Command[webhook.State] {
	id := c.Name("endpoint")
	if err := s.Policy.CheckURL(b.URL); err != nil {
		return command.Refuse[webhook.State](webhook.Stream(id), err)
	}
	return command.ChangeWebhook(id, webhook.Change{
		Settings: webhook.Settings{URL: b.URL, Types: b.Types, Description: b.Description}, Status: b.Status,
	})
}

func remove(c *endpoint.Call) command.Command[webhook.State] {
	return command.ChangeWebhook(c.Name("endpoint"), webhook.Delete{})
}

func get(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (webhookEndpointView, error) {
	found, ok, err := webhooks.FindEndpoint(ctx, tx, c.Ledger.ID, c.Name("endpoint"))
	if err == nil && !ok {
		err = webhook.NotFound()
	}
	if err != nil {
		return webhookEndpointView{}, err
	}
	c.SetVersion(found.Version)
	return viewFaring(found), nil
}

func list(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[webhookEndpointView], error) {
	return endpoint.Page(c, func(after int64, limit int) ([]webhooks.Endpoint, error) {
		return webhooks.ListEndpoints(ctx, tx, c.Ledger.ID, after, limit)
	}, func(e webhooks.Endpoint) int64 { return e.Made }, viewFaring)
}
