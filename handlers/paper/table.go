package paper

// column is one column of a table.
type column struct {
	name  string
	share float64 // of the page's width
	right bool
}

// cell is the text of a row in a column, with a smaller explanation below it.
type cell struct{ text, below string }

func (d *drawing) lines() {
	columns := []column{{"Description", 0.50, false}, {"Quantity", 0.11, true}, {"Share", 0.10, true}, {"Tax", 0.12, true}, {"Amount", 0.17, true}}
	if d.sheet.Discounted {
		columns = []column{{"Description", 0.40, false}, {"Quantity", 0.10, true}, {"Share", 0.10, true}, {"Tax", 0.12, true}, {"Discount", 0.13, true}, {"Amount", 0.15, true}}
	}
	var rows [][]cell
	for _, r := range d.sheet.Rows {
		row := []cell{{r.Text, r.Period}, {text: r.Quantity}, {text: r.Share}, {text: r.Tax}}
		if d.sheet.Discounted {
			row = append(row, cell{text: r.Discount})
		}
		rows = append(rows, append(row, cell{text: r.Amount}))
	}
	d.table(columns, rows)
}

func (d *drawing) notes() {
	if len(d.sheet.Notes) == 0 {
		return
	}
	d.pdf.Ln(9)
	d.room(24, nil)
	d.letters("B", sizeSmall, inkSoft)
	d.pdf.CellFormat(width, 6, "CREDIT NOTES", "", 1, "L", false, 0, "")
	var rows [][]cell
	for _, n := range d.sheet.Notes {
		rows = append(rows, []cell{{text: n.Number}, {text: n.Issued}, {n.Reason, n.Use}, {text: n.Total}})
	}
	d.table([]column{{"Number", 0.15, false}, {"Issued", 0.14, false}, {"Reason", 0.54, false}, {"Total", 0.17, true}}, rows)
}

// table writes rows below a heading, which each page repeats. It never tears a row.
func (d *drawing) table(columns []column, rows [][]cell) {
	heading := func() {
		d.letters("", sizeSmall, inkSoft)
		for _, c := range columns {
			d.pdf.CellFormat(c.share*width, 5, c.name, "", 0, c.align(), false, 0, "")
		}
		d.pdf.Ln(headingHigh - 2)
		d.rule(d.pdf.GetY()+0.5, 0.2, inkText)
		d.pdf.Ln(2)
	}
	if len(rows) > 0 {
		d.room(headingHigh+d.height(columns, rows[0]), nil)
	}
	heading()
	for _, row := range rows {
		d.room(d.height(columns, row), heading)
		d.row(columns, row)
		d.rule(d.pdf.GetY(), 0.2, inkLine)
		d.pdf.Ln(2)
	}
}

const (
	headingHigh = 7.0
	lineHigh    = 4.4
	belowHigh   = 3.8
)

// row writes all cells from one height, and goes on below the tallest.
func (d *drawing) row(columns []column, row []cell) {
	left, top := margin, d.pdf.GetY()
	end := top
	for n, c := range columns {
		wide := c.share*width - gap
		if c.right {
			wide = c.share * width
		}
		d.pdf.SetXY(left, top)
		d.letters("", sizeText, inkText)
		d.pdf.MultiCell(wide, lineHigh, showable(row[n].text), "", c.align(), false)
		if row[n].below != "" {
			d.pdf.SetX(left)
			d.letters("", sizeSmall, inkSoft)
			d.pdf.MultiCell(wide, belowHigh, showable(row[n].below), "", c.align(), false)
		}
		end, left = max(end, d.pdf.GetY()), left+c.share*width
	}
	d.pdf.SetY(end + 1.8)
}

// height measures a row with the space around it.
func (d *drawing) height(columns []column, row []cell) float64 {
	highest := 0.0
	for n, c := range columns {
		d.letters("", sizeText, inkText)
		high := lineHigh * float64(len(d.pdf.SplitText(showable(row[n].text), c.share*width-gap)))
		if row[n].below != "" {
			d.letters("", sizeSmall, inkSoft)
			high += belowHigh * float64(len(d.pdf.SplitText(showable(row[n].below), c.share*width-gap)))
		}
		highest = max(highest, high)
	}
	return highest + 4
}

func (c column) align() string {
	if c.right {
		return "R"
	}
	return "L"
}

// room begins a new page, with a heading, when so much does not fit on this one.
func (d *drawing) room(high float64, heading func()) {
	if d.pdf.GetY()+high <= bottom {
		return
	}
	d.pdf.AddPage()
	if heading != nil {
		heading()
	}
}

// fit shortens a text that is too long for one line.
func (d *drawing) fit(text string, wide float64) string {
	text = showable(text)
	if d.pdf.GetStringWidth(text) <= wide {
		return text
	}
	letters := []rune(text)
	for len(letters) > 0 && d.pdf.GetStringWidth(string(letters)+"…") > wide {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

func (d *drawing) letters(style string, size float64, i ink) {
	d.pdf.SetFont("go", style, size)
	d.ink(i)
}

func (d *drawing) ink(i ink) { d.pdf.SetTextColor(i.r, i.g, i.b) }

func (d *drawing) rule(y, thick float64, i ink) { d.ruleFrom(margin, y, thick, i) }

// ruleFrom draws a line to the right margin.
func (d *drawing) ruleFrom(x, y, thick float64, i ink) {
	d.pdf.SetLineWidth(thick)
	d.pdf.SetDrawColor(i.r, i.g, i.b)
	d.pdf.Line(x, y, margin+width, y)
}
