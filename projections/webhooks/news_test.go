package webhooks

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/handlers/command"
)

// noNews lists the types of streams whose events are no news: what the seller sells and says, and what repeats the news of others.
var noNews = []string{"catalog", "seating", "numbering", "details", "seller", "tax", "item", "job", "merchant", "dunning", "billing_sync", "books", "installation", "audit"}

// TestEveryEventIsDecidedOn keeps the table total: each event makes news of a documented type, or none.
func TestEveryEventIsDecidedOn(t *testing.T) {
	t.Parallel()
	for _, streamType := range command.StreamTypes() {
		silent := slices.Contains(noNews, streamType.Name)
		isRead := slices.ContainsFunc(reads, func(read domain.StreamType) bool { return read.Name == streamType.Name })
		if silent == isRead {
			t.Errorf("streams of the type %s: are their events news? Add them to reads and to the table, or to noNews here", streamType.Name)
		}
		for _, event := range streamType.Events {
			if _, decided := news[event.Zero.EventType()]; isRead && !decided {
				t.Errorf("%s makes news of which type, or none? Add it to the table", event.Zero.EventType())
			}
		}
	}
}

func TestNewsIsOfDocumentedTypes(t *testing.T) {
	t.Parallel()
	for _, streamType := range reads {
		for _, event := range streamType.Events {
			if of := News(event.Zero); of != "" && !slices.Contains(webhook.Types(), of) {
				t.Errorf("%s makes news of the type %s, which is not documented", event.Zero.EventType(), of)
			}
		}
	}
}
