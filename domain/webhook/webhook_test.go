package webhook

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	now  = time.Date(2031, 3, 1, 12, 0, 0, 0, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
)

var (
	settings = Settings{URL: "https://example.com/hook", Types: []string{"invoice.*", "trial.ending"}, Description: "the shop"}
	created  = Created{ID: "e-1", Settings: settings, Secret: "s-1", CreatedAt: now}
	gone     = Disabled{Reason: ReasonGone}
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	other := Settings{URL: "https://example.com/other", Types: []string{"*"}}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"create":                  {nil, Create{ID: "e-1", Secret: "s-1", Settings: settings}, []domain.Event{created}},
		"no types are all":        {nil, Create{ID: "e-1", Secret: "s-1", Settings: Settings{URL: other.URL}}, []domain.Event{Created{ID: "e-1", Settings: other, Secret: "s-1", CreatedAt: now}}},
		"change":                  {[]domain.Event{created}, Change{Settings: other}, []domain.Event{Changed{other}}},
		"the same again":          {[]domain.Event{created}, Change{Settings: settings}, nil},
		"disable":                 {[]domain.Event{created}, Change{Settings: settings, Status: new(StatusDisabled)}, []domain.Event{Disabled{Reason: ReasonManual}}},
		"enable and change":       {[]domain.Event{created, gone}, Change{Settings: other, Status: new(StatusEnabled)}, []domain.Event{Changed{other}, Enabled{}}},
		"a change does not start": {[]domain.Event{created, gone}, Change{Settings: other}, []domain.Event{Changed{other}}},
		"gone":                    {[]domain.Event{created}, Disable{ReasonGone}, []domain.Event{gone}},
		"gone once":               {[]domain.Event{created, gone}, Disable{ReasonFailing}, nil},
		"rotate":                  {[]domain.Event{created}, RotateSecret{"s-2"}, []domain.Event{SecretRotated{"s-2", now.Add(24 * time.Hour)}}},
		"test":                    {[]domain.Event{created}, Test{}, []domain.Event{Tested{"e-1"}}},
		"replay":                  {[]domain.Event{created}, Replay{From: 3, To: 9, Last: 7, Types: []string{"invoice.paid"}}, []domain.Event{Replayed{3, 7, []string{"invoice.paid"}}}},
		"redeliver":               {[]domain.Event{created}, Redeliver{[]int64{5, 7}}, []domain.Event{Redelivered{5}, Redelivered{7}}},
		"park":                    {[]domain.Event{created}, Park{5, "closed"}, []domain.Event{Parked{5, "closed"}}},
		"delete":                  {[]domain.Event{created}, Delete{}, []domain.Event{Deleted{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	with := func(change func(*Settings)) Command {
		s := settings.clone()
		change(&s)
		return Create{ID: "e-1", Secret: "s-1", Settings: s}
	}
	here := []domain.Event{created}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		code  string
	}{
		"no endpoint":       {nil, Test{}, "webhook_endpoint_not_found"},
		"a deleted one":     {[]domain.Event{created, Deleted{}}, Change{Settings: settings}, "webhook_endpoint_not_found"},
		"no URL":            {nil, with(func(s *Settings) { s.URL = "" }), "url_invalid"},
		"a long URL":        {nil, with(func(s *Settings) { s.URL = strings.Repeat("x", 2001) }), "url_invalid"},
		"an unknown type":   {nil, with(func(s *Settings) { s.Types = []string{"invoice.payed"} }), "type_unknown"},
		"an unknown prefix": {nil, with(func(s *Settings) { s.Types = []string{"invoices.*"} }), "type_unknown"},
		"half a prefix":     {nil, with(func(s *Settings) { s.Types = []string{"inv*"} }), "type_unknown"},
		"too many types":    {nil, with(func(s *Settings) { s.Types = slices.Repeat([]string{"*"}, 101) }), "types_invalid"},
		"two lines":         {nil, with(func(s *Settings) { s.Description = "a\nb" }), "description_invalid"},
		"a status":          {here, Change{Settings: settings, Status: new(Status("deleted"))}, "status_invalid"},
		"a test, disabled":  {[]domain.Event{created, gone}, Test{}, "endpoint_disabled"},
		"replay, disabled":  {[]domain.Event{created, gone}, Replay{From: 1, To: 1, Last: 1}, "endpoint_disabled"},
		"from nowhere":      {here, Replay{From: 0, To: 1, Last: 5}, "from_invalid"},
		"from the future":   {here, Replay{From: 6, To: 9, Last: 5}, "from_invalid"},
		"backwards":         {here, Replay{From: 3, To: 2, Last: 5}, "to_invalid"},
		"replay of nothing": {here, Replay{From: 3, To: 4, Last: 5, Types: []string{"x"}}, "type_unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
}

func TestSecretsWhileRotating(t *testing.T) {
	t.Parallel()
	s := Evolve(Evolve(State{}, created), SecretRotated{Secret: "s-2", PreviousExpiresAt: now.Add(24 * time.Hour)})
	if got := s.Secrets(now.Add(24*time.Hour - 1)); !slices.Equal(got, []string{"s-2", "s-1"}) {
		t.Errorf("within the day: %v", got)
	}
	if got := s.Secrets(now.Add(24 * time.Hour)); !slices.Equal(got, []string{"s-2"}) {
		t.Errorf("after it: %v", got)
	}
}

func TestWhatIsHeard(t *testing.T) {
	t.Parallel()
	s := Evolve(State{}, created)
	for of, want := range map[string]bool{"invoice.paid": true, "trial.ending": true, "trial.ended": false, "invoices.paid": false} {
		if got := s.Hears(of); got != want {
			t.Errorf("%s: %t", of, got)
		}
	}
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"),
		created, Changed{settings}, Enabled{}, gone, SecretRotated{"s-2", now}, Tested{"e-1"},
		Replayed{From: 3, To: 7, Types: []string{"invoice.paid"}}, Redelivered{5}, Deleted{}, Parked{5, "the shop is closed"},
	)
}
