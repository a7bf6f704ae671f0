package notice

import (
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
)

var (
	start    = time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC)
	end      = time.Date(2031, 7, 1, 0, 0, 0, 0, time.UTC)
	near     = time.Date(2031, 6, 24, 0, 0, 0, 0, time.UTC)
	upcoming = InvoiceUpcoming{Subscription: "s", RenewsAt: end}
	overdue  = InvoiceOverdue{Invoice: "i", Number: "INV-000001", OverdueAt: near}
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), upcoming, overdue)
}

func span(start, end time.Time) period.Period { return period.Period{Start: start, End: end} }

func TestRenewal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from time.Time
		want bool
	}{
		"a month":                 {start, true},
		"seven days":              {near, true},
		"less than seven days":    {near.Add(1), false},
		"a period that was begun": {near.AddDate(0, 0, 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := Renewal("s", span(test.from, end)); ok != test.want || !got.At.Equal(near) || got.Fact != Fact(upcoming) {
				t.Errorf("%+v, %t", got, ok)
			}
		})
	}
}

// TestTell tells everything once, when it is due.
func TestTell(t *testing.T) {
	t.Parallel()
	coming, _ := Renewal("s", span(start, end))
	later, _ := Renewal("s", span(end, end.AddDate(0, 1, 0)))
	other, _ := Renewal("another", span(start, end))
	due := Due("i", "INV-000001", near)
	again := Due("i", "INV-000001", end)
	for name, test := range map[string]struct {
		now   time.Time
		given []domain.Event
		when  Expected
		then  []domain.Event
	}{
		"early":                             {near.Add(-1), nil, coming, nil},
		"in time":                           {near, nil, coming, []domain.Event{upcoming}},
		"once more":                         {near, []domain.Event{upcoming}, coming, nil},
		"the renewal after it":              {end.AddDate(0, 1, 0), []domain.Event{upcoming}, later, []domain.Event{later.Fact}},
		"another subscription":              {near, []domain.Event{upcoming}, other, []domain.Event{other.Fact}},
		"an overdue invoice":                {near, []domain.Event{upcoming}, due, []domain.Event{overdue}},
		"an overdue invoice once more":      {near, []domain.Event{overdue}, due, nil},
		"an invoice that is owed once more": {end, []domain.Event{overdue}, again, []domain.Event{again.Fact}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: test.now}}.
				Given(test.given...).When(Tell{test.when}).Then(t, test.then...)
		})
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	coming, _ := Renewal("s", span(start, end))
	first, second := Due("i", "INV-000001", near.Add(-1)), Due("j", "INV-000002", near.Add(1))
	all := []Expected{coming, second, first}
	s := State{}
	for _, want := range []Expected{first, coming, second} {
		next, ok := s.Next(all)
		if !ok || next != want {
			t.Fatalf("%+v, %t; want %+v", next, ok, want)
		}
		s = Evolve(s, next.Fact)
	}
	if next, ok := s.Next(all); ok || s.Size() <= 0 {
		t.Errorf("%+v is told again", next)
	}
}
