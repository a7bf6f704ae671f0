package domain_test

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1970-01-01T00:00:00Z":           "1970-01-01T00:00:00Z",
		"2200-12-31T23:59:59.999999Z":    "2200-12-31T23:59:59.999999Z",
		"2026-01-01T00:00:00.1-11:30":    "2026-01-01T11:30:00.1Z",
		"2026-01-01T00:00:00,5Z":         "",
		"2026-01-01T0:00:00Z":            "",
		"2026-01-01T00:00:00+23:60":      "",
		"2026-01-01T00:00:00+24:00":      "",
		"2026-01-01T00:00:00.1234567Z":   "",
		"2026-01-01T00:00:00.123456000Z": "",
		"9999-12-31T23:59:59-23:59":      "",
		"2201-01-01T00:00:00Z":           "",
		"2200-12-31T23:59:59-00:01":      "",
		"1970-01-01T00:00:00+00:01":      "",
		"2026-02-29T00:00:00Z":           "",
		"":                               "",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := domain.ParseTime(text)
			if (err == nil) != (want != "") || err == nil && (got.Format(time.RFC3339Nano) != want || got.Location() != time.UTC) {
				t.Errorf("%v, %v, want %q", got, err, want)
			}
		})
	}
}
