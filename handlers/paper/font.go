package paper

import (
	"strings"
	"sync"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// missing stands in the PDF for a character that its font can't show. The page leaves such characters to the browser.
const missing = '□'

var font = sync.OnceValues(func() (*sfnt.Font, error) { return sfnt.Parse(goregular.TTF) })

// showable replaces each character that the font has no glyph for by a box, and each control character by a blank. The
// fonts have Latin, Greek and Cyrillic letters.
func showable(text string) string {
	known, err := font()
	if err != nil {
		panic(err) // of a font that is part of the program
	}
	var buffer sfnt.Buffer
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		if glyph, err := known.GlyphIndex(&buffer, r); err != nil || glyph == 0 {
			return missing
		}
		return r
	}, text)
}
