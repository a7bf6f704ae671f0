package webhooks

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// webhookReplayBody is the body of POST /v1/webhook-endpoints/{endpoint}/replay.
type webhookReplayBody struct {
	From  int64    `json:"from" minimum:"1" example:"1" doc:"The first position."`
	To    *int64   `json:"to,omitempty" minimum:"1" doc:"The last position; the newest when it is not given."`
	Types []string `json:"types,omitempty" maxItems:"100" example:"[\"invoice.paid\"]" doc:"All when none is given."`
}

// webhookAskedView tells how much is sent.
type webhookAskedView struct {
	Deliveries int64 `json:"deliveries" doc:"How many deliveries are sent."`
}

// errorWord tells why an attempt failed.
type errorWord string

func errorWords() (all []errorWord) {
	for _, word := range courier.Errors {
		all = append(all, errorWord(word))
	}
	return all
}

// webhookDeliveryView shows a delivery.
type webhookDeliveryView struct {
	ID            string               `json:"id"`
	Endpoint      string               `json:"endpoint"`
	Event         string               `json:"event" doc:"The webhook-id."`
	Type          string               `json:"type" example:"invoice.paid"`
	Workspace     *string              `json:"workspace"`
	Sequence      int64                `json:"sequence"`
	Position      int64                `json:"position"`
	Status        webhooks.Status      `json:"status" doc:"canceled: the endpoint was disabled before it was delivered."`
	Attempts      []webhookAttemptView `json:"attempts"`
	NextAttemptAt *time.Time           `json:"next_attempt_at" doc:"By the ledger's clock."`
	Payload       courier.News         `json:"payload" doc:"The body, as it is sent at every attempt."`
}

// webhookAttemptView shows one attempt.
type webhookAttemptView struct {
	N          int        `json:"n"`
	At         time.Time  `json:"at" doc:"By the ledger's clock."`
	Status     *int       `json:"status" doc:"The HTTP status; null where there was no answer."`
	Error      *errorWord `json:"error"`
	DurationMS int64      `json:"duration_ms"`
}

// view shows a delivery with its body.
func (s Services) view(ctx context.Context, tx pgx.Tx, c *endpoint.Call, d webhooks.Delivery, e eventstore.Event) (webhookDeliveryView, error) {
	shown := webhookDeliveryView{
		ID: idOf(d), Endpoint: d.Endpoint, Event: d.Event.String(), Type: d.Type, Workspace: endpoint.OrNull(d.Workspace), Sequence: d.Sequence,
		Position: d.Position, Status: d.Status, Attempts: []webhookAttemptView{}, NextAttemptAt: d.NextAt,
	}
	for i, a := range d.Attempts {
		attempt := webhookAttemptView{N: i + 1, At: a.At.UTC(), DurationMS: a.DurationMS}
		if a.Status != 0 {
			attempt.Status = &a.Status
		}
		if a.Error != "" {
			attempt.Error = new(errorWord(a.Error))
		}
		shown.Attempts = append(shown.Attempts, attempt)
	}
	var err error
	shown.Payload, err = s.Writer.Write(ctx, tx, c.Ledger.ID, d, e)
	return shown, err
}

// idOf names a delivery: its endpoint, and the position of its event.
func idOf(d webhooks.Delivery) string { return d.Endpoint + "." + strconv.FormatInt(d.Position, 10) }

// find finds the path's delivery.
func find(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (webhooks.Delivery, error) {
	id := c.Name("delivery")
	dot := strings.LastIndexByte(id, '.')
	position, err := strconv.ParseInt(id[dot+1:], 10, 64)
	if dot >= 0 && err == nil {
		found, ok, err := webhooks.FindDelivery(ctx, tx, c.Ledger.ID, id[:dot], position)
		if err != nil || ok && idOf(found) == id {
			return found, err
		}
	}
	return webhooks.Delivery{}, domain.NotFound("webhook_delivery_not_found", "there is no such delivery")
}

// show shows a delivery.
func (s Services) show(ctx context.Context, tx pgx.Tx, c *endpoint.Call, d webhooks.Delivery) (webhookDeliveryView, error) {
	events, err := s.Writer.Events(ctx, tx, c.Ledger.ID, []webhooks.Delivery{d})
	if err != nil {
		return webhookDeliveryView{}, err
	}
	return s.view(ctx, tx, c, d, events[d.Position])
}

func (s Services) getDelivery(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (webhookDeliveryView, error) {
	found, err := find(ctx, tx, c)
	if err != nil {
		return webhookDeliveryView{}, err
	}
	return s.show(ctx, tx, c, found)
}

func (s Services) listDeliveries(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (list endpoint.List[webhookDeliveryView], err error) {
	id := c.Name("endpoint")
	if _, err := endpoint.After[int64](c); err != nil {
		return list, err
	}
	if _, ok, err := webhooks.FindEndpoint(ctx, tx, c.Ledger.ID, id); err != nil || !ok {
		if err == nil {
			err = webhook.NotFound()
		}
		return list, err
	}
	filter := webhooks.Filter{Status: c.Parameter("status"), Workspace: c.Parameter("workspace")}
	return endpoint.Page(c, func(before int64, limit int) ([]webhookDeliveryView, error) {
		found, err := webhooks.ListDeliveries(ctx, tx, c.Ledger.ID, id, filter, before, limit)
		if err != nil {
			return nil, err
		}
		events, err := s.Writer.Events(ctx, tx, c.Ledger.ID, found)
		if err != nil {
			return nil, err
		}
		shown := make([]webhookDeliveryView, len(found))
		for i, d := range found {
			if shown[i], err = s.view(ctx, tx, c, d, events[d.Position]); err != nil {
				return nil, err
			}
		}
		return shown, nil
	}, func(d webhookDeliveryView) int64 { return d.Position }, func(d webhookDeliveryView) webhookDeliveryView { return d })
}

// redelivered is a delivery that is sent again.
type redelivered struct {
	delivery webhooks.Delivery
	shown    webhookDeliveryView
}

func (s Services) findRedelivery(endpoint.NoBody) endpoint.Reading[redelivered] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (r redelivered, err error) {
		if r.delivery, err = find(ctx, tx, c); err != nil {
			return r, err
		}
		r.delivery.Status, r.delivery.NextAt = webhooks.StatusPending, nil
		r.shown, err = s.show(ctx, tx, c, r.delivery)
		return r, err
	}
}

func redeliver(_ *endpoint.Call, _ endpoint.NoBody, r redelivered) command.Command[webhookDeliveryView] {
	return command.ThenShow(command.ChangeWebhook(r.delivery.Endpoint, webhook.Redeliver{Positions: []int64{r.delivery.Position}}), r.shown)
}

func test(c *endpoint.Call) command.Command[webhookAskedView] {
	return command.ThenShow(command.ChangeWebhook(c.Name("endpoint"), webhook.Test{}), webhookAskedView{Deliveries: 1})
}

// replayed counts the deliveries of a replay.
type replayed struct {
	webhook.Replay
	count int64
}

func findReplay(b webhookReplayBody) endpoint.Reading[replayed] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (r replayed, err error) {
		if err := webhook.CheckReplay(b.From, b.To); err != nil {
			return r, err
		}
		if r.Last, err = eventstore.Tail(ctx, tx, c.Ledger.ID); err != nil {
			return r, err
		}
		r.From, r.To, r.Types = b.From, domain.Or(b.To, r.Last), b.Types
		r.count, err = webhooks.CountReplay(ctx, tx, c.Ledger.ID, c.Name("endpoint"), webhook.Replayed{From: r.From, To: r.To, Types: r.Types})
		return r, err
	}
}

func replay(c *endpoint.Call, _ webhookReplayBody, r replayed) command.Command[webhookAskedView] {
	return command.ThenShow(command.ChangeWebhook(c.Name("endpoint"), r.Replay), webhookAskedView{Deliveries: r.count})
}
