package paper

import (
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/handlers/paper/typeset"
)

const gap = 6.0 // between columns

// lines writes the rows of the bill. Each page repeats the columns' names, and the columns are as wide as their widest
// figure.
func (p *printer) lines() {
	taxWide, amountWide := p.wide("Tax", headingLetters), p.wide("Amount", headingLetters)
	for _, row := range p.sheet.Rows {
		taxWide, amountWide = max(taxWide, p.wide(row.Tax, softLetters)), max(amountWide, p.wide(row.Amount, textLetters))
	}
	textWide := width - amountWide - gap
	if p.sheet.Taxed {
		textWide -= taxWide + gap
	}
	taxEnd := margin + width - amountWide - gap
	p.again = func() {
		p.put(p.line("Description", true), headingLetters, margin, p.y)
		if p.sheet.Taxed {
			p.putRight(p.line("Tax", true), headingLetters, taxEnd, p.y)
		}
		p.putRight(p.line("Amount", true), headingLetters, margin+width, p.y)
		p.y += headingLetters.high + 1
		p.page().Rule(margin, p.y, width, 0.35, inkText)
		p.y += 0.2
	}
	p.room(30)
	p.again()
	for _, row := range p.sheet.Rows {
		cells := p.cells(row.Text, row.Details, textWide)
		p.room(height(cells) + 4.5)
		p.y += 2
		p.putRight(p.line(row.Amount, false), textLetters, margin+width, p.y)
		if row.Tax != "" {
			p.putRight(p.line(row.Tax, false), softLetters, taxEnd, p.y)
		}
		p.column(cells, margin)
		p.y += 2.2
		p.page().Rule(margin, p.y, width, 0.2, inkLine)
		p.y += 0.3
	}
	p.again = nil
}

// cells breaks a text and what explains it into lines.
func (p *printer) cells(text string, details []string, wide float64) []cell {
	var cells []cell
	add := func(text string, l letters) {
		for _, line := range p.wrap(text, l, wide) {
			cells = append(cells, cell{line, l})
		}
	}
	add(text, textLetters)
	for _, detail := range details {
		add(detail, smallLetters)
	}
	return cells
}

func height(cells []cell) float64 {
	high := 0.0
	for _, c := range cells {
		high += c.high
	}
	return high
}

// column writes cells below one another.
func (p *printer) column(cells []cell, x float64) {
	for _, c := range cells {
		p.room(c.high)
		p.put(c.line, c.letters, x, p.y)
		p.y += c.high
	}
}

// sums writes the reckoning, on one page if it fits on one.
func (p *printer) sums() {
	const least, strongGap = 100.0, 1.0
	strong := letters{size: 9, bold: true, ink: inkText, high: 5.6}
	last := letters{size: 11, bold: true, ink: inkText, high: 6.6}
	of := func(n int) letters {
		switch {
		case !p.sheet.Sums[n].Strong:
			return letters{size: 9, ink: inkText, high: 5}
		case n == p.lastStrong():
			return last
		}
		return strong
	}
	amountWide := 0.0
	for n, s := range p.sheet.Sums {
		amountWide = max(amountWide, p.wide(s.Amount, of(n)))
	}
	wide := min(width, max(least, amountWide+60))
	left := margin + width - wide
	names, high := make([][]typeset.Line, len(p.sheet.Sums)), 0.0
	for n, s := range p.sheet.Sums {
		names[n] = p.wrap(s.Name, of(n), wide-amountWide-gap)
		high += float64(len(names[n])) * of(n).high
		if s.Strong {
			high += strongGap + 0.8
		}
	}
	p.y += 3
	p.room(high + 2)
	for n, s := range p.sheet.Sums {
		l := of(n)
		if s.Strong {
			p.y += strongGap
			p.page().Rule(left, p.y, wide, 0.25, inkText)
			p.y += 0.8
		}
		p.putRight(p.line(s.Amount, l.bold), l, margin+width, p.y)
		for _, line := range names[n] {
			p.put(line, l, left, p.y)
			p.y += l.high
		}
	}
	p.y += 0.6
	p.page().Rule(left, p.y, wide, 0.25, inkText)
	if p.lastStrong() == len(p.sheet.Sums)-1 {
		p.page().Rule(left, p.y+0.8, wide, 0.25, inkText)
	}
	p.y += 1
}

// lastStrong finds the total that the reckoning leads to.
func (p *printer) lastStrong() int {
	for n, s := range slices.Backward(p.sheet.Sums) {
		if s.Strong {
			return n
		}
	}
	return -1
}

// section writes a part below the reckoning. Its heading stays with what follows.
func (p *printer) section(s Section) {
	const names, dates = 34.0, 26.0
	p.apart(headingLetters.high + 0.5 + p.sectionStart(s))
	p.put(p.line(s.Heading, true), headingLetters, margin, p.y)
	p.y += headingLetters.high + 0.5
	for _, text := range s.Text {
		p.paragraph(text, textLetters, margin, width)
	}
	if len(s.Text) > 0 && len(s.Pairs) > 0 {
		p.y += 1.5
	}
	for _, pair := range s.Pairs {
		p.room(textLetters.high)
		p.put(p.line(pair.Name, false), softLetters, margin, p.y)
		p.paragraph(pair.Value, textLetters, margin+names, width-names)
	}
	amountWide := 0.0
	for _, e := range s.Entries {
		amountWide = max(amountWide, p.wide(e.Amount, textLetters))
	}
	for _, e := range s.Entries {
		var details []string
		if e.Detail != "" {
			details = []string{e.Detail}
		}
		cells := p.cells(e.Text, details, width-dates-amountWide-gap)
		p.room(height(cells) + 3)
		p.y += 1.2
		p.put(p.line(e.Date, false), softLetters, margin, p.y)
		p.putRight(p.line(e.Amount, false), textLetters, margin+width, p.y)
		p.column(cells, margin+dates)
		p.y += 1.4
		p.page().Rule(margin, p.y, width, 0.2, inkLine)
	}
}

// apart keeps a part of some height away from what is above it: less if it only so fits on the page.
func (p *printer) apart(high float64) {
	const usual, least = 7.0, 3.5
	gap := usual
	if left := p.bottom - p.y - high; left < usual && left >= least {
		gap = left
	}
	p.y += gap
	p.room(high)
}

// sectionStart measures how much of a section is to stay with its heading: all of what says how to pay, two lines of a text, or
// the first entry.
func (p *printer) sectionStart(s Section) float64 {
	lines := 0
	for _, text := range s.Text {
		lines += len(p.wrap(text, textLetters, width))
	}
	if len(s.Pairs) > 0 {
		return float64(lines+len(s.Pairs))*textLetters.high + 1.5
	}
	if lines > 0 {
		return float64(min(lines, 2)) * textLetters.high
	}
	return 2*textLetters.high + 2.6
}

// end writes what is too long for the foot of a page, and what the fonts can't show.
func (p *printer) end() {
	p.y += 6
	if !p.footed() {
		for _, text := range p.sheet.Footer {
			p.paragraph(text, smallLetters, margin, width)
		}
	}
	if missing := p.sheet.missing(); missing != "" {
		p.paragraph("The fonts of this file lack the characters "+missing+", which are drawn as empty boxes.", smallLetters, margin, width)
	}
}

// missing names the characters of the sheet that the fonts lack.
func (s Sheet) missing() string {
	var names []string
	for _, r := range typeset.Missing(fmt.Sprint(s.Seller, s.Number, s.Parties, s.Facts, s.Key, s.Rows, s.Sums, s.Sections, s.Footer, s.Remark)) {
		names = append(names, fmt.Sprintf("U+%04X", r))
	}
	return join(names...)
}
