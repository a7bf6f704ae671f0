package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// expiry is a time in the future, given by itself or as how long it is till then. The zero value is never.
type expiry struct {
	in time.Duration
	at time.Time
}

// UnmarshalText reads 90d, 12h30m or 2027-01-31T00:00:00Z.
func (e *expiry) UnmarshalText(text []byte) (err error) {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && n > 0 {
			e.in = time.Duration(n) * 24 * time.Hour
			return nil
		}
	}
	if d, err := time.ParseDuration(string(text)); err == nil && d > 0 {
		e.in = d
		return nil
	}
	if e.at, err = domain.ParseTime(string(text)); err != nil {
		return fmt.Errorf("%q is neither how long, such as 90d or 12h, nor a time, such as 2027-01-31T00:00:00Z", text)
	}
	return nil
}

// after gives the time, or nil for never.
func (e expiry) after(now time.Time) (*time.Time, error) {
	switch {
	case e.in > 0:
		return new(now.Add(e.in)), nil
	case e.at.IsZero():
		return nil, nil
	case !e.at.After(now):
		return nil, errors.New("--expires is in the past")
	}
	return new(e.at), nil
}
