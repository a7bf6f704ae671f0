package paper

import (
	"bytes"
	"fmt"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Measures of the page in millimetres, and of letters in points.
const (
	pageWidth, pageHeight = 210.0, 297.0
	margin                = 20.0
	width                 = pageWidth - 2*margin
	bottom                = pageHeight - 28 // the footer begins below
	gap                   = 3.0             // between columns
	textHigh              = 4.6             // of a line of text

	sizeTitle, sizeLarge, sizeText, sizeSmall = 15.0, 11.0, 9.0, 7.5
)

// ink is a colour.
type ink struct{ r, g, b int }

var (
	inkText = ink{29, 36, 48}
	inkSoft = ink{91, 102, 117}
	inkLine = ink{223, 227, 232}
	inkMark = ink{179, 38, 30}
)

// PDF makes the invoice's PDF, on as many pages of A4 as it needs.
func PDF(i Invoice) ([]byte, error) {
	d := newDrawing(newSheet(i))
	// The present time, or the order of a map, would make two papers of one invoice differ.
	at := i.Period.Start
	if i.Issued != nil {
		at = *i.Issued
	}
	d.pdf.SetCreationDate(at.UTC())
	d.pdf.SetModificationDate(at.UTC())
	d.pdf.SetCatalogSort(true)
	d.head()
	d.lines()
	d.sums()
	d.notes()
	d.remark()
	var file bytes.Buffer
	if err := d.pdf.Output(&file); err != nil {
		return nil, fmt.Errorf("make the PDF of invoice %s: %w", i.ID, err)
	}
	return file.Bytes(), nil
}

// drawing is a PDF in the making.
type drawing struct {
	pdf   *fpdf.Fpdf
	sheet sheet
}

func newDrawing(s sheet) *drawing {
	d := &drawing{pdf: fpdf.New("P", "mm", "A4", ""), sheet: s}
	d.pdf.AddUTF8FontFromBytes("go", "", goregular.TTF)
	d.pdf.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	d.pdf.SetMargins(margin, margin, margin)
	d.pdf.SetAutoPageBreak(false, 0)
	d.pdf.SetCellMargin(0)
	d.pdf.SetLang("en")
	d.pdf.SetTitle(s.Title, true)
	d.pdf.SetAuthor(s.Seller, true)
	d.pdf.AliasNbPages("")
	d.pdf.SetHeaderFunc(d.mark)
	d.pdf.SetFooterFunc(d.footer)
	d.pdf.AddPage()
	return d
}

// mark writes the status across a page of a draft or a void invoice.
func (d *drawing) mark() {
	if d.sheet.Status == StatusIssued {
		return
	}
	d.letters("B", 120, inkMark)
	text := string(d.sheet.Status)
	d.pdf.SetAlpha(0.10, "Normal")
	d.pdf.TransformBegin()
	d.pdf.TransformRotate(50, pageWidth/2, pageHeight/2)
	d.pdf.Text((pageWidth-d.pdf.GetStringWidth(text))/2, pageHeight/2+15, text)
	d.pdf.TransformEnd()
	d.pdf.SetAlpha(1, "Normal")
}

func (d *drawing) footer() {
	d.pdf.SetXY(margin, pageHeight-18)
	d.letters("", sizeSmall, inkSoft)
	d.pdf.CellFormat(width/2, 4, showable(d.sheet.Title)+"  ·  id "+showable(d.sheet.ID), "", 0, "L", false, 0, "")
	// The number of pages stands for {nb} in the end, and is narrower.
	wider := d.pdf.GetStringWidth("{nb}") - d.pdf.GetStringWidth("0")
	d.pdf.CellFormat(width/2+wider, 4, fmt.Sprintf("Page %d of {nb}", d.pdf.PageNo()), "", 0, "R", false, 0, "")
}

// head writes the seller, the customer and the dates.
func (d *drawing) head() {
	d.letters("B", sizeTitle, inkText)
	d.pdf.CellFormat(width*0.65, 8, d.fit(d.sheet.Seller, width*0.65), "", 0, "L", false, 0, "")
	title := "Invoice"
	if d.sheet.Status == StatusIssued {
		d.letters("", sizeTitle, inkSoft)
	} else {
		title += "  " + string(d.sheet.Status)
		d.ink(inkMark)
	}
	d.pdf.CellFormat(width*0.35, 8, title, "", 1, "R", false, 0, "")
	d.rule(d.pdf.GetY()+2, 0.5, inkText)
	top := d.pdf.GetY() + 10

	end := d.facts(top)
	d.pdf.SetY(top)
	d.to()
	if d.pdf.PageNo() == 1 {
		d.pdf.SetY(max(end, d.pdf.GetY()))
	}
	d.pdf.Ln(9)
}

// facts writes number, dates and the like at the right, and returns the height at which they end.
func (d *drawing) facts(top float64) (end float64) {
	d.letters("", sizeText, inkSoft)
	d.pdf.SetY(top)
	for _, fact := range d.sheet.Facts {
		d.pdf.SetX(margin + width*0.55)
		d.ink(inkSoft)
		d.pdf.CellFormat(width*0.15, textHigh, fact.Name, "", 0, "L", false, 0, "")
		d.ink(inkText)
		d.pdf.CellFormat(width*0.30, textHigh, d.fit(fact.Value, width*0.30), "", 1, "R", false, 0, "")
	}
	return d.pdf.GetY()
}

// to writes the customer at the left.
func (d *drawing) to() {
	const wide = width * 0.48
	d.letters("B", sizeSmall, inkSoft)
	d.pdf.CellFormat(wide, 5, "BILLED TO", "", 1, "L", false, 0, "")
	for n, line := range d.sheet.To {
		style := ""
		if n == 0 {
			style = "B"
		}
		d.letters(style, sizeText, inkText)
		for _, part := range d.pdf.SplitText(showable(line), wide) {
			d.room(textHigh, func() { d.letters(style, sizeText, inkText) })
			d.pdf.CellFormat(wide, textHigh, part, "", 1, "L", false, 0, "")
		}
	}
}

// sums writes the reckoning, on one page if it fits on one.
func (d *drawing) sums() {
	const left, height = margin + width*0.45, 5.4
	d.pdf.Ln(5)
	d.room(height*float64(len(d.sheet.Sums))+8, nil)
	for n, s := range d.sheet.Sums {
		last := n == len(d.sheet.Sums)-1
		style, size := "", sizeText
		if s.Strong {
			d.ruleFrom(left, d.pdf.GetY()+0.6, 0.2, inkText)
			d.pdf.SetY(d.pdf.GetY() + 1.2)
			style = "B"
		}
		if s.Strong && last {
			size = sizeLarge
		}
		d.letters(style, size, inkText)
		d.pdf.SetX(left)
		d.pdf.CellFormat(width*0.33, height, s.Name, "", 0, "L", false, 0, "")
		d.pdf.CellFormat(width*0.22, height, s.Amount, "", 1, "R", false, 0, "")
		if last {
			d.ruleFrom(left, d.pdf.GetY()+0.6, 0.2, inkText)
			d.ruleFrom(left, d.pdf.GetY()+1.3, 0.2, inkText)
		}
	}
}

func (d *drawing) remark() {
	d.pdf.Ln(10)
	d.room(8, nil)
	d.letters("", sizeSmall, inkSoft)
	d.pdf.MultiCell(width, 3.8, showable(d.sheet.Remark), "", "L", false)
}
