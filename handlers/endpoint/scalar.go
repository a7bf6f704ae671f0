package endpoint

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
)

// NewID makes the id of something that a command may bring about.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// OrNull gives nil for no text.
func OrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// timeRule describes a time in a request.
const timeRule = "a time must be RFC 3339 with its zone, of the years 1970 to 2200 and no finer than microseconds, such as 2026-01-31T12:00:00Z"

// validTime holds a text against timeRule. The time package alone would also take a comma for the point, an hour of one
// digit and any number of digits behind it.
func validTime(text string) bool {
	if len(text) < len("2006-01-02T15:04:05Z") || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return false
	}
	rest := text[19:]
	if fraction, found := strings.CutPrefix(rest, "."); found {
		digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
		if digits < 1 || digits > 6 {
			return false
		}
		rest = fraction[digits:]
	}
	if rest != "Z" && !validOffset(rest) {
		return false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && t.UTC().Year() >= 1970 && t.UTC().Year() <= 2200
}

// validOffset takes +hh:mm and -hh:mm of a day at most.
func validOffset(text string) bool {
	return len(text) == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' && text[1:3] <= "23" && text[4:6] <= "59"
}

// plainInteger takes digits with or without a minus; JSON has seen to leading zeros.
func plainInteger(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// plainNumber takes a decimal without exponent of at most 15 digits: binary floating point has all of those exactly.
func plainNumber(text string) bool {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return text != "-0" && len(whole)+len(fraction) <= 15 && strings.Trim(whole+fraction, "0123456789") == ""
}

// isWord takes a word of ours, or nothing.
func isWord(text string) bool {
	return len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_") == ""
}

const streamPattern = "[a-z][a-z_]{0,31}(:[A-Za-z0-9][A-Za-z0-9_.-]{0,63}){1,2}"

// ValidStream takes type:part[:part].
func ValidStream(name string) bool {
	streamType, entity, _ := strings.Cut(name, ":")
	first, second, two := strings.Cut(entity, ":")
	return streamType != "" && isWord(streamType) && streamType[0] != '_' && domain.ValidName(first) && (!two || domain.ValidName(second))
}
