package period_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/period"
)

// Published month-end sequences: the 31st and the 30th come back after every shorter month.
func TestMonthEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ anchor, want string }{
		"the 31st": {"2022-12-31", `2023-01-31 2023-02-28 2023-03-31 2023-04-30 2023-05-31 2023-06-30 2023-07-31 2023-08-31
			2023-09-30 2023-10-31 2023-11-30 2023-12-31 2024-01-31 2024-02-29 2024-03-31`},
		"the 30th": {"2022-12-30", `2023-01-30 2023-02-28 2023-03-30 2023-04-30 2023-05-30 2023-06-30 2023-07-30 2023-08-30
			2023-09-30 2023-10-30 2023-11-30 2023-12-30 2024-01-30 2024-02-29 2024-03-30`},
		"the 28th of a short month is no month end": {"2023-02-28", "2023-03-28 2023-04-28"},
		"the 29th of a leap month":                  {"2024-02-29", "2024-03-29 2024-04-29"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schedule := newSchedule(t, tt.anchor, monthly, "UTC", period.ProrationDay)
			for i, want := range strings.Fields(tt.want) {
				if got := schedule.Boundary(i + 1).Format(time.DateOnly); got != want {
					t.Errorf("boundary %d is %s, want %s", i+1, got, want)
				}
			}
		})
	}
}

// Published next dates, all of which keep the time of day.
func TestBoundaryTable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		start, zone string
		cycle       period.Cycle
		want        string
	}{
		{"2024-01-31T10:00:00", "UTC", monthly, "2024-02-29T10:00:00"},
		{"2023-12-31T10:00:00", "UTC", months(2), "2024-02-29T10:00:00"},
		{"2024-12-31T10:00:00", "UTC", months(2), "2025-02-28T10:00:00"},
		{"2024-02-29T10:00:00", "UTC", monthly, "2024-03-29T10:00:00"},
		{"2025-02-28T10:00:00", "UTC", monthly, "2025-03-28T10:00:00"},
		{"2024-01-31T23:59:59", "Asia/Tokyo", months(2), "2024-03-31T23:59:59"},
		{"2024-02-29T10:00:00", "UTC", yearly, "2025-02-28T10:00:00"},
		{"2024-02-29T10:00:00", "UTC", years(4), "2028-02-29T10:00:00"},
		{"2024-02-29T10:00:00", "UTC", years(3), "2027-02-28T10:00:00"},
	} {
		t.Run(fmt.Sprintf("%s in %s plus %v", tt.start, tt.zone, tt.cycle), func(t *testing.T) {
			t.Parallel()
			start := local(t, tt.start, tt.zone)
			anchor := period.AnchorAt(start, start.Location(), period.ProrationSecond)
			schedule, err := period.NewSchedule(anchor, tt.cycle, tt.zone, period.ProrationSecond)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := schedule.Boundary(1), local(t, tt.want, tt.zone); !got.Equal(want) {
				t.Errorf("%v, want %v", got, want)
			}
			if !schedule.Boundary(0).Equal(start) {
				t.Error("it is not its own anchor")
			}
		})
	}
}

// A start before an anchor waits for it in a stub, which is a part of the full period that ends there.
func TestStubs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		start, anchor string
		end           string
		share         string
	}{
		{"2012-02-16", "2012-01-30", "2012-02-29", "13/30"},
		{"2012-01-31", "2012-01-30", "2012-02-29", "29/30"},
		{"2012-04-30", "2012-03-31", "2012-05-31", "31/31"},
		{"2024-03-15", "2024-04-01", "2024-04-01", "17/31"},
		{"2023-02-15", "2023-03-01", "2023-03-01", "14/28"},
		{"2023-01-15", "2023-02-01", "2023-02-01", "17/31"},
		{"2025-02-08", "2025-03-01", "2025-03-01", "21/28"},
		{"2024-01-15", "2024-02-01", "2024-02-01", "17/31"},
		{"2024-12-30", "2025-01-01", "2025-01-01", "2/31"},
	} {
		t.Run(tt.start+" before "+tt.anchor, func(t *testing.T) {
			t.Parallel()
			schedule := newSchedule(t, tt.anchor, monthly, "UTC", period.ProrationDay)
			// The time of day makes no difference: the first day counts whole.
			for _, clock := range []string{"T00:00:00", "T12:12:00", "T23:59:59"} {
				stub := schedule.From(local(t, tt.start+clock, "UTC"))
				if got := stub.End.Format(time.DateOnly); got != tt.end {
					t.Errorf("%s: to %s, want %s", clock, got, tt.end)
				}
				if got := schedule.Remaining(stub, stub.Start).String(); got != tt.share {
					t.Errorf("%s: share %s, want %s", clock, got, tt.share)
				}
			}
		})
	}
}

// Whether clocks change in it or not, a month is a month, in zones on both sides of UTC.
func TestFullMonthsAcrossClockChanges(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"America/Juneau", "America/Los_Angeles", "Pacific/Auckland", "Pacific/Kiritimati"} {
		for _, proration := range []period.Proration{period.ProrationDay, period.ProrationSecond} {
			t.Run(zone+" by "+string(proration), func(t *testing.T) {
				t.Parallel()
				start := local(t, "2017-01-31T23:30:00", zone)
				anchor := period.AnchorAt(start, start.Location(), proration)
				schedule, err := period.NewSchedule(anchor, monthly, zone, proration)
				if err != nil {
					t.Fatal(err)
				}
				current := schedule.From(start.UTC())
				for range 18 {
					if share := schedule.Remaining(current, current.Start); share.Num != share.Den {
						t.Errorf("%v is %s of a month", current, share)
					}
					day := current.End.In(start.Location()).Day()
					if next := current.End.Add(24 * time.Hour).In(start.Location()); day != 31 && next.Day() > 2 {
						t.Errorf("%v does not end at a month's last day", current)
					}
					current = schedule.From(current.End)
				}
			})
		}
	}
}

func TestRemaining(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		proration period.Proration
		at        string
		want      string
	}{
		{period.ProrationDay, "2024-03-01T00:00:00", "31/31"},
		{period.ProrationDay, "2024-03-01T23:59:59", "31/31"},
		{period.ProrationDay, "2024-03-12T12:12:00", "20/31"},
		{period.ProrationDay, "2024-03-31T23:59:59", "1/31"},
		{period.ProrationDay, "2024-04-01T00:00:00", "0/31"},
		{period.ProrationSecond, "2024-03-01T00:00:00", "2678400/2678400"},
		{period.ProrationSecond, "2024-03-16T12:00:00", "1339200/2678400"},
		{period.ProrationSecond, "2024-03-31T23:59:59.999999", "1/2678400"},
	} {
		t.Run(string(tt.proration)+" at "+tt.at, func(t *testing.T) {
			t.Parallel()
			schedule := newSchedule(t, "2024-03-01", monthly, "UTC", tt.proration)
			march := schedule.Containing(local(t, "2024-03-05T00:00:00", "UTC"))
			if got := schedule.Remaining(march, local(t, tt.at, "UTC")).String(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestNewScheduleRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cycle     period.Cycle
		zone      string
		proration period.Proration
	}{
		"no cycle":       {period.Cycle{}, "UTC", period.ProrationDay},
		"no count":       {months(0), "UTC", period.ProrationDay},
		"negative count": {months(-1), "UTC", period.ProrationDay},
		"no zone":        {monthly, "", period.ProrationDay},
		"no proration":   {monthly, "UTC", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := period.NewSchedule(period.Anchor{}, tt.cycle, tt.zone, tt.proration); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

var (
	monthly = months(1)
	yearly  = years(1)
)

func months(n int) period.Cycle { return period.Cycle{Interval: period.IntervalMonth, Count: n} }
func years(n int) period.Cycle  { return period.Cycle{Interval: period.IntervalYear, Count: n} }

func newSchedule(t *testing.T, anchor string, cycle period.Cycle, zone string, proration period.Proration) period.Schedule {
	t.Helper()
	date, err := period.ParseDate(anchor)
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := period.NewSchedule(period.Anchor{Date: date}, cycle, zone, proration)
	if err != nil {
		t.Fatal(err)
	}
	return schedule
}

func local(t *testing.T, text, zone string) time.Time {
	t.Helper()
	location, err := period.LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05", text, location)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A time of months ends as a boundary would, and after any other start on that day of the month.
func TestLater(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		anchor, from string
		cycle        period.Cycle
		months       int
		want         string
	}{
		"a boundary":                     {"2023-01-31", "2023-02-28", monthly, 1, "2023-03-31"},
		"a boundary of a year":           {"2023-06-01", "2024-06-01", yearly, 3, "2024-09-01"},
		"the first of a month's end":     {"2023-01-31", "2023-01-31", monthly, 13, "2024-02-29"},
		"a stub":                         {"2023-07-01", "2023-06-16", monthly, 1, "2023-07-16"},
		"a stub from the end of a month": {"2023-02-15", "2023-01-31", monthly, 1, "2023-02-28"},
		"before the anchor":              {"2023-12-31", "2023-06-30", years(1), 2, "2023-08-31"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schedule := newSchedule(t, tt.anchor, tt.cycle, "UTC", period.ProrationDay)
			from, err := time.Parse(time.DateOnly, tt.from)
			if err != nil {
				t.Fatal(err)
			}
			if got := schedule.Later(from.Add(5*time.Hour), tt.months).Format(time.DateTime); got != tt.want+" 00:00:00" {
				t.Errorf("%s", got)
			}
		})
	}
	t.Run("by second", func(t *testing.T) {
		t.Parallel()
		start := local(t, "2024-01-31T10:00:00", "Europe/Berlin")
		anchor := period.AnchorAt(start, start.Location(), period.ProrationSecond)
		schedule, err := period.NewSchedule(anchor, monthly, "Europe/Berlin", period.ProrationSecond)
		if err != nil {
			t.Fatal(err)
		}
		if got := schedule.Later(schedule.Boundary(1), 2); !got.Equal(local(t, "2024-04-30T10:00:00", "Europe/Berlin")) {
			t.Errorf("%v", got)
		}
		if got := schedule.Later(schedule.Boundary(1).Add(time.Minute), 2); !got.Equal(local(t, "2024-04-29T10:01:00", "Europe/Berlin")) {
			t.Errorf("%v", got)
		}
	})
}
