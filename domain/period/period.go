package period

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Period spans the time from Start up to but not including End, both in UTC.
type Period struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Contains reports whether t is in [Start, End).
func (p Period) Contains(t time.Time) bool { return !t.Before(p.Start) && t.Before(p.End) }

// Ratio holds an exact share. It is not reduced, so that it can be explained: 20/31 of a month is 20 of 31 days.
type Ratio struct {
	Num int64
	Den int64
}

// String writes "20/31".
func (r Ratio) String() string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }

// MarshalText writes "20/31".
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (r *Ratio) UnmarshalText(text []byte) error {
	num, den, ok := strings.Cut(string(text), "/")
	n, errNum := strconv.ParseInt(num, 10, 64)
	d, errDen := strconv.ParseInt(den, 10, 64)
	if !ok || errNum != nil || errDen != nil {
		return fmt.Errorf("ratio must be like 20/31: %.40q", text)
	}
	*r = Ratio{Num: n, Den: d}
	return nil
}

// Rat gives the ratio as a number to calculate with. Den must not be 0.
func (r Ratio) Rat() *big.Rat { return big.NewRat(r.Num, r.Den) }

// Interval names the unit that periods are counted in.
type Interval string

const (
	IntervalMonth Interval = "month"
	IntervalYear  Interval = "year"
)

// Intervals lists all of them.
var Intervals = []Interval{IntervalMonth, IntervalYear}

// Cycle tells how often a subscription renews: every Count months or years.
type Cycle struct {
	Interval Interval
	Count    int
}

// Months gives the cycle's length; 12 months and a year are the same. It is 0 for a cycle that is none.
func (c Cycle) Months() int {
	switch c.Interval {
	case IntervalMonth:
		return c.Count
	case IntervalYear:
		return 12 * c.Count
	}
	return 0
}

// Proration names the grain of boundaries and shares.
type Proration string

const (
	// ProrationDay has boundaries at 00:00 local and counts civil days; a day of change belongs to what comes after.
	ProrationDay Proration = "day"
	// ProrationSecond keeps the anchor's time of day and counts seconds; a second of change belongs to what comes after.
	ProrationSecond Proration = "second"
)

// Prorations lists all of them.
var Prorations = []Proration{ProrationDay, ProrationSecond}

// Anchor holds the date and time that the boundaries of a subscription repeat. Its day is kept when a month is shorter;
// its month and year tell which months a cycle longer than one ends in.
type Anchor struct {
	Date Date      `json:"date"`
	Time TimeOfDay `json:"time"`
}

// AnchorAt gives the anchor of what begins at an instant.
func AnchorAt(t time.Time, zone *time.Location, proration Proration) Anchor {
	anchor := Anchor{Date: DateIn(t, zone)}
	if proration == ProrationSecond {
		anchor.Time = TimeOfDayIn(t, zone)
	}
	return anchor
}
