package typeset

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/bidi"

	gotext "github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/language"
)

// Clean makes one line of a text: each control character becomes a blank, and what has no picture and is no part of a letter's
// form is left out, above all the marks that turn the order of the text around.
func Clean(text string) string { return string(clean(text)) }

func clean(text string) []rune {
	var letters []rune
	for _, r := range text {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			letters = append(letters, ' ')
		case invisible(r), r == unicode.ReplacementChar:
		default:
			letters = append(letters, r)
		}
	}
	return letters
}

func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) && r != zeroWidthJoiner && r != zeroWidthNonJoiner
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// Missing lists the characters of a text that no font has, each once, in their order.
func Missing(text string) []rune {
	var missing []rune
	seen := map[rune]bool{}
	for _, r := range clean(text) {
		if seen[r] || unicode.Is(unicode.Variation_Selector, r) || unicode.IsSpace(r) {
			continue
		}
		seen[r] = true
		if _, known := drawnAs[r]; known {
			continue
		}
		if _, has := find(r, language.LookupScript(r), false); !has {
			missing = append(missing, r)
		}
	}
	return missing
}

// rightToLeft reports whether the first letter with a direction runs from right to left.
func rightToLeft(letters []rune) bool {
	for _, r := range letters {
		switch class(r) {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		default: // has no direction of its own
		}
	}
	return false
}

func class(r rune) bidi.Class {
	properties, _ := bidi.LookupRune(r)
	return properties.Class()
}

// levels computes each letter's level of the Unicode bidirectional algorithm: even levels run from left to right. A text
// without explicit marks has three at most.
func levels(letters []rune, rtl bool) []int {
	all := make([]int, len(letters))
	direction, base := gotext.LeftToRight, 0
	if rtl {
		direction, base = gotext.RightToLeft, 1
	}
	var paragraph gotext.Paragraph
	runs := paragraph.Segment(letters, direction)
	for n := range runs.NumRuns() {
		run := runs.Run(n)
		for i := run.Start; i < run.End; i++ {
			switch {
			case !run.IsLeftToRight():
				all[i] = 1
			case rtl:
				all[i] = 2
			}
		}
		if base == 0 && n > 0 && run.IsLeftToRight() {
			for i := run.Start; i < number(letters, run.Start, run.End); i++ {
				all[i] = 2
			}
		}
	}
	return all
}

// number finds the end of the number that a run begins with. After text from right to left, in a text from left to right,
// the number belongs to what is before it.
func number(letters []rune, from, to int) int {
	end := from
	for i := from; i < to; i++ {
		switch class(letters[i]) {
		case bidi.EN, bidi.AN, bidi.ET, bidi.NSM:
			end = i + 1
		case bidi.ES, bidi.CS:
		default:
			return end
		}
	}
	return end
}

// visual puts the runs of a line in the order in which they are seen from left to right: from the highest level down, each
// stretch of at least that level is turned around.
func visual[R any](runs []R, level func(R) int) {
	highest := 0
	for _, r := range runs {
		highest = max(highest, level(r))
	}
	for at := highest; at > 0; at-- {
		for i := 0; i < len(runs); i++ {
			end := i
			for end < len(runs) && level(runs[end]) >= at {
				end++
			}
			slices.Reverse(runs[i:end])
			i = max(i, end)
		}
	}
}
