package words

import (
	"fmt"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/webhook"
)

// ofWebhook tells of webhook endpoints. A URL may hold a secret of its owner's, so it is not told.
func ofWebhook(event domain.Event) string {
	switch e := event.(type) {
	case webhook.Created:
		return "A webhook endpoint was created, which hears " + heard(e.Types)
	case webhook.Changed:
		return "The webhook endpoint was changed, and hears " + heard(e.Types)
	case webhook.Enabled:
		return "The webhook endpoint was enabled"
	case webhook.Disabled:
		return "The webhook endpoint was disabled" + because(string(e.Reason))
	case webhook.SecretRotated:
		return "The webhook endpoint's secret was rotated; the one before signs until " + at(e.PreviousExpiresAt)
	case webhook.Tested:
		return "The webhook endpoint was tested"
	case webhook.Replayed:
		return fmt.Sprintf("What happened at the positions %d to %d is sent to the webhook endpoint again", e.From, e.To)
	case webhook.Redelivered:
		return fmt.Sprintf("What happened at position %d is sent to the webhook endpoint again", e.Position)
	case webhook.Parked:
		return fmt.Sprintf("What happened at position %d is not sent to the webhook endpoint until it is asked for", e.Position) + because(e.Reason)
	case webhook.Deleted:
		return "The webhook endpoint was deleted"
	}
	return ""
}

func heard(types []string) string { return strings.Join(types, ", ") }
