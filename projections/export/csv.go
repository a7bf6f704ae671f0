package export

import "strings"

// csvWriter writes RFC 4180.
type csvWriter struct{ columns []Column }

func (c *csvWriter) begin(out []byte) []byte {
	for i, column := range c.columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, column.Name...)
	}
	return append(out, "\r\n"...)
}

func (c *csvWriter) row(out []byte, row []Cell) ([]byte, error) {
	for i, cell := range row {
		if i > 0 {
			out = append(out, ',')
		}
		text := cell.Text
		// A spreadsheet would take the text for a formula.
		if text != "" && c.columns[i].Type == Text && strings.IndexByte("=+-@", text[0]) >= 0 {
			text = "'" + text
		}
		if !needsQuotes(text) {
			out = append(out, text...)
			continue
		}
		out = append(out, '"')
		for j := range len(text) {
			if text[j] == '"' {
				out = append(out, '"')
			}
			out = append(out, text[j])
		}
		out = append(out, '"')
	}
	return append(out, "\r\n"...), nil
}

func needsQuotes(text string) bool {
	for i := range len(text) {
		if c := text[i]; c == '"' || c == ',' || c == '\r' || c == '\n' {
			return true
		}
	}
	return false
}

func (*csvWriter) end(out []byte) []byte { return out }

func (*csvWriter) memory() any { return nil }

// CSV writes a header line and rows as the files of exports have them.
func CSV(columns []Column, rows [][]Cell) []byte {
	c := csvWriter{columns}
	out := c.begin(nil)
	for _, row := range rows {
		out, _ = c.row(out, row)
	}
	return out
}
