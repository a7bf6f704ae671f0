package period

import (
	"fmt"
	"time"
)

// Schedule computes the boundaries of an anchor. [NewSchedule] makes it of stored values whenever it is needed, and it is
// never stored itself.
type Schedule struct {
	anchor    Anchor
	months    int
	zone      *time.Location
	proration Proration
}

// NewSchedule fails for an unknown zone, a cycle shorter than a month or a proration that is none.
func NewSchedule(anchor Anchor, cycle Cycle, zone string, proration Proration) (Schedule, error) {
	location, err := LoadZone(zone)
	if err != nil {
		return Schedule{}, err
	}
	if cycle.Months() < 1 {
		return Schedule{}, fmt.Errorf("a cycle of %d %q is none", cycle.Count, cycle.Interval)
	}
	switch proration {
	case ProrationDay:
		anchor.Time = 0
	case ProrationSecond:
	default:
		return Schedule{}, fmt.Errorf("proration %q is neither day nor second", proration)
	}
	return Schedule{anchor: anchor, months: cycle.Months(), zone: location, proration: proration}, nil
}

// Zone gives the time zone of the boundaries.
func (s Schedule) Zone() *time.Location { return s.zone }

// Boundary gives the anchor's instant plus k cycles; k may be negative.
func (s Schedule) Boundary(k int) time.Time { return instant(s.Date(k), s.anchor.Time, s.zone) }

// Date gives the civil date of boundary k.
func (s Schedule) Date(k int) Date { return s.anchor.Date.AddMonths(k * s.months) }

// Containing gives the period from boundary to boundary that t falls into.
func (s Schedule) Containing(t time.Time) Period {
	k := s.before(t)
	return Period{Start: s.Boundary(k), End: s.Boundary(k + 1)}
}

// From gives the period that begins at t, whether or not t is a boundary, and ends at the first boundary after it.
// Subscriptions begin so: from the instant of creation, or as a stub up to an anchor in the future.
func (s Schedule) From(t time.Time) Period {
	return Period{Start: t, End: s.Containing(t).End}
}

// Full gives the period from boundary to boundary that ends where p ends. It is the denominator of a stub: half of a month
// before the anchor costs half of the month that ends there.
func (s Schedule) Full(p Period) Period {
	k := s.before(p.End)
	first := Anchor{Date: s.Date(k - 1), Time: s.anchor.Time}
	if s.proration == ProrationSecond && AnchorAt(p.Start, s.zone, ProrationSecond) == first {
		// What began in an hour that clocks went through twice is full, even if it was the second time.
		return p
	}
	return Period{Start: s.Boundary(k - 1), End: s.Boundary(k)}
}

// Remaining gives the share of p's full period that is left at t, for t in p: civil days or whole seconds from t to the
// end over those of [Schedule.Full]. The day or second that t falls into counts as left.
func (s Schedule) Remaining(p Period, t time.Time) Ratio { return s.Part(p, t, p.End) }

// Part gives the share of p's full period from one instant of p to a later one.
func (s Schedule) Part(p Period, from, to time.Time) Ratio {
	full := s.Full(p)
	return Ratio{Num: s.length(from, to), Den: s.length(full.Start, p.End)}
}

// Later gives the instant so many months after t. After a boundary it keeps the anchor's day, as boundaries do, and else
// the day of t.
func (s Schedule) Later(t time.Time, months int) time.Time {
	from, date := AnchorAt(t, s.zone, s.proration), s.anchor.Date
	since := 12*(from.Date.Year-date.Year) + int(from.Date.Month-date.Month)
	if date.AddMonths(since) == from.Date && s.anchor.Time == from.Time {
		return instant(date.AddMonths(since+months), s.anchor.Time, s.zone)
	}
	return instant(from.Date.AddMonths(months), from.Time, s.zone)
}

// Left gives the share of p that is left at t, for t in p: the same lengths, but over p's own, be it full, a stub or the
// rest of a period.
func (s Schedule) Left(p Period, t time.Time) Ratio {
	return Ratio{Num: s.length(t, p.End), Den: s.length(p.Start, p.End)}
}

func (s Schedule) length(from, to time.Time) int64 {
	if s.proration == ProrationDay {
		return int64(Days(from, to, s.zone))
	}
	return int64((to.Sub(from) + time.Second - 1) / time.Second)
}

// before finds the number of the last boundary that is not after t. Boundaries are a month or more apart, so the month's
// number is at most one off; the loops only correct it.
func (s Schedule) before(t time.Time) int {
	date := DateIn(t, s.zone)
	months := 12*(date.Year-s.anchor.Date.Year) + int(date.Month-s.anchor.Date.Month)
	k := months / s.months
	for s.Boundary(k).After(t) {
		k--
	}
	for !s.Boundary(k + 1).After(t) {
		k++
	}
	return k
}
