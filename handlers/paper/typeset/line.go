package typeset

import (
	"math"
	"slices"
	"unicode"

	"golang.org/x/image/math/fixed"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
)

// Line is one line of a text.
type Line struct {
	Runs  []Run // from left to right as they are seen
	Width float64
	// RightToLeft tells in which direction the text as a whole runs.
	RightToLeft bool
}

// Run is a stretch of glyphs of one font.
type Run struct {
	Font *Font
	// Thicken asks for thicker strokes, since the font has no bold form.
	Thicken bool
	Glyphs  []Glyph // from left to right
	Text    string  // what the glyphs stand for, in the order of reading
	// Plain tells that each glyph stands for its own Text; otherwise only all of them together stand for the run's Text.
	Plain bool
}

// Glyph is one picture of a font.
type Glyph struct {
	ID      uint16
	Text    string  // what it stands for
	Advance float64 // to the next glyph
	X, Y    float64 // where it is drawn, from its place on the line
}

const (
	scale     = 1000
	precision = 64 // of fixed numbers
	// Widest is the width of text that is never broken.
	Widest = float64(math.MaxInt32/precision - 1)
)

// Setter typesets the texts of one document, one after another.
type Setter struct {
	shaper    shaping.HarfbuzzShaper
	segmenter shaping.Segmenter
	wrapper   shaping.LineWrapper
	faces     map[*Font]*font.Face
	fonts     map[*font.Face]*Font
}

// New returns a typesetter.
func New() *Setter {
	return &Setter{faces: map[*Font]*font.Face{}, fonts: map[*font.Face]*Font{}}
}

// chooser finds the font of each character. It implements the interface of the shaping library.
type chooser struct {
	setter *Setter
	script language.Script
	bold   bool
}

func (c *chooser) SetScript(s language.Script) { c.script = s }

func (c *chooser) ResolveFace(r rune) *font.Face {
	found, _ := find(r, c.script, c.bold)
	face, known := c.setter.faces[found]
	if !known {
		face = font.NewFace(found.must().font)
		c.setter.faces[found], c.setter.fonts[face] = face, found
	}
	return face
}

// Wrap breaks a text into lines of at most a width, in thousandths of the letters' size. A text without any letter gives
// one empty line.
func (s *Setter) Wrap(text string, bold bool, width float64) []Line {
	letters := clean(text)
	rtl := rightToLeft(letters)
	if len(letters) == 0 {
		return []Line{{}}
	}
	level := levels(letters, rtl)
	outputs := s.shape(letters, level, bold)
	direction := di.DirectionLTR
	if rtl {
		direction = di.DirectionRTL
	}
	limit := fixed.Int26_6(min(width, Widest) * precision)
	wrapped, _ := s.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: direction}, limit, letters, shaping.NewSliceIterator(outputs))
	lines := make([]Line, 0, len(wrapped))
	for _, w := range wrapped {
		visual(w, func(o shaping.Output) int { return level[o.Runes.Offset] })
		line := Line{RightToLeft: rtl}
		for _, output := range w {
			run := s.run(output, letters)
			run.Thicken = bold && !run.Font.Bold
			line.Runs = append(line.Runs, run)
			line.Width += thousandths(output.Advance)
		}
		if line.Width > width {
			if halves := s.halve(w, letters, bold, width); halves != nil {
				lines = append(lines, halves...)
				continue
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// halve breaks a line in the middle that is still too wide, as where marks stand beside letters of other scripts. It gives
// nothing for a single letter with its marks.
func (s *Setter) halve(w shaping.Line, letters []rune, bold bool, width float64) []Line {
	from, to := len(letters), 0
	for _, output := range w {
		from, to = min(from, output.Runes.Offset), max(to, output.Runes.Offset+output.Runes.Count)
	}
	middle := (from + to) / 2
	for middle > from && unicode.Is(unicode.M, letters[middle]) {
		middle--
	}
	if middle == from {
		return nil
	}
	return append(s.Wrap(string(letters[from:middle]), bold, width), s.Wrap(string(letters[middle:to]), bold, width)...)
}

// Width measures a text on one line.
func (s *Setter) Width(text string, bold bool) float64 {
	wide := 0.0
	for _, line := range s.Wrap(text, bold, Widest) {
		wide += line.Width
	}
	return wide
}

// drawnAs lists signs that the fonts lack and have under another name.
var drawnAs = map[rune]rune{'−': '–', '\u2011': '\u2010'}

// shape finds the glyphs of each stretch of one level, script and font.
func (s *Setter) shape(letters []rune, level []int, bold bool) []shaping.Output {
	var outputs []shaping.Output
	drawn := slices.Clone(letters)
	for n, r := range drawn {
		if other, known := drawnAs[r]; known {
			drawn[n] = other
		}
	}
	for start := 0; start < len(letters); {
		end := start
		for end < len(letters) && level[end] == level[start] {
			end++
		}
		input := shaping.Input{Text: drawn, RunStart: start, RunEnd: end, Size: fixed.I(scale), Language: "en"}
		if level[start]%2 == 1 {
			input.Direction = di.DirectionRTL
		}
		for _, part := range s.segmenter.Split(input, &chooser{setter: s, bold: bold}) {
			outputs = append(outputs, s.shaper.Shape(part))
		}
		start = end
	}
	return outputs
}

func (s *Setter) run(output shaping.Output, letters []rune) Run {
	from := output.Runes.Offset
	run := Run{
		Font: s.fonts[output.Face], Text: string(letters[from : from+output.Runes.Count]),
		Plain: output.Direction == di.DirectionLTR, // others are read from the right
	}
	for _, g := range output.Glyphs {
		glyph := Glyph{
			ID: uint16(g.GlyphID), Advance: thousandths(g.Advance), X: thousandths(g.XOffset), Y: thousandths(g.YOffset),
		}
		if g.GlyphsCount() == 1 {
			glyph.Text = string(letters[g.TextIndex() : g.TextIndex()+g.RunesCount()])
		} else {
			run.Plain = false
		}
		run.Glyphs = append(run.Glyphs, glyph)
	}
	return run
}

func thousandths(v fixed.Int26_6) float64 { return float64(v) / precision }
