package bookkeeping

import (
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/journal"
)

var (
	now    = time.Date(2031, 7, 1, 0, 0, 0, 0, time.UTC)
	spec   = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
	berlin = Policy{TimeZone: "Europe/Berlin", Recognition: journal.ByMonth}
)

func month(text string) journal.Month {
	m, err := journal.ParseMonth(text)
	if err != nil {
		panic(err)
	}
	return m
}

func TestBooks(t *testing.T) {
	t.Parallel()
	june, may := MonthEnded{Month: month("2031-06"), EndedAt: now}, MonthEnded{Month: month("2031-05"), EndedAt: now}
	closed := PeriodClosed{Period: month("2031-05"), ClosedAt: now, Position: 9}
	byMonth := Default()
	byMonth.Recognition = journal.ByMonth
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"a policy":                        {nil, SetPolicy{Policy: berlin}, []domain.Event{PolicySet{berlin}}},
		"the same policy":                 {nil, SetPolicy{Policy: Default(), InUse: true}, nil},
		"another method when in use":      {nil, SetPolicy{Policy: byMonth, InUse: true}, []domain.Event{PolicySet{byMonth}}},
		"a month ends":                    {nil, EndMonth{}, []domain.Event{june}},
		"a month ends once":               {[]domain.Event{june}, EndMonth{}, nil},
		"a period is closed":              {[]domain.Event{may}, Close{Period: month("2031-05"), Billed: true, Position: 9}, []domain.Event{closed}},
		"the next period is closed":       {[]domain.Event{closed}, Close{Period: month("2031-06"), Position: 9}, []domain.Event{PeriodClosed{Period: month("2031-06"), ClosedAt: now, Position: 9}}},
		"a period before the first entry": {nil, Close{Period: month("2031-05"), First: month("2031-06"), Position: 9}, []domain.Event{closed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		code  string
	}{
		"no zone":                    {nil, SetPolicy{Policy: Policy{TimeZone: "Mars", Recognition: journal.ByDay}}, "time_zone_unknown"},
		"no method":                  {nil, SetPolicy{Policy: Policy{TimeZone: "UTC"}}, "recognition_invalid"},
		"another zone with entries":  {nil, SetPolicy{Policy: berlin, InUse: true}, "books_in_use"},
		"another zone after a month": {[]domain.Event{june}, SetPolicy{Policy: berlin}, "books_in_use"},
		"a closed period":            {[]domain.Event{closed}, Close{Period: month("2031-05")}, "period_closed"},
		"a period that goes on":      {nil, Close{Period: month("2031-07")}, "period_not_over"},
		"a month that did not end":   {[]domain.Event{may}, Close{Period: month("2031-06"), Billed: true}, "period_not_over"},
		"not the first period":       {nil, Close{Period: month("2031-06"), First: month("2031-05")}, "earlier_period_open"},
		"not the next period":        {[]domain.Event{PeriodClosed{Period: month("2031-04")}}, Close{Period: month("2031-06")}, "earlier_period_open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
	t.Run("months end in the books' time zone", func(t *testing.T) {
		t.Parallel()
		s := Evolve(State{}, PolicySet{berlin})
		if _, _, ok := s.NextDeadline(time.Time{}); ok || s.Size() <= 0 || Stream() != "books:main" {
			t.Error("a month ends before anything was billed")
		}
		kind, at, ok := s.NextDeadline(time.Date(2031, 6, 30, 22, 30, 0, 0, time.UTC))
		if !ok || kind != Deadline || !at.Equal(time.Date(2031, 7, 31, 22, 0, 0, 0, time.UTC)) {
			t.Errorf("%s at %s", kind, at)
		}
		if _, at, _ := Evolve(s, june).NextDeadline(time.Time{}); !at.Equal(time.Date(2031, 7, 31, 22, 0, 0, 0, time.UTC)) {
			t.Errorf("the next one at %s", at)
		}
	})
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), PolicySet{berlin}, MonthEnded{Month: month("2031-06"), EndedAt: now},
		PeriodClosed{Period: month("2031-06"), ClosedAt: now, Position: 9})
}
