package period

import (
	"fmt"
	"regexp"
	"sync"
	"time"
	_ "time/tzdata" // the rules of a machine without zone files
)

// CodeTimeZoneUnknown refuses a zone that [LoadZone] does not know.
const CodeTimeZoneUnknown = "time_zone_unknown"

// TimeZoneDefault names the zone in which days are counted where nobody says which.
const TimeZoneDefault = "UTC"

// zoneName leaves out "Local" and "", which mean the machine's zone, and the copies of the database under posix/ and
// right/ (the latter counts leap seconds) and the files beside it, which only some machines have.
var (
	zoneName    = regexp.MustCompile(`\A[A-Z][A-Za-z0-9_+-]*(?:/[A-Z][A-Za-z0-9_+-]*){0,2}\z`)
	zoneNoNames = map[string]bool{"Local": true, "Factory": true}
)

// zones remembers what LoadZone found, since reading the rules of a zone costs a hundred times as much as using them.
// Only names that exist are kept, so it is bounded by the number of zones.
var zones sync.Map

// LoadZone gives the rules of an IANA time zone, such as "Europe/Berlin" or "UTC". It fails for any other name, which
// clients see as [CodeTimeZoneUnknown].
func LoadZone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	if !zoneName.MatchString(name) || zoneNoNames[name] || len(name) > 64 {
		return nil, fmt.Errorf("time zone must be an IANA name such as Europe/Berlin: %.64q", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone must be an IANA name such as Europe/Berlin: %q: %w", name, err)
	}
	zones.Store(name, zone)
	return zone, nil
}

// Midnight finds when a civil date begins in a zone: its first instant, and that of the next day where the zone skipped it.
func Midnight(date Date, zone *time.Location) time.Time { return instant(date, 0, zone) }

// DaysLater gives the instant n civil days after t: by day at midnight, so that the day of t counts whole, by second at
// the same time of day.
func DaysLater(t time.Time, n int, zone *time.Location, proration Proration) time.Time {
	anchor := AnchorAt(t, zone, proration)
	return instant(anchor.Date.AddDays(n), anchor.Time, zone)
}

// instant finds the first instant at which clocks in the zone show at least this date and time: the time itself, the
// first of two when clocks were put back, the end of the gap when it was skipped.
func instant(date Date, clock TimeOfDay, zone *time.Location) time.Time {
	wanted := date.utc().Add(time.Duration(clock))
	// No zone is more than a day from UTC, so that at this instant the wanted time is not reached yet. From here on
	// each step is one stretch between changes of the zone's clocks.
	from := wanted.Add(-36 * time.Hour)
	for {
		_, offset := from.In(zone).Zone()
		_, until := from.In(zone).ZoneBounds()
		found := wanted.Add(-time.Duration(offset) * time.Second)
		if found.Before(from) {
			found = from
		}
		if !until.IsZero() && !until.After(from) {
			// By rule a stretch ends with the 365th day of the year, so time gives a bound in the past on the last day of
			// a leap year. Clocks change at quarters of an hour.
			until = from.Truncate(15 * time.Minute).Add(15 * time.Minute)
		}
		if until.IsZero() || found.Before(until) {
			return found.UTC()
		}
		from = until
	}
}
