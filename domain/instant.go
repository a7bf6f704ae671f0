package domain

import (
	"errors"
	"strings"
	"time"
)

// TimeRule describes the text of a time.
const TimeRule = "a time must be RFC 3339 with its zone, of the years 1970 to 2200 and no finer than microseconds, such as 2026-01-31T12:00:00Z"

// ErrTimeInvalid says that a text breaks [TimeRule].
var ErrTimeInvalid = errors.New(TimeRule)

// ParseTime reads text by [TimeRule] and gives the time in UTC. The time package alone would also take a comma for the point,
// an hour of one digit, any offset and any number of digits behind the point.
func ParseTime(text string) (time.Time, error) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return time.Time{}, ErrTimeInvalid
	}
	rest := text[19:]
	if fraction, found := strings.CutPrefix(rest, "."); found {
		digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
		if digits < 1 || digits > 6 {
			return time.Time{}, ErrTimeInvalid
		}
		rest = fraction[digits:]
	}
	if rest != "Z" && !validOffset(rest) {
		return time.Time{}, ErrTimeInvalid
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if t = t.UTC(); err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return time.Time{}, ErrTimeInvalid
	}
	return t, nil
}

// validOffset takes +hh:mm and -hh:mm of a day at most.
func validOffset(text string) bool {
	return len(text) == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' && text[1:3] <= "23" && text[4:6] <= "59"
}
