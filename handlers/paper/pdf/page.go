package pdf

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/handlers/paper/typeset"
)

// Millimetre is one in points, which the file counts in.
const Millimetre = 72 / 25.4

// faint gives the share of its colour that a faint text keeps.
const faint = 0.08

// Page is one page of a file.
type Page struct {
	file          *File
	width, height float64 // in points
	content       bytes.Buffer
}

// Colour has shares of red, green and blue from 0 to 1.
type Colour struct{ R, G, B float64 }

func (c Colour) fill() string { return decimal(c.R) + " " + decimal(c.G) + " " + decimal(c.B) + " rg" }

func (c Colour) stroke() string {
	return decimal(c.R) + " " + decimal(c.G) + " " + decimal(c.B) + " RG"
}

// Text writes a line that begins at x and stands on y, in letters of a size.
func (p *Page) Text(line typeset.Line, x, y, size float64, colour Colour) error {
	return p.text(line, fmt.Sprintf("1 0 0 1 %s %s", decimal(x*Millimetre), decimal(p.height-y*Millimetre)), size, colour)
}

// Faint writes a line across the page's middle, upwards and faint, so that what stands there can be read.
func (p *Page) Faint(line typeset.Line, size float64, colour Colour) error {
	const sin, cos = 0.7071, 0.7071
	half := line.Width / 1000 * size / 2
	drop := size * 0.35
	p.op("q /Faint gs")
	err := p.text(line, fmt.Sprintf("%v %v %v %v %s %s", cos, sin, -sin, cos,
		decimal(p.width/2-half*cos+drop*sin), decimal(p.height/2-half*sin-drop*cos)), size, colour)
	p.op("Q")
	return err
}

func (p *Page) text(line typeset.Line, matrix string, size float64, colour Colour) error {
	p.op("BT %s %s Tm", colour.fill(), matrix)
	behind := 0.0 // how far the last run's glyphs ended before the next run begins
	for _, run := range line.Runs {
		font, err := p.file.font(run.Font)
		if err != nil {
			return err
		}
		p.op("/%s %s Tf", font.name, decimal(size))
		if run.Thicken {
			p.op("2 Tr %s %s w", colour.stroke(), decimal(size*0.03))
		}
		if !run.Plain {
			p.op("/Span<</ActualText %s>>BDC", hexText(run.Text))
		}
		behind = p.glyphs(font, run.Glyphs, size, behind)
		if !run.Plain {
			p.op("EMC")
		}
		if run.Thicken {
			p.op("0 Tr")
		}
	}
	p.op("ET")
	return nil
}

// glyphs shows glyphs, each moved to its place from where the widths of those before it led.
func (p *Page) glyphs(font *embedded, glyphs []typeset.Glyph, size, behind float64) float64 {
	var shown strings.Builder
	want, at, rise := behind, 0.0, 0.0
	flush := func() {
		if shown.Len() > 0 {
			p.op("[%s] TJ", shown.String())
			shown.Reset()
		}
	}
	for _, g := range glyphs {
		if g.Y != rise {
			flush()
			rise = g.Y
			p.op("%s Ts", decimal(rise/1000*size))
		}
		if off := want + g.X - at; math.Abs(off) > 0.05 {
			shown.WriteString(decimal(-off))
			at += off
		}
		number, width := font.use(g)
		fmt.Fprintf(&shown, "<%04x>", number)
		at, want = at+width, want+g.Advance
	}
	flush()
	if rise != 0 {
		p.op("0 Ts")
	}
	return want - at
}

// Rule draws a level line to the right.
func (p *Page) Rule(x, y, width, thick float64, colour Colour) {
	p.Box(x, y-thick/2, width, thick, colour)
}

// Box fills a box.
func (p *Page) Box(x, y, width, height float64, colour Colour) {
	p.op("%s %s %s %s %s re f", colour.fill(), decimal(x*Millimetre), decimal(p.height-(y+height)*Millimetre),
		decimal(width*Millimetre), decimal(height*Millimetre))
}

// Image draws a picture into a box.
func (p *Page) Image(i *Image, x, y, width, height float64) {
	p.op("q %s 0 0 %s %s %s cm /%s Do Q", decimal(width*Millimetre), decimal(height*Millimetre), decimal(x*Millimetre),
		decimal(p.height-(y+height)*Millimetre), p.file.image(i))
}

// op writes one line of the page's content.
func (p *Page) op(format string, args ...any) {
	fmt.Fprintf(&p.content, format+"\n", args...)
}

// decimal writes a number with three digits after the point at most.
func decimal(v float64) string {
	rounded := math.Round(v*1000) / 1000
	if rounded == 0 {
		return "0" // and never -0
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
