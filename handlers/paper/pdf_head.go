package paper

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/paper/pdf"
	"github.com/tallystick/tallystick/handlers/paper/typeset"
)

// head writes the seller's logo or name at the left, and what the document is at the right.
func (p *printer) head() {
	const left = 95.0
	top := p.y
	end := top
	if logo, err := pdf.NewImage(p.sheet.Logo); err == nil {
		const most, tall, perPoint = 62.0, 20.0, 25.4 / 96
		scale := min(most/float64(logo.Width), tall/float64(logo.Height), perPoint)
		p.page().Image(logo, margin, top, float64(logo.Width)*scale, float64(logo.Height)*scale)
		end += float64(logo.Height) * scale
	} else {
		p.paragraph(p.sheet.Seller, letters{size: 14, bold: true, ink: inkText, high: 6.4}, margin, left-8)
		end = p.y
	}
	y := top - 1
	right := func(text string, l letters) {
		for _, line := range p.wrap(text, l, width-left) {
			p.putRight(line, l, margin+width, y)
			y += l.high
		}
	}
	right(p.sheet.Heading, letters{size: 19, bold: true, ink: inkText, high: 8.4})
	if p.sheet.Number != "" {
		right(p.sheet.Number, letters{size: 11, ink: inkSoft, high: 5.4})
	}
	if p.sheet.Mark.Word != "" {
		y = p.mark(y + 2)
	}
	p.y = max(end, y) + 8
}

// mark writes the state of the document into a frame, and returns where it ends.
func (p *printer) mark(y float64) float64 {
	l := letters{size: 8.5, bold: true, ink: p.sheet.Mark.Tone.ink(), high: 5.6}
	line := p.line(p.sheet.Mark.Word, true)
	wide := line.Width/1000*l.size/pdf.Millimetre + 6
	x := margin + width - wide
	p.page().Box(x, y, wide, l.high, l.ink)
	p.page().Box(x+0.4, y+0.4, wide-0.8, l.high-0.8, inkNone)
	p.put(line, l, x+3, y)
	return y + l.high
}

func (t Tone) ink() pdf.Colour {
	switch t {
	case ToneGood:
		return inkGood
	case ToneBad:
		return inkBad
	case ToneMild:
		return inkSoft
	}
	return inkSoft
}

// cell is a line with its letters, ready to be put down.
type cell struct {
	line typeset.Line
	letters
}

// parties writes the seller, the customer and the document's facts beside one another, line by line, so that long addresses
// go on on the next page.
func (p *printer) parties() {
	const column, apart = 54.0, 6.0
	var columns [][]cell
	for _, party := range p.sheet.Parties {
		cells := []cell{{p.line(party.Heading, true), headingLetters}}
		for n, text := range party.Lines {
			l := textLetters
			if n == 0 {
				l = boldLetters
			}
			for _, line := range p.wrap(text, l, column-2) {
				cells = append(cells, cell{line, l})
			}
		}
		columns = append(columns, cells)
	}
	names, values := p.facts(width - 2*(column+apart))
	rows := len(names)
	for _, cells := range columns {
		rows = max(rows, len(cells))
	}
	for n := range rows {
		p.room(textLetters.high)
		for at, cells := range append(slices.Clone(columns), names) {
			if n < len(cells) {
				p.put(cells[n].line, cells[n].letters, margin+float64(at)*(column+apart), p.y)
			}
		}
		if n < len(values) {
			p.putRight(values[n].line, values[n].letters, margin+width, p.y)
		}
		p.y += textLetters.high
	}
	p.y += 8
}

// facts breaks the facts into lines of names and of values. The two have the same number of lines.
func (p *printer) facts(wide float64) (names, values []cell) {
	names, values = []cell{{}}, []cell{{}} // beside the headings
	for _, fact := range p.sheet.Facts {
		names = append(names, cell{p.line(fact.Name, false), softLetters})
		for _, line := range p.wrap(fact.Value, textLetters, wide-p.wide(fact.Name, softLetters)-3) {
			values = append(values, cell{line, textLetters})
		}
		for len(names) < len(values) {
			names = append(names, cell{})
		}
	}
	return names, values
}

// key writes what a reader looks for first into a band.
func (p *printer) key() {
	const inner = 5.0
	key, ink, band := p.sheet.Key, inkText, inkBand
	if key.Urgent {
		ink, band = inkBad, inkPale
	}
	amount := letters{size: 17, bold: true, ink: ink, high: 8}
	note := letters{size: 9.5, ink: ink, high: 4.8}
	wide := p.wide(key.Amount, amount)
	beside := width - 2*inner - wide - 10
	high := 3 + headingLetters.high + amount.high + 3.5
	below := beside < 55
	if below {
		beside = width - 2*inner
	}
	lines := p.wrap(key.Note, note, beside)
	if below {
		high += float64(len(lines)) * note.high
	} else {
		high = max(high, float64(len(lines))*note.high+8)
	}
	p.room(high)
	p.page().Box(margin, p.y, width, high, band)
	y := p.y + 3
	p.put(p.line(key.Label, true), headingLetters, margin+inner, y)
	y += headingLetters.high
	p.put(p.line(key.Amount, true), amount, margin+inner, y)
	if below {
		y += amount.high
		for _, line := range lines {
			p.put(line, note, margin+inner, y)
			y += note.high
		}
	} else {
		// The last line stands on the amount's line, so that both are read together.
		y += amount.high - note.high*float64(len(lines)) - 1
		y = max(y, p.y+4)
		for _, line := range lines {
			p.putRight(line, note, margin+width-inner, y)
			y += note.high
		}
	}
	p.y += high + 8
}
