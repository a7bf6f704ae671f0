package finance

import (
	"context"

	"github.com/tallystick/tallystick/projections/export"
)

// tablePage bounds the rows that are read at once.
const tablePage = 1_000

// types tell how the cells of each kind are written to files.
var types = map[Kind]export.Type{
	Text: export.Text, Date: export.Date, Time: export.Time, Amount: export.Amount, Minor: export.Integer, Integer: export.Integer,
}

// Table gives the report as what files are written of. The rows behind a key are read by read.
func (r Report) Table(read func(ctx context.Context, after string, limit int) ([]Row, error)) export.Table {
	t := export.Table{Read: func(ctx context.Context, after string) (page export.Page, err error) {
		rows, err := read(ctx, after, tablePage)
		all := make([]export.Cell, len(rows)*len(r.Columns))
		for _, row := range rows {
			var cells []export.Cell
			cells, all = all[:len(row.Cells):len(row.Cells)], all[len(row.Cells):]
			for i, cell := range row.Cells {
				if cell != nil {
					cells[i] = export.CellOf(*cell)
				}
			}
			page.Rows = append(page.Rows, cells)
		}
		if len(rows) == tablePage {
			page.Next = rows[tablePage-1].Key()
		}
		return page, err
	}}
	for _, c := range r.Columns {
		t.Columns = append(t.Columns, export.Column{Name: c.Name, Type: types[c.Kind]})
	}
	return t
}
