package audit

import (
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	spec  = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	kept  = &Outside{Name: "checkpoints/1", Size: 7, Note: "tallystick/1\n7\nroot\n\n— tallystick/1 signature\n"}
	first = Restarted{Tree: 2, Reason: "Restored from the backup of May", Refusal: "the outside copy knows 7 events", Outside: kept}
)

func TestRestart(t *testing.T) {
	t.Parallel()
	spec.Given().When(Restart{Reason: first.Reason, Tree: 1, Refusal: first.Refusal, Outside: kept}).Then(t, first)
	spec.Given(first).When(Restart{Reason: "again", Tree: 2, Refusal: "the tiles"}).Then(t, Restarted{Tree: 3, Reason: "again", Refusal: "the tiles"})
}

func TestRestartIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		given []domain.Event
		when  Restart
		code  string
	}{
		"nothing is refused": {nil, Restart{Reason: "why not", Tree: 1}, "audit_not_refusing"},
		"restarted already":  {[]domain.Event{first}, Restart{Reason: "again", Tree: 1, Refusal: first.Refusal}, "audit_not_refusing"},
		"no reason":          {nil, Restart{Tree: 1, Refusal: first.Refusal}, "reason_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), first)
}
