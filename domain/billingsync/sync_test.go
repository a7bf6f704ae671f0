package billingsync

import (
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	now  = time.Date(2031, 6, 16, 2, 0, 0, 0, time.UTC)
	next = now.AddDate(0, 0, 1)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
)

func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), Ran{Checked: 12, Differences: 1, RanAt: now, NextAt: next},
		Deferred{Code: CodeUnreachable, At: now, Until: now.Add(deferTime)}, Hurried{At: now})
}

func TestComparisons(t *testing.T) {
	t.Parallel()
	clean, dirty := Ran{Checked: 2, RanAt: now, NextAt: next}, Ran{Checked: 2, Differences: 1, RanAt: now, NextAt: next}
	due := Ran{RanAt: now.AddDate(0, 0, -1), NextAt: now}
	away := Deferred{Code: CodeUnreachable, At: now, Until: now.Add(time.Hour)}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"the first one":                        {nil, Record{Checked: 2}, []domain.Event{clean}},
		"one that is due":                      {[]domain.Event{due}, Record{Checked: 2, Differences: 1}, []domain.Event{dirty}},
		"the second of a night":                {[]domain.Event{clean}, Record{Checked: 2}, nil},
		"an early one that finds what it knew": {[]domain.Event{dirty}, Record{Checked: 3, Differences: 1, Early: true}, nil},
		"an early one after repairs":           {[]domain.Event{dirty}, Record{Checked: 2, Early: true}, []domain.Event{clean}},
		"an early one after an absence":        {[]domain.Event{away}, Record{Checked: 2, Early: true}, []domain.Event{clean}},
		"a gateway is away":                    {[]domain.Event{due}, Defer{}, []domain.Event{away}},
		"a gateway was away, and is known so":  {[]domain.Event{away}, Defer{}, nil},
		"a person wants it before the first":   {nil, Hurry{}, []domain.Event{Hurried{At: now}}},
		"a person wants it again":              {[]domain.Event{dirty}, Hurry{}, []domain.Event{Hurried{At: now}}},
		"a person wants what is due":           {[]domain.Event{due}, Hurry{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	t.Run("nothing is due", func(t *testing.T) {
		t.Parallel()
		spec.Given(clean).When(Hurry{}).ThenRejected(t, "job_not_found")
	})
	t.Run("trouble", func(t *testing.T) {
		t.Parallel()
		var s State
		if s = Evolve(State{}, away); s.Troubled() {
			t.Errorf("an hour without the gateway is trouble: %+v", s)
		}
		late := away
		late.At, late.Until = now.Add(23*time.Hour), next
		if s = Evolve(s, late); !s.Troubled() {
			t.Errorf("a day without the gateway is none: %+v", s)
		}
		for _, event := range []domain.Event{dirty, dirty} {
			s = Evolve(s, event)
		}
		if !s.Troubled() || s.Code != CodeDifferences || s.Tries != 2 || !s.Since.Equal(now) || !s.NextAt.Equal(next) {
			t.Errorf("%+v", s)
		}
		if s = Evolve(s, clean); s.Troubled() || s.Code != "" || s.Tries != 0 || !s.Since.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

func TestNights(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Time]time.Time{
		now: next, now.Add(-time.Nanosecond): now, now.Add(time.Second): next, now.Add(-26 * time.Hour).Add(time.Second): now.AddDate(0, 0, -1),
	} {
		if got := Night(after.In(time.FixedZone("east", 3*3600))); !got.Equal(want) {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
}
