package paper

import (
	"fmt"

	"github.com/tallystick/tallystick/handlers/paper/pdf"
	"github.com/tallystick/tallystick/handlers/paper/typeset"
)

// Measures of an A4 page, in millimetres.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	margin     = 20.0
	width      = pageWidth - 2*margin
	// bottom is where the text of a page ends and its foot begins.
	bottom = pageHeight - 20
)

var (
	inkText = pdf.Colour{R: 0.11, G: 0.14, B: 0.19}
	inkSoft = pdf.Colour{R: 0.36, G: 0.40, B: 0.46}
	inkLine = pdf.Colour{R: 0.87, G: 0.89, B: 0.91}
	inkBand = pdf.Colour{R: 0.957, G: 0.961, B: 0.969}
	inkBad  = pdf.Colour{R: 0.70, G: 0.15, B: 0.12}
	inkPale = pdf.Colour{R: 0.984, G: 0.933, B: 0.929}
	inkGood = pdf.Colour{R: 0.11, G: 0.43, B: 0.26}
	inkNone = pdf.Colour{R: 1, G: 1, B: 1}
)

// letters is a kind of text: its size in points, its weight and colour, and the height of a line in millimetres.
type letters struct {
	size float64
	bold bool
	ink  pdf.Colour
	high float64
}

var (
	textLetters    = letters{size: 9, ink: inkText, high: 4.5}
	boldLetters    = letters{size: 9, bold: true, ink: inkText, high: 4.5}
	softLetters    = letters{size: 9, ink: inkSoft, high: 4.5}
	smallLetters   = letters{size: 7.5, ink: inkSoft, high: 3.8}
	headingLetters = letters{size: 7.5, bold: true, ink: inkSoft, high: 5}
)

// PDF makes the document's PDF.
func PDF(s Sheet) ([]byte, error) {
	p := &printer{file: &pdf.File{Title: s.Title(), Author: s.Seller}, setter: typeset.New(), sheet: s, bottom: bottom}
	foot := p.foot()
	p.bottom -= float64(len(foot)) * smallLetters.high
	p.addPage()
	p.head()
	p.parties()
	p.key()
	p.lines()
	p.sums()
	for _, section := range s.Sections {
		p.section(section)
	}
	p.end()
	p.feet(foot)
	if p.err != nil {
		return nil, fmt.Errorf("make the PDF of %s: %w", s.ID, p.err)
	}
	file, err := p.file.Bytes()
	if err != nil {
		return nil, fmt.Errorf("make the PDF of %s: %w", s.ID, err)
	}
	return file, nil
}

// printer places a sheet on pages.
type printer struct {
	file   *pdf.File
	setter *typeset.Setter
	sheet  Sheet
	pages  []*pdf.Page
	y      float64 // where the next line begins
	bottom float64
	again  func() // repeats the head of a table on a new page
	err    error  // the first
}

func (p *printer) addPage() {
	page := p.file.AddPage(pageWidth, pageHeight)
	p.pages, p.y = append(p.pages, page), margin
	if p.sheet.Across != "" {
		line := p.line(p.sheet.Across, true)
		p.keep(page.Faint(line, min(96, 640_000/max(1, line.Width)), p.sheet.Mark.Tone.ink()))
	}
}

func (p *printer) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *printer) page() *pdf.Page { return p.pages[len(p.pages)-1] }

// room begins a new page when so much does not fit on this one, unless it fits on none.
func (p *printer) room(high float64) {
	if p.y+high <= p.bottom || high > p.bottom-margin-20 && p.y < p.bottom-40 {
		return
	}
	p.addPage()
	if p.again != nil {
		p.again()
	}
}

// line sets a text that is not broken.
func (p *printer) line(text string, bold bool) typeset.Line {
	return p.setter.Wrap(text, bold, typeset.Widest)[0]
}

// wrap breaks a text into lines of a width.
func (p *printer) wrap(text string, l letters, wide float64) []typeset.Line {
	return p.setter.Wrap(text, l.bold, wide*pdf.Millimetre/l.size*1000)
}

// wide measures a text on one line.
func (p *printer) wide(text string, l letters) float64 {
	return p.setter.Width(text, l.bold) / 1000 * l.size / pdf.Millimetre
}

// put writes a line into the height of a line that begins at y.
func (p *printer) put(line typeset.Line, l letters, x, y float64) {
	if len(line.Runs) == 0 {
		return
	}
	p.keep(p.page().Text(line, x, y+l.high/2+l.size*0.127, l.size, l.ink))
}

// putRight writes a line that ends at x.
func (p *printer) putRight(line typeset.Line, l letters, x, y float64) {
	p.put(line, l, x-line.Width/1000*l.size/pdf.Millimetre, y)
}

// paragraph writes a text line by line, over pages if it must.
func (p *printer) paragraph(text string, l letters, x, wide float64) {
	for _, line := range p.wrap(text, l, wide) {
		p.room(l.high)
		p.put(line, l, x, p.y)
		p.y += l.high
	}
}

// foot breaks what stands at the foot of each page into lines: what the seller wants there, and what explains the figures.
func (p *printer) foot() []typeset.Line {
	var lines []typeset.Line
	if p.footed() {
		for _, text := range p.sheet.Footer {
			lines = append(lines, p.wrap(text, smallLetters, width)...)
		}
	}
	return append(lines, p.wrap(p.sheet.Remark+" Document "+p.sheet.ID+".", smallLetters, width)...)
}

// footed reports whether the seller's lines are few enough for the foot of each page. Others end the document.
func (p *printer) footed() bool {
	const most = 4
	lines := 0
	for _, text := range p.sheet.Footer {
		lines += len(p.wrap(text, smallLetters, width))
	}
	return lines <= most
}

// feet ends each page with the seller's lines, the document's name and the page's number.
func (p *printer) feet(foot []typeset.Line) {
	for n, page := range p.pages {
		y := p.bottom + 4
		page.Rule(margin, y, width, 0.2, inkLine)
		y += 1.5
		for _, line := range foot {
			p.keep(page.Text(line, margin, y+2.8, smallLetters.size, smallLetters.ink))
			y += smallLetters.high
		}
		number := p.line(fmt.Sprintf("%d of %d", n+1, len(p.pages)), false)
		p.keep(page.Text(number, margin+width-number.Width/1000*smallLetters.size/pdf.Millimetre, y+2.8, smallLetters.size, smallLetters.ink))
		name := p.wrap(p.sheet.Title()+" · "+p.sheet.Seller, smallLetters, width*0.8)[0]
		p.keep(page.Text(name, margin, y+2.8, smallLetters.size, smallLetters.ink))
	}
}
