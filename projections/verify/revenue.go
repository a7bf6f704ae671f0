package verify

import (
	"context"
	"time"

	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// lineKey names a charge of an invoice.
type lineKey struct{ invoice, line string }

func (k lineKey) String() string { return "line " + k.line + " of invoice " + k.invoice }

// schedule follows the revenue of a charge.
type schedule struct {
	net      money.Amount
	first    period.Date
	end      period.Date // the day behind the last
	method   journal.Method
	deferred money.Amount // what is not revenue yet
	earned   money.Amount
	cut      bool // something else than time lowered it, or was to
	made     int64
	position int64 // of the last entry
}

// schedules follows all charges. A nil one is over.
type schedules struct {
	lines    map[lineKey]*schedule
	restored map[string]bool // invoices of which something that was given up is deferred again, of no line by itself
	touched  []lineKey
}

func newSchedules() *schedules {
	return &schedules{lines: map[lineKey]*schedule{}, restored: map[string]bool{}}
}

// follow takes an entry into account, and notes the charges that it touches.
func (s *schedules) follow(r *run, e *entry) {
	s.touched = s.touched[:0]
	for _, p := range e.Postings {
		if p.Account != journal.Deferred {
			continue
		}
		key := lineKey{p.Invoice, p.InvoiceLine}
		if key.line == "" {
			s.restored[p.Invoice] = true
			continue
		}
		of, known := s.lines[key]
		if !known {
			of = begun(r, key, e.Position)
			s.lines[key] = of
		}
		if of == nil {
			continue
		}
		if e.Position != of.made && p.EventType != (bookkeeping.MonthEnded{}).EventType() {
			of.cut = true
		}
		of.deferred = of.deferred.Minus(p.amount())
		if p.Kind == string(journal.KindEarn) {
			of.earned = of.earned.Plus(p.amount())
		}
		of.position = e.Position
		s.touched = append(s.touched, key)
	}
}

// begun begins to follow a charge. It gives nil for what no issued invoice bills.
func begun(r *run, key lineKey, position int64) *schedule {
	s := stateOf[invoice.State](r, invoice.Stream(key.invoice))
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil || s.IssuedAt == nil {
		return nil
	}
	for _, line := range s.Bill.Lines {
		if line.Key != key.line || line.Kind == pricing.LineKindCredit {
			continue
		}
		none := money.Zero(s.Bill.Currency)
		of := &schedule{
			net: line.Net(), first: period.DateIn(line.Period.Start, zone), end: period.DateIn(line.Period.End, zone), deferred: none, earned: none,
			method: stateOf[bookkeeping.State](r, bookkeeping.Stream()).Policy().Recognition, made: position,
		}
		if !of.first.Before(of.end) {
			of.end = of.first.AddDays(1)
		}
		return of
	}
	return nil
}

// forget drops what is over: nothing is deferred, and no time is left.
func (s *schedules) forget(ended journal.Month) {
	for key, of := range s.lines {
		if of != nil && of.deferred.IsZero() && (of.cut || dayOf(of.end) <= (ended+1).First()) {
			s.lines[key] = nil
		}
	}
}

func dayOf(d period.Date) journal.Day {
	return journal.DayIn(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), time.UTC)
}

// units counts the parts of the charge's time that have begun by the end of a day.
func (s *schedule) units(day period.Date) int64 {
	if s.method != journal.ByMonth {
		return int64(s.first.DaysUntil(day)) + 1
	}
	n := int64(0)
	for !day.Before(s.first.AddMonths(int(n))) {
		n++
	}
	return n
}

// due computes what is to be revenue by the end of a month.
func (s *schedule) due(month journal.Month) money.Amount {
	last := period.DateIn(month.Last().Time(), time.UTC)
	if !last.Before(s.end.AddDays(-1)) {
		return s.net
	}
	if last.Before(s.first) {
		return money.Zero(s.net.Currency())
	}
	part, err := s.net.MulRatio(s.units(last), s.units(s.end.AddDays(-1)))
	if err != nil {
		return s.net
	}
	return part
}

// between reports whether an amount lies between nothing and a limit.
func between(amount, limit money.Amount) bool {
	if amount.IsZero() {
		return true
	}
	more, err := amount.Cmp(limit)
	return err == nil && amount.Sign() == limit.Sign() && more*limit.Sign() <= 0
}

// afterMonth forgets what is over once a month has ended.
func (s *schedules) afterMonth(group []*moment) {
	for _, m := range group {
		if ended, ok := m.Fact.(bookkeeping.MonthEnded); ok {
			s.forget(ended.Month)
		}
	}
}

// deferred looks whether what is deferred of each charge lies between nothing and what was billed, and begins with that.
func deferred() *check {
	return &check{Result: Result{Name: "deferred"}, entry: func(c *check, r *run, e *entry) {
		for _, key := range r.books.revenue.touched {
			of := r.books.revenue.lines[key]
			if r.books.revenue.restored[key.invoice] {
				continue
			}
			c.holds(between(of.deferred, of.net), e.Position, key.String(), "%s is deferred of %s", of.deferred, of.net)
			if e.Postings[0].Kind == string(journal.KindIssue) && !of.cut {
				c.holds(of.deferred.Equal(of.net), e.Position, key.String(), "%s was deferred of %s", of.deferred, of.net)
			}
		}
	}}
}

// recognition counts again what of each charge is revenue: nothing before its service begins, by the end of each month what its time
// makes, and in the end all that was not taken back.
func recognition() *check {
	return &check{Result: Result{Name: "recognition"}, entry: func(c *check, r *run, e *entry) {
		if e.Postings[0].Kind != string(journal.KindEarn) {
			return
		}
		for _, key := range r.books.revenue.touched {
			of, date := r.books.revenue.lines[key], e.Postings[0].Date
			c.holds(date >= dayOf(of.first), e.Position, key.String(), "it is revenue on %s, and begins on %s", date, of.first)
			if r.books.revenue.restored[key.invoice] {
				continue
			}
			c.holds(between(of.earned, of.net), e.Position, key.String(), "%s is revenue of %s", of.earned, of.net)
			if !of.cut {
				of.timely(c, key, monthOf(e.Postings[0]), e.Position)
			}
		}
	}, end: func(_ context.Context, c *check, r *run) error {
		ended := stateOf[bookkeeping.State](r, bookkeeping.Stream()).Ended
		for key, of := range r.books.revenue.lines {
			if of == nil || r.books.revenue.restored[key.invoice] || ended == 0 {
				continue
			}
			if !of.cut {
				of.timely(c, key, ended, of.position)
			}
			if dayOf(of.end) <= (ended + 1).First() {
				c.holds(of.deferred.IsZero(), of.position, key.String(), "%s is deferred, and it ended before %s", of.deferred, of.end)
			}
		}
		return nil
	}}
}

// monthOf gives the month that an entry belongs to, also where that was closed before.
func monthOf(p posting) journal.Month {
	if month, err := journal.ParseMonth(p.Correction); err == nil {
		return month
	}
	return p.Date.Month()
}

// timely looks whether what is revenue by the end of a month is what the time of a charge makes that nothing else lowered.
func (s *schedule) timely(c *check, key lineKey, month journal.Month, position int64) {
	due := s.due(month)
	c.holds(s.earned.Equal(due), position, key.String(), "by the end of %s %s is revenue of %s, and should be %s", month, s.earned, s.net, due)
}
