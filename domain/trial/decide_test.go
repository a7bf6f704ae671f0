package trial

import (
	"errors"
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

func spec(now time.Time) domain.Spec[State, Command, Fact] {
	return domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
}

func TestAWorkspaceTriesAFamilyOnce(t *testing.T) {
	t.Parallel()
	s := spec(begin)
	t.Run("the first time", func(t *testing.T) {
		t.Parallel()
		s.Given().When(Start(started)).Then(t, started)
	})
	t.Run("again while it is active", func(t *testing.T) {
		t.Parallel()
		r := s.Given(started).When(Start(started)).ThenRejected(t, "trial_already_used")
		if r.Details["start"] != begin {
			t.Errorf("details %v", r.Details)
		}
	})
	for _, status := range []Status{StatusConverted, StatusExpired, StatusCanceled} {
		t.Run("again once it is "+string(status), func(t *testing.T) {
			t.Parallel()
			s.Given(started).When(End{Status: status, At: end}).Then(t, Ended{Status: status, EndedAt: end})
			s.Given(started, Ended{Status: status, EndedAt: end}).When(Start(started)).ThenRejected(t, "trial_already_used")
		})
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		when Command
		then []domain.Event
	}{
		"another price":  {ChangePrice{Price: "business"}, []domain.Event{PriceChanged{From: "pro", To: "business"}}},
		"the same price": {ChangePrice{Price: "pro"}, nil},
		"a later end":    {Extend{End: later, Reason: "nice"}, []domain.Event{Extended{From: end, To: later, Reason: "nice"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec(begin).Given(started).When(test.when).Then(t, test.then...)
		})
	}
}

func TestFaultsAreNoRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		given   []domain.Event
		command Command
	}{
		"an end before the start":  {nil, End{Status: StatusExpired}},
		"an end after the end":     {[]domain.Event{started, ended}, End{Status: StatusExpired}},
		"an end that is none":      {[]domain.Event{started}, End{Status: StatusActive}},
		"an extension to no later": {[]domain.Event{started}, Extend{End: end}},
		"a start of no family":     {nil, Start{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var state State
			for _, event := range test.given {
				state = Evolve(state, event)
			}
			if _, err := Decide(state, test.command, domain.Meta{Now: begin}); err == nil || errors.As(err, new(*domain.Rejection)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestReminder(t *testing.T) {
	t.Parallel()
	near := end.AddDate(0, 0, -3)
	short := started
	short.End = begin.AddDate(0, 0, 3)
	reminded := []domain.Event{Reminded{End: end}}
	for name, test := range map[string]struct {
		now   time.Time
		given []domain.Event
		then  []domain.Event
	}{
		"too early":                        {near.Add(-1), []domain.Event{started}, nil},
		"near the end":                     {near, []domain.Event{started}, reminded},
		"near the end once more":           {near, []domain.Event{started, reminded[0]}, nil},
		"near a later end":                 {later, []domain.Event{started, reminded[0], Extended{From: end, To: later, Reason: "nice"}}, []domain.Event{Reminded{End: later}}},
		"a trial that begins near its end": {begin, []domain.Event{short}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec(test.now).Given(test.given...).When(Remind{}).Then(t, test.then...)
		})
	}
	t.Run("a trial that is over", func(t *testing.T) {
		t.Parallel()
		state := Evolve(Evolve(State{}, started), ended)
		if _, ok := state.ReminderAt(); ok || state.Size() <= 0 || !state.EndedAt.Equal(end) {
			t.Errorf("state %+v", state)
		}
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	if Stream("acme", "main") != "trial:acme:main" || Type.Name != Stream("acme", "main").Type() {
		t.Errorf("stream %s", Stream("acme", "main"))
	}
}
