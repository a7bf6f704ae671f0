package endpoint

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/domain"
)

// anything walks a value that is kept as it came. It must come out of the database as it went in, so that a number is
// one that every reader has exactly.
func (w *walker) anything(kind jsontext.Kind, depth int) error {
	free := &shape{kind: shapeAny, nullable: true}
	switch kind {
	case '{':
		return w.members(depth, func(string) (*shape, error) { return free, nil })
	case '[':
		return w.list(free, depth)
	case '"':
		return w.text(shapeAny)
	default: // null, true, false or a number
	}
	number, err := w.token()
	if err != nil || kind != '0' {
		return err
	}
	if !plainNumber(number.String()) {
		return malformed("number_invalid", "a number must be a plain decimal of at most 15 digits").at(w.pointer())
	}
	return nil
}

func (w *walker) text(kind shapeKind) error {
	token, err := w.token()
	if err != nil {
		return err
	}
	text := token.String()
	switch kind {
	case shapeAny:
		return w.characters(text, 0)
	case shapeLines:
		text = strings.ReplaceAll(text, "\n", "")
	default: // one line
	}
	if err := w.characters(text, unicode.MaxRune); err != nil {
		return err
	}
	if kind == shapeTime {
		w.check.Require(validTime(text), w.pointer(), "timestamp_invalid", "%s", domain.TimeRule)
	}
	return nil
}

// characters refuses NUL, which no text in the database can hold, and the control characters up to a limit.
func (w *walker) characters(text string, limit rune) error {
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if r == 0 || r <= limit && unicode.IsControl(r) {
			return malformed("character_not_allowed", fmt.Sprintf("a string must not have the character %U", r)).at(w.pointer())
		}
		i += size
	}
	return nil
}

func (w *walker) integer() error {
	token, err := w.token()
	if err != nil {
		return err
	}
	digits := token.String()
	if digits == "-0" || !plainInteger(digits) {
		return malformed("type_mismatch", "the value must be "+shapeInteger.String()).at(w.pointer())
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	w.check.Require(err == nil && n >= -IntegerMax && n <= IntegerMax, w.pointer(), "out_of_range",
		"an integer must be from -%d to %d", int64(IntegerMax), int64(IntegerMax))
	return nil
}
