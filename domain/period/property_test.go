package period_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/period"
)

// In any zone, with any anchor: boundaries rise strictly, every instant is in the period that contains it, and one
// period ends where the next begins.
func TestBoundaryProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		proration := rapid.SampledFrom([]period.Proration{period.ProrationDay, period.ProrationSecond}).Draw(t, "proration")
		start, now := instants.Draw(t, "start"), instants.Draw(t, "now")
		location, err := period.LoadZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		cycle := rapid.SampledFrom([]period.Cycle{monthly, months(2), months(3), months(7), yearly, years(3)}).Draw(t, "cycle")
		schedule, err := period.NewSchedule(period.AnchorAt(start, location, proration), cycle, zone, proration)
		if err != nil {
			t.Fatal(err)
		}

		current := schedule.Containing(now)
		if !current.Contains(now) || current.Contains(current.End) {
			t.Fatalf("%v is not in %v", now, current)
		}
		if next := schedule.Containing(current.End); !next.Start.Equal(current.End) {
			t.Fatalf("%v is followed by %v", current, next)
		}
		if full := schedule.Full(current); full != current {
			t.Fatalf("%v is no full period but %v", current, full)
		}
		first := schedule.From(start)
		if share := schedule.Remaining(first, start); share.Num != share.Den || share.Den <= 0 {
			t.Fatalf("the first period %v is %s", first, share)
		}
		k := rapid.IntRange(-200, 200).Draw(t, "k")
		if a, b := schedule.Boundary(k), schedule.Boundary(k+1); !a.Before(b) {
			t.Fatalf("boundary %d is %v, and the next %v", k, a, b)
		}
		if a, b := schedule.Remaining(current, now), schedule.Remaining(current, current.Start); a.Num > b.Num || a.Num < 1 {
			t.Fatalf("%s is left at %v of %v, %s at its start", a, now, current, b)
		}
	})
}

// Minute by minute, the boundary is the first instant at which clocks show at least its date and time.
func TestBoundaryIsFirstSuchInstant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := period.LoadZone(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		wanted := instants.Draw(t, "civil").Truncate(time.Minute)
		anchor := period.AnchorAt(wanted, time.UTC, period.ProrationSecond)
		schedule, err := period.NewSchedule(anchor, monthly, zone.String(), period.ProrationSecond)
		if err != nil {
			t.Fatal(err)
		}
		first := wanted.Add(-30 * time.Hour)
		for reading(first, zone).Before(wanted) {
			first = first.Add(time.Minute)
		}
		if got := schedule.Boundary(0); !got.Equal(first) {
			t.Fatalf("%v in %v is %v, want %v", wanted, zone, got, first)
		}
	})
}

// reading gives the time that clocks in a zone show, as if they were in UTC.
func reading(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.Add(time.Duration(offset) * time.Second)
}

var (
	// Zones with gaps at midnight, of half an hour and of a whole day, beside the usual ones.
	zones = []string{
		"UTC", "Europe/Berlin", "America/New_York", "America/Juneau", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia",
		"Pacific/Kwajalein", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Asuncion",
		"Africa/Casablanca", "Antarctica/Troll", "Asia/Gaza", "America/Havana", "Pacific/Kiritimati", "Asia/Pyongyang",
	}

	instants = rapid.Custom(func(t *rapid.T) time.Time {
		from, to := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC)
		return time.UnixMicro(rapid.Int64Range(from.UnixMicro(), to.UnixMicro()).Draw(t, "instant")).UTC()
	})
)
