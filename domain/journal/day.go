package journal

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // the rules of a machine without zone files
)

// zones remembers the time zones that were asked for, since reading the rules of one costs much more than using them.
var zones sync.Map

// zone gives the rules of a time zone. A name that is none, which no release stores, means UTC.
func zone(name string) *time.Location {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location)
	}
	loaded, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, loaded)
	return loaded
}

// Day counts civil days since 1970-01-01. As text and JSON it is "2026-01-31"; the zero value is that first day.
type Day int

const secondsADay = 86_400

// DayIn gives the civil day of an instant in a zone.
func DayIn(t time.Time, zone *time.Location) Day {
	year, month, day := t.In(zone).Date()
	return dayOf(year, month, day)
}

func dayOf(year int, month time.Month, day int) Day {
	seconds := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
	if seconds < 0 {
		return Day((seconds - secondsADay + 1) / secondsADay)
	}
	return Day(seconds / secondsADay)
}

// ParseDay reads "2026-01-31".
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("a day must be YYYY-MM-DD and exist: %.20q", text)
	}
	return DayIn(t, time.UTC), nil
}

// Time gives the midnight of the day in UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*secondsADay, 0).UTC() }

// String writes "2026-01-31".
func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// MarshalText writes the same.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads it.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

// Month gives the month that the day is in.
func (d Day) Month() Month {
	t := d.Time()
	return Month(t.Year()*12 + int(t.Month()) - 1)
}

// addMonths moves the month, and cuts the day to that month's last.
func (d Day) addMonths(n int) Day {
	month := d.Month() + Month(n)
	return min(month.First()+Day(d.Time().Day()-1), month.Last())
}

// Month counts months since the year 0. As text and JSON it is "2026-01", and nothing for the zero value.
type Month int

const monthLayout = "2006-01"

// ParseMonth reads "2026-01".
func ParseMonth(text string) (Month, error) {
	t, err := time.Parse(monthLayout, text)
	if err != nil {
		return 0, fmt.Errorf("a month must be YYYY-MM and exist: %.20q", text)
	}
	return DayIn(t, time.UTC).Month(), nil
}

// First gives the month's first day.
func (m Month) First() Day { return dayOf(int(m)/12, time.Month(int(m)%12+1), 1) }

// Last gives the month's last day.
func (m Month) Last() Day { return (m + 1).First() - 1 }

// String writes "2026-01".
func (m Month) String() string {
	if m == 0 {
		return ""
	}
	return m.First().Time().Format(monthLayout)
}

// MarshalText writes the same.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads it.
func (m *Month) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*m = 0
		return nil
	}
	*m, err = ParseMonth(string(text))
	return err
}
