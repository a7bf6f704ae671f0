package period

import (
	"fmt"
	"time"
)

// Date holds a civil date of no time zone. As text and JSON it is "2026-01-31".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads "YYYY-MM-DD", a date that exists, of the years 1 to 9999.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("date must be YYYY-MM-DD and exist: %.20q", text)
	}
	return dateOf(t), nil
}

// DateIn gives the civil date of an instant in a zone.
func DateIn(t time.Time, zone *time.Location) Date { return dateOf(t.In(zone)) }

func dateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// AddMonths moves the month and cuts the day to that month's last: January 31 plus 1 is February 28 or 29.
func (d Date) AddMonths(n int) Date {
	// time.Date normalises only the month of a first day; the day before the next first day is the month's last.
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{Year: first.Year(), Month: first.Month(), Day: min(d.Day, last)}
}

// AddDays gives the date n days later.
func (d Date) AddDays(n int) Date { return dateOf(d.utc().AddDate(0, 0, n)) }

// DaysUntil counts the civil days from d to e, negative when e is earlier.
func (d Date) DaysUntil(e Date) int { return int((e.utc().Unix() - d.utc().Unix()) / 86_400) }

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.utc().Before(e.utc()) }

// utc gives the date's midnight in UTC, where every day has 24 hours.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// MarshalText writes "2026-01-31", and nothing for the zero value.
func (d Date) MarshalText() ([]byte, error) {
	if d == (Date{}) {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(text))
	return err
}

// Days counts the civil days between two instants in a zone: 1 from any time on one day to any time on the next,
// however many hours either has.
func Days(a, b time.Time, zone *time.Location) int { return DateIn(a, zone).DaysUntil(DateIn(b, zone)) }

// TimeOfDay holds a civil time since midnight. As text and JSON it is "15:04:05" with up to 6 more digits.
type TimeOfDay time.Duration

const timeOfDayLayout = "15:04:05.999999"

// TimeOfDayIn gives the civil time of an instant in a zone.
func TimeOfDayIn(t time.Time, zone *time.Location) TimeOfDay {
	local := t.In(zone)
	hour, minute, second := local.Clock()
	return TimeOfDay(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(local.Nanosecond()))
}

func (t TimeOfDay) String() string {
	return time.Time{}.Add(time.Duration(t)).Format(timeOfDayLayout)
}

// MarshalText writes "15:04:05" and the microseconds, if any.
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(timeOfDayLayout, string(text))
	if err != nil {
		return fmt.Errorf("time of day must be HH:MM:SS: %.20q", text)
	}
	*t = TimeOfDayIn(parsed, time.UTC)
	return nil
}
