package bookkeeping

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/period"
)

// Command asks for something of the books.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on the books. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// SetPolicy makes this the policy, all of it.
type SetPolicy struct {
	Policy Policy
	InUse  bool // there is an entry
}

// PolicySet makes this the policy of invoices that are issued from then on.
type PolicySet struct{ Policy }

// EventType gives the stored name.
func (PolicySet) EventType() string { return "books.policy_set.v1" }

func (e PolicySet) evolve(s State) State {
	s.Set = &e.Policy
	return s
}

// decide refuses with books_in_use, or with its fields: time_zone_unknown, recognition_invalid. The same again changes nothing.
func (c SetPolicy) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	_, err := period.LoadZone(c.Policy.TimeZone)
	check.Require(err == nil, "/time_zone", period.CodeTimeZoneUnknown, "time_zone must be an IANA name such as Europe/Berlin")
	check.Require(slices.Contains(journal.Methods, c.Policy.Recognition), "/recognition", "recognition_invalid", "recognition must be day or month")
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	switch {
	case c.Policy == s.Policy():
		return nil, nil
	case c.Policy.TimeZone != s.Policy().TimeZone && (c.InUse || s.Ended != 0 || s.Closed != 0):
		return nil, conflict("books_in_use", "the books have entries, whose days are of the time zone %s", s.Policy().TimeZone)
	}
	return []Fact{PolicySet{c.Policy}}, nil
}

// EndMonth ends the month that is over at the instant, and is next.
type EndMonth struct{}

// MonthEnded has all that belongs to a month accounted for.
type MonthEnded struct {
	Month   journal.Month `json:"month"`
	EndedAt time.Time     `json:"ended_at"`
}

// EventType gives the stored name.
func (MonthEnded) EventType() string { return "books.month_ended.v1" }

func (e MonthEnded) evolve(s State) State {
	s.Ended = max(s.Ended, e.Month)
	return s
}

// decide never refuses. Whoever comes second finds nothing to be ended.
func (EndMonth) decide(s State, meta domain.Meta) ([]Fact, error) {
	over := journal.DayIn(meta.Now, s.zone()).Month() - 1
	if over <= s.Ended {
		return nil, nil
	}
	return []Fact{MonthEnded{Month: over, EndedAt: meta.Now}}, nil
}

// Close closes a period.
type Close struct {
	Period   journal.Month
	First    journal.Month // that has an entry, 0 for none
	Billed   bool          // something is deferred, so that months must end first
	Position int64         // up to which the period was looked at
}

// PeriodClosed lets nothing be dated into a period any more.
type PeriodClosed struct {
	Period   journal.Month `json:"period"`
	ClosedAt time.Time     `json:"closed_at"`
	Position int64         `json:"position"` // up to which the period was looked at
}

// EventType gives the stored name.
func (PeriodClosed) EventType() string { return "books.period_closed.v1" }

func (e PeriodClosed) evolve(s State) State {
	s.Closed = max(s.Closed, e.Period)
	return s
}

// decide refuses with period_closed, period_not_over or earlier_period_open.
func (c Close) decide(s State, meta domain.Meta) ([]Fact, error) {
	switch {
	case c.Period <= s.Closed:
		return nil, conflict("period_closed", "the period %s is closed already", c.Period)
	case meta.Now.Before(s.endOf(c.Period)) || c.Billed && c.Period >= c.First && c.Period > s.Ended:
		return nil, conflict("period_not_over", "the period %s is not over in the time zone of the books", c.Period)
	case s.Closed != 0 && c.Period > s.Closed+1 || s.Closed == 0 && c.First != 0 && c.Period > c.First:
		return nil, conflict("earlier_period_open", "an earlier period than %s is open", c.Period)
	}
	return []Fact{PeriodClosed{Period: c.Period, ClosedAt: meta.Now, Position: c.Position}}, nil
}

// conflict refuses. Nothing is there that another action would change.
func conflict(code, format string, args ...any) error {
	rejection := domain.Conflict(code, format, args...)
	rejection.Actions = []string{}
	return rejection
}
