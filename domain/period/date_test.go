package period_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/period"
)

func TestClockChanges(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ zone, date, clock, want string }{
		"skipped":              {"Europe/Berlin", "2024-03-31", "02:30:00", "2024-03-31T01:00:00Z"}, // 03:00 local
		"just before the gap":  {"Europe/Berlin", "2024-03-31", "01:59:59", "2024-03-31T00:59:59Z"},
		"twice: the first":     {"Europe/Berlin", "2024-10-27", "02:30:00", "2024-10-27T00:30:00Z"},
		"after the repetition": {"Europe/Berlin", "2024-10-27", "03:00:00", "2024-10-27T02:00:00Z"},
		"midnight is skipped":  {"America/Sao_Paulo", "2018-11-04", "00:00:00", "2018-11-04T03:00:00Z"},
		"midnight twice":       {"America/Havana", "2024-11-03", "00:00:00", "2024-11-03T04:00:00Z"},
		"half an hour skipped": {"Australia/Lord_Howe", "2024-10-06", "02:15:00", "2024-10-05T15:30:00Z"},
		"a day is skipped":     {"Pacific/Apia", "2011-12-30", "12:00:00", "2011-12-30T10:00:00Z"}, // 31st, 00:00 local
		"before standard time": {"Europe/Berlin", "1850-06-01", "00:00:00", "1850-05-31T23:06:32Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			date, err := period.ParseDate(tt.date)
			if err != nil {
				t.Fatal(err)
			}
			anchor := period.Anchor{Date: date}
			if err := anchor.Time.UnmarshalText([]byte(tt.clock)); err != nil {
				t.Fatal(err)
			}
			schedule, err := period.NewSchedule(anchor, monthly, tt.zone, period.ProrationSecond)
			if err != nil {
				t.Fatal(err)
			}
			if got := schedule.Boundary(0).Format(time.RFC3339); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestLoadZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "EST", "GMT0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // read, then remembered
				if zone, err := period.LoadZone(name); err != nil || zone.String() != name {
					t.Errorf("%v, %v", zone, err)
				}
			}
		})
	}
	for _, name := range []string{
		"", "Local", "local", "localtime", "Factory", "posixrules", "posix/Europe/Berlin", "right/Europe/Berlin", "europe/berlin",
		"Europe/Atlantis", "../Europe/Berlin", "/Europe/Berlin", "Europe//Berlin", "Europe/", "+02:00", "UTC\n", "zone.tab",
	} {
		t.Run("refused: "+strconv.Quote(name), func(t *testing.T) {
			t.Parallel()
			if zone, err := period.LoadZone(name); err == nil {
				t.Error(zone)
			}
		})
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2024-02-29", "0001-01-01", "9999-12-31"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if date, err := period.ParseDate(text); err != nil || date.String() != text {
				t.Errorf("%v, %v", date, err)
			}
		})
	}
	for _, text := range []string{"", "2023-02-29", "2024-2-1", "2024-13-01", "0000-01-01", "10000-01-01", "2024-01-01T00:00:00Z"} {
		t.Run("refused: "+text, func(t *testing.T) {
			t.Parallel()
			if date, err := period.ParseDate(text); err == nil {
				t.Error(date)
			}
		})
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	berlin := "Europe/Berlin"
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"2024-03-30T23:59:59", "2024-03-31T00:00:00", 1},
		{"2024-03-31T00:00:00", "2024-04-01T00:00:00", 1}, // 23 hours
		{"2024-10-27T00:00:00", "2024-10-28T00:00:00", 1}, // 25 hours
		{"2024-03-01T12:00:00", "2024-03-01T23:00:00", 0},
		{"2024-02-01T00:00:00", "2025-02-01T00:00:00", 366},
		{"2024-03-02T00:00:00", "2024-03-01T00:00:00", -1},
	} {
		t.Run(tt.a+" to "+tt.b, func(t *testing.T) {
			t.Parallel()
			a, b := local(t, tt.a, berlin), local(t, tt.b, berlin)
			if got := period.Days(a.UTC(), b.UTC(), a.Location()); got != tt.want {
				t.Errorf("%d days, want %d", got, tt.want)
			}
		})
	}
}

func TestAnchorJSON(t *testing.T) {
	t.Parallel()
	start := local(t, "2024-01-31T15:04:05.123456", "Asia/Tokyo")
	for proration, want := range map[period.Proration]string{
		period.ProrationDay:    `{"date":"2024-01-31","time":"00:00:00"}`,
		period.ProrationSecond: `{"date":"2024-01-31","time":"15:04:05.123456"}`,
	} {
		t.Run("by "+string(proration), func(t *testing.T) {
			t.Parallel()
			anchor := period.AnchorAt(start, start.Location(), proration)
			data, err := json.Marshal(anchor)
			if err != nil || string(data) != want {
				t.Errorf("%s, %v, want %s", data, err, want)
			}
			var back period.Anchor
			if err := json.Unmarshal(data, &back); err != nil || back != anchor {
				t.Errorf("%s came back as %v, %v", data, back, err)
			}
		})
	}
	t.Run("zero", func(t *testing.T) {
		t.Parallel()
		var zero period.Anchor
		data, err := json.Marshal(zero)
		if err == nil {
			err = json.Unmarshal(data, &zero)
		}
		if err != nil || zero != (period.Anchor{}) {
			t.Errorf("the zero anchor came back as %v, %v", zero, err)
		}
	})
	for _, bad := range []string{`{"date":"2024-02-30"}`, `{"time":"25:00:00"}`, `{"time":"noon"}`} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			if err := json.Unmarshal([]byte(bad), new(period.Anchor)); err == nil {
				t.Error("it was read")
			}
		})
	}
}

func TestDaysLater(t *testing.T) {
	t.Parallel()
	berlin, err := period.LoadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 20, 23, 30, 0, 0, time.UTC) // already the 21st in Berlin, and before summer time
	for proration, want := range map[period.Proration]time.Time{
		period.ProrationDay:    time.Date(2026, 4, 3, 22, 0, 0, 0, time.UTC),
		period.ProrationSecond: time.Date(2026, 4, 3, 22, 30, 0, 0, time.UTC),
	} {
		t.Run("by "+string(proration), func(t *testing.T) {
			t.Parallel()
			if got := period.DaysLater(start, 14, berlin, proration); !got.Equal(want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

func TestRatioText(t *testing.T) {
	t.Parallel()
	t.Run("20/31", func(t *testing.T) {
		t.Parallel()
		var ratio period.Ratio
		if err := ratio.UnmarshalText([]byte("20/31")); err != nil || ratio != (period.Ratio{Num: 20, Den: 31}) {
			t.Errorf("%+v, %v", ratio, err)
		}
	})
	for _, text := range []string{"", "20", "20/", "/31", "a/b", "1.5/2"} {
		t.Run("refused: "+text, func(t *testing.T) {
			t.Parallel()
			if err := new(period.Ratio).UnmarshalText([]byte(text)); err == nil {
				t.Error("it was read")
			}
		})
	}
}

func TestMidnight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ date, zone, want string }{
		{"2026-07-01", "UTC", "2026-07-01T00:00:00Z"},
		{"2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00Z"},
		{"2026-04-05", "Africa/Cairo", "2026-04-04T22:00:00Z"},
		{"2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00Z"}, // clocks went from midnight to one
		{"2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"}, // there was no such day
		{"2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z"},
	} {
		t.Run(c.date+" in "+c.zone, func(t *testing.T) {
			t.Parallel()
			zone, err := period.LoadZone(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			date, err := period.ParseDate(c.date)
			if err != nil {
				t.Fatal(err)
			}
			if got := period.Midnight(date, zone).Format(time.RFC3339); got != c.want {
				t.Errorf("begins at %s, want %s", got, c.want)
			}
		})
	}
}
