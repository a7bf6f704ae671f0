package invoice

import (
	"encoding/json"
	"testing"
	"time"
)

// TestDueDates issues invoices around changes of the clocks, and asks from when they are overdue.
func TestDueDates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		zone, issued string
		days         int
		due, overdue string
	}{
		"summer time begins":              {"America/New_York", "2031-03-08T05:00:00Z", 2, "2031-03-10T04:00:00Z", "2031-03-11T04:00:00Z"},
		"summer time ends":                {"Europe/Berlin", "2031-09-30T22:00:00Z", 30, "2031-10-30T23:00:00Z", "2031-10-31T23:00:00Z"},
		"on the due day":                  {"UTC", "2031-03-01T09:00:00Z", 30, "2031-03-31T09:00:00Z", "2031-04-01T00:00:00Z"},
		"at once":                         {"Asia/Tokyo", "2031-03-01T14:59:59Z", 0, "2031-03-01T14:59:59Z", "2031-03-01T15:00:00Z"},
		"a time that the due day skips":   {"Europe/Berlin", "2031-03-29T01:30:00Z", 1, "2031-03-30T01:00:00Z", "2031-03-30T22:00:00Z"},
		"a time that it has twice":        {"Europe/Berlin", "2031-10-25T00:30:00Z", 1, "2031-10-26T00:30:00Z", "2031-10-26T23:00:00Z"},
		"at once, the second time":        {"Europe/Berlin", "2031-10-26T01:30:00Z", 0, "2031-10-26T01:30:00Z", "2031-10-26T23:00:00Z"},
		"from the second time":            {"Europe/Berlin", "2031-10-26T01:30:00Z", 1, "2031-10-27T01:30:00Z", "2031-10-27T23:00:00Z"},
		"the day after begins at one":     {"Africa/Cairo", "2026-04-22T22:30:00Z", 0, "2026-04-22T22:30:00Z", "2026-04-23T22:00:00Z"},
		"a day that there was not":        {"Pacific/Apia", "2011-12-29T12:00:00Z", 1, "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		"the end of a month and a year":   {"America/Los_Angeles", "2031-12-31T07:59:59Z", 1, "2032-01-01T07:59:59Z", "2032-01-01T08:00:00Z"},
		"no zone, in invoices by hand":    {"", "2031-01-31T12:00:00Z", 365, "2032-01-31T12:00:00Z", "2032-02-01T00:00:00Z"},
		"one civil day later, early here": {"Pacific/Kiritimati", "2031-06-01T09:00:00Z", 1, "2031-06-02T09:00:00Z", "2031-06-02T10:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			draft := hundred()
			draft.TimeZone, draft.DaysUntilDue = tt.zone, tt.days
			s := Evolve(State{}, draft)
			facts, err := Decide(s, Finalize{Number: "1", Credit: usd(0), IssuedAt: instant(tt.issued)}, spec.Meta)
			if err != nil {
				t.Fatal(err)
			}
			s = Evolve(s, facts[0])
			if !s.DueAt.Equal(instant(tt.due)) || !s.OverdueFrom().Equal(instant(tt.overdue)) {
				t.Errorf("due %v, overdue from %v, want %s and %s", s.DueAt, s.OverdueFrom(), tt.due, tt.overdue)
			}
			if from := instant(tt.overdue); s.Overdue(from.Add(-time.Nanosecond)) || !s.Overdue(from) {
				t.Error("overdue from another instant")
			}
		})
	}
}

// TestNothingIsDueOfANegativeTotal holds for events of before too, which have a date.
func TestNothingIsDueOfANegativeTotal(t *testing.T) {
	t.Parallel()
	s := Evolve(State{}, drafting(bill(line("a", -5000, -500))))
	s = Evolve(s, finalized(-5500, 0, PaymentNotRequired))
	if s.DueAt != nil || s.OverdueFrom() != nil || s.Overdue(due.AddDate(1, 0, 0)) {
		t.Errorf("due %v, overdue from %v", s.DueAt, s.OverdueFrom())
	}
}

// TestEventsKeepTheirDueDate reads an event as releases before this one wrote it.
func TestEventsKeepTheirDueDate(t *testing.T) {
	t.Parallel()
	stored := `{"id":"i","number":"INV-000001","issued_at":"2031-09-30T22:00:00Z","due_at":"2031-10-30T22:00:00Z",
		"credit_applied":{"amount":"0.00","currency":"USD"},"amount_due":{"amount":"110.00","currency":"USD"},"payment_status":"pending"}`
	var event Finalized
	if err := json.Unmarshal([]byte(stored), &event); err != nil {
		t.Fatal(err)
	}
	draft := hundred()
	draft.TimeZone = "Europe/Berlin"
	s := Evolve(Evolve(State{}, draft), event)
	if !s.DueAt.Equal(instant("2031-10-30T22:00:00Z")) || !s.OverdueFrom().Equal(instant("2031-10-30T23:00:00Z")) {
		t.Errorf("due %v, overdue from %v", s.DueAt, s.OverdueFrom())
	}
}

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}
