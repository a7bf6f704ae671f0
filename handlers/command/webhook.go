package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore"
)

// ChangeWebhook judges a command on one webhook endpoint; the result is the endpoint after it.
func ChangeWebhook(id string, c webhook.Command) Command[webhook.State] {
	stream := webhook.Stream(id)
	return Command[webhook.State]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (webhook.State, error) {
			return apply(d, stream, webhook.Decide, c)
		},
	}
}
