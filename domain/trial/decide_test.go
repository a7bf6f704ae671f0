package trial

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	begin   = time.Date(2026, 6, 1, 12, 12, 0, 0, time.UTC)
	end     = time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	later   = time.Date(2026, 6, 22, 0, 0, 0, 0, time.UTC)
	started = Started{Family: "main", Subscription: "s", Price: "pro", Start: begin, End: end}
	ended   = Ended{Status: StatusCanceled, EndedAt: end}
)

func spec(now time.Time) domain.Spec[State, Command, domain.Event] {
	return domain.Spec[State, Command, domain.Event]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
}

func TestOnlyOneTrial(t *testing.T) {
	t.Parallel()
	s := spec(begin)
	s.Given().When(Start(started)).Then(t, started)
	for _, status := range []Status{StatusConverted, StatusExpired, StatusCanceled} {
		s.Given(started).When(End{Status: status, At: end}).Then(t, Ended{Status: status, EndedAt: end})
		s.Given(started, Ended{Status: status, EndedAt: end}).When(Start(started)).ThenRejected(t, "trial_already_used")
	}
	if r := s.Given(started).When(Start(started)).ThenRejected(t, "trial_already_used"); r.Details["start"] != begin {
		t.Errorf("details %v", r.Details)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	s := spec(begin)
	s.Given(started).When(ChangePrice{Price: "business"}).Then(t, PriceChanged{From: "pro", To: "business"})
	s.Given(started).When(ChangePrice{Price: "pro"}).Then(t)
	s.Given(started).When(Extend{End: later, Reason: "nice"}).Then(t, Extended{From: end, To: later, Reason: "nice"})
	for name, tt := range map[string]struct {
		given   []domain.Event
		command Command
	}{
		"nothing":     {nil, End{Status: StatusExpired}},
		"over":        {[]domain.Event{started, ended}, End{Status: StatusExpired}},
		"active":      {[]domain.Event{started}, End{Status: StatusActive}},
		"earlier":     {[]domain.Event{started}, Extend{End: end}},
		"no family":   {nil, Start{}},
		"no commands": {[]domain.Event{started}, nil},
	} {
		var state State
		for _, event := range tt.given {
			state = Evolve(state, event)
		}
		_, err := Decide(state, tt.command, s.Meta)
		if _, refused := err.(*domain.Rejection); err == nil || refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReminder(t *testing.T) {
	t.Parallel()
	near := end.AddDate(0, 0, -3)
	spec(near.Add(-1)).Given(started).When(Remind{}).Then(t)
	spec(near).Given(started).When(Remind{}).Then(t, Reminded{End: end})
	spec(near).Given(started, Reminded{End: end}).When(Remind{}).Then(t)
	// Of a later end anew.
	extended := Extended{From: end, To: later, Reason: "nice"}
	spec(later).Given(started, Reminded{End: end}, extended).When(Remind{}).Then(t, Reminded{End: later})
	short := started
	short.End = begin.AddDate(0, 0, 3)
	spec(begin).Given(short).When(Remind{}).Then(t)

	state := Evolve(Evolve(State{}, started), ended)
	if _, ok := state.ReminderAt(); ok || state.Size() <= 0 || !state.EndedAt.Equal(end) {
		t.Errorf("state %+v", state)
	}
	if Stream("acme", "main") != "trial:acme:main" || Type.Name != Stream("acme", "main").Type() {
		t.Errorf("stream %s", Stream("acme", "main"))
	}
}
