package exports

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/export"
)

// Kind names what is exported.
type Kind string

const KindEvents Kind = "events"

// Spec says what an export is of. It decides every byte of the files.
type Spec struct {
	Kind     Kind          `json:"kind"`
	Format   export.Format `json:"format"`
	From     string        `json:"from,omitempty"` // a date, like To and Date; "" for none
	To       string        `json:"to,omitempty"`
	Date     string        `json:"date,omitempty"`
	Position int64         `json:"position"`
	Time     time.Time     `json:"time"`
}

// Cut gives the prefix of the log that the export is of.
func (s Spec) Cut() eventstore.Cut { return eventstore.Cut{Position: s.Position, Time: s.Time} }

// takes tells which formats a kind has, and which of from, to and date it takes.
type takes struct {
	formats []export.Format
	dates   []string
	parts   func(Sources, eventstore.Ledger, Spec) ([]export.Part, error)
}

var kinds = withReports(map[Kind]takes{
	KindEvents: {formats: []export.Format{export.FormatNDJSON}, parts: eventParts},
	KindBundle: {formats: []export.Format{export.FormatNDJSON}, parts: bundleParts},
})

// errNotSealed says that no checkpoint covers an export, though the ledger is sealed.
var errNotSealed = errors.New("no checkpoint covers the position yet")

// Kinds lists all kinds.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }

// Check refuses what a kind does not have, with the fields of the request.
func (s Spec) Check() error {
	var check domain.Check
	of, known := kinds[s.Kind]
	if !check.Require(known, "/kind", "kind_invalid", "kind must be one of %s", join(Kinds())) {
		return check.Rejection()
	}
	check.Require(slices.Contains(of.formats, s.Format), "/format", "format_not_available", "%s is exported as %s", s.Kind, join(of.formats))
	for name, date := range map[string]string{"from": s.From, "to": s.To, "date": s.Date} {
		if date == "" {
			continue
		}
		_, err := time.Parse(time.DateOnly, date)
		check.Require(err == nil && slices.Contains(of.dates, name), "/"+name, name+"_invalid", "%s", dateRule(s.Kind, name, of.dates))
	}
	check.Require(s.From == "" || s.To == "" || s.From < s.To, "/to", "to_invalid", "to must be after from: it is the first day that does not count")
	return check.Rejection()
}

func dateRule(kind Kind, name string, dates []string) string {
	if !slices.Contains(dates, name) {
		return string(kind) + " does not go by " + name
	}
	return name + " must be a date, such as 2026-01-31"
}

// join lists words for people.
func join[W ~string](words []W) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}

// FirstFormat gives the format that a kind has where none is asked for.
func FirstFormat(kind Kind) export.Format {
	if of, known := kinds[kind]; known {
		return of.formats[0]
	}
	return ""
}

// Rows tells how many rows there will be, as far as that is known before the end.
func (s Spec) Rows() *int64 {
	if s.Kind == KindEvents {
		return &s.Position
	}
	return nil
}
