package clock

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAdvance(t *testing.T) {
	t.Parallel()
	s := domain.Spec[State, Command]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: noon}}
	later := noon.Add(90 * time.Second)
	s.Given().When(Advance{To: later}).Then(t, Advanced{To: later})
	s.Given(Advanced{To: noon}).When(Advance{To: later.In(time.FixedZone("", 3600))}).Then(t, Advanced{To: later})
	s.Given().When(Advance{To: later.Add(999)}).Then(t, Advanced{To: later})
	s.Given().When(Advance{To: noon}).Then(t)
	s.Given().When(Advance{To: noon.Add(-time.Microsecond)}).ThenRejected(t, "clock_backwards")
	s.Given().When(Advance{To: noon.AddDate(200, 0, 0)}).ThenRejected(t, "to_invalid")
	if _, err := Decide(State{}, nil, s.Meta); err == nil {
		t.Error("no command was decided")
	}
	if got := Evolve(State{}, Advanced{To: later}); got != (State{Now: later}) || got.Size() <= 0 {
		t.Errorf("state %+v", got)
	}
}
