package dunning

import (
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

var (
	now  = time.Date(2031, 6, 16, 12, 0, 0, 0, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
)

func with(change func(*Policy)) Policy {
	p := Default()
	change(&p)
	return p
}

func TestReplace(t *testing.T) {
	t.Parallel()
	patient := with(func(p *Policy) { p.RetryDays, p.CancelAfterDays, p.Settlement = []int{}, nil, SettlementNone })
	for name, test := range map[string]struct {
		given []domain.Event
		when  Policy
		then  []domain.Event
	}{
		"the default is there already": {nil, Default(), nil},
		"another":                      {nil, patient, []domain.Event{Set{patient, now}}},
		"the same again":               {[]domain.Event{Set{patient, now}}, patient, nil},
		"back to the default":          {[]domain.Event{Set{patient, now}}, Default(), []domain.Event{Set{Default(), now}}},
		"the widest bounds": {nil, with(func(p *Policy) { p.RestrictAfterDays, p.CancelAfterDays = 364, new(365) }), []domain.Event{
			Set{with(func(p *Policy) { p.RestrictAfterDays, p.CancelAfterDays = 364, new(365) }), now}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(Replace{test.when}).Then(t, test.then...)
		})
	}
	for code, bad := range map[string][]func(*Policy){
		"retry_days_invalid": {
			func(p *Policy) { p.RetryDays = []int{0} }, func(p *Policy) { p.RetryDays = []int{3, 1} },
			func(p *Policy) { p.RetryDays = []int{1, 1} }, func(p *Policy) { p.RetryDays = []int{366} },
			func(p *Policy) { p.RetryDays = slices.Repeat([]int{1}, 31) },
		},
		"restrict_after_days_invalid": {func(p *Policy) { p.RestrictAfterDays = 0 }, func(p *Policy) { p.RestrictAfterDays, p.CancelAfterDays = 366, nil }},
		"cancel_after_days_invalid": {
			func(p *Policy) { p.CancelAfterDays = new(14) }, func(p *Policy) { p.CancelAfterDays = new(366) }, func(p *Policy) { p.CancelAfterDays = new(0) },
		},
		"settlement_invalid": {func(p *Policy) { p.Settlement = "refund" }, func(p *Policy) { p.Settlement = "" }},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			for _, change := range bad {
				spec.Given().When(Replace{with(change)}).ThenRejected(t, code)
			}
		})
	}
}

// TestAnInvoiceKeepsItsPolicy asks for policies before, at and after the instants at which they were set.
func TestAnInvoiceKeepsItsPolicy(t *testing.T) {
	t.Parallel()
	days := func(n int) Policy { return with(func(p *Policy) { p.RestrictAfterDays = n }) }
	s := Evolve(Evolve(State{}, Set{days(1), now}), Set{days(2), now.Add(time.Hour)})
	for name, test := range map[string]struct {
		version int64
		due     time.Time
		want    int
	}{
		"due before any":           {0, now.Add(-1), 14},
		"due when it was set":      {0, now, 14},
		"due after the first":      {0, now.Add(1), 1},
		"due after the second":     {0, now.Add(2 * time.Hour), 2},
		"of a version":             {1, now.Add(2 * time.Hour), 1},
		"of a version that is not": {3, now, 14},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := s.Of(test.version, test.due).RestrictAfterDays; got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
	if s.VersionAt(now.Add(-1)) != 0 || s.VersionAt(now) != 1 || s.VersionAt(now.Add(time.Hour)) != 2 || s.Policy().RestrictAfterDays != 2 || s.Size() <= 0 {
		t.Errorf("%+v", s)
	}
}

// TestSteps looks at days whose midnight is another one, or none.
func TestSteps(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		instant, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return instant
	}
	for name, test := range map[string]struct {
		due  Due
		days int
		want string
	}{
		"the next day":           {Due{at("2031-07-01T12:00:00Z"), "UTC"}, 1, "2031-07-02T00:00:00Z"},
		"from midnight":          {Due{at("2031-07-01T00:00:00Z"), "UTC"}, 14, "2031-07-15T00:00:00Z"},
		"of the civil day there": {Due{at("2031-07-01T03:00:00Z"), "America/New_York"}, 1, "2031-07-01T04:00:00Z"},
		"over summer time":       {Due{at("2031-03-08T05:00:00Z"), "America/New_York"}, 2, "2031-03-10T04:00:00Z"},
		"a day without midnight": {Due{at("2018-11-03T12:00:00Z"), "America/Sao_Paulo"}, 1, "2018-11-04T03:00:00Z"},
		"an unknown zone":        {Due{at("2031-07-01T12:00:00Z"), "Mars"}, 1, "2031-07-02T00:00:00Z"},
		"no zone":                {Due{at("2031-07-01T12:00:00Z"), ""}, 1, "2031-07-02T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.due.Step(test.days); !got.Equal(at(test.want)) {
				t.Errorf("%v, want %s", got, test.want)
			}
		})
	}
}

// TestEachRetryComesOnce goes from retry to retry by any policy, in any zone.
func TestEachRetryComesOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := Policy{RestrictAfterDays: rapid.IntRange(1, 30).Draw(t, "restrict"), Settlement: SettlementCredit}
		p.RetryDays = rapid.SliceOfNDistinct(rapid.IntRange(1, 40), 0, 8, rapid.ID[int]).Draw(t, "days")
		slices.Sort(p.RetryDays)
		if rapid.Bool().Draw(t, "ends") {
			p.CancelAfterDays = new(p.RestrictAfterDays + rapid.IntRange(1, 30).Draw(t, "cancel"))
		}
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		due := Due{
			At:       now.Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(t, "minutes")) * time.Minute),
			TimeZone: rapid.SampledFrom([]string{"UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/Santiago"}).Draw(t, "zone"),
		}
		made := 0
		for at, ok := p.NextRetry(due, due.At); ok; at, ok = p.NextRetry(due, at) {
			if made == len(p.RetryDays) || !at.Equal(due.Step(p.RetryDays[made])) || !at.After(due.At) {
				t.Fatalf("retry %d of %v at %v", made+1, p.RetryDays, at)
			}
			made++
		}
		restrict, cancel := p.Ladder(due)
		if made != len(p.RetryDays) || !restrict.After(due.At) || (cancel == nil) != (p.CancelAfterDays == nil) || cancel != nil && !cancel.After(restrict) {
			t.Fatalf("%d retries of %v, restricted at %v and canceled at %v", made, p.RetryDays, restrict, cancel)
		}
	})
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), Set{Default(), now})
}
