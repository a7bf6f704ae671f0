package domain

import (
	"strings"
	"unicode"
)

// IsLine reports whether a text is one line of 1 to most characters that are not all blank.
func IsLine(text string, most int) bool {
	return HasCharacters(text, 1, most) && strings.TrimSpace(text) != "" && !strings.ContainsFunc(text, unicode.IsControl)
}

// IsLines reports whether a text has 1 to most characters in lines that end with \n, and is not all blank.
func IsLines(text string, most int) bool { return IsLine(strings.ReplaceAll(text, "\n", " "), most) }

// IsEmail reports whether a text has the form of an address for e-mail. Whether it exists only a message could tell.
func IsEmail(text string) bool {
	before, after, found := strings.Cut(text, "@")
	return found && before != "" && after != "" && !strings.Contains(after, "@") && !strings.ContainsFunc(text, unicode.IsSpace)
}

// IsCountry reports whether a text is two letters A-Z, as in ISO 3166-1.
func IsCountry(text string) bool {
	return len(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z'
}
