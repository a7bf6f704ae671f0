package clock

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: noon}}
)

func TestAdvance(t *testing.T) {
	t.Parallel()
	later := noon.Add(90 * time.Second)
	for name, test := range map[string]struct {
		to   time.Time
		want []domain.Event
	}{
		"to a later time":      {later, []domain.Event{Advanced{To: later}}},
		"to a time in a zone":  {later.In(time.FixedZone("", 3600)), []domain.Event{Advanced{To: later}}},
		"to less than a micro": {later.Add(999), []domain.Event{Advanced{To: later}}},
		"to where it stands":   {noon, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(Advanced{To: noon}).When(Advance{To: test.to}).Then(t, test.want...)
		})
	}
}

func TestAdvanceIsRefused(t *testing.T) {
	t.Parallel()
	for code, to := range map[string]time.Time{
		"clock_backwards": noon.Add(-time.Microsecond),
		"to_invalid":      noon.AddDate(200, 0, 0),
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given().When(Advance{To: to}).ThenRejected(t, code)
		})
	}
}

func TestTheStateIsWhereTheClockStands(t *testing.T) {
	t.Parallel()
	if got := Evolve(State{}, Advanced{To: noon}); got != (State{Now: noon}) || got.Size() <= 0 {
		t.Errorf("state %+v", got)
	}
}
