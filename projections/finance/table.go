package finance

import (
	"context"

	"github.com/tallystick/tallystick/projections/export"
)

// Pages bound the rows that are read at once. A report that no index has in its order is made anew for each page, so that fewer pages
// cost less.
const (
	tablePage     = 1_000
	tablePageMade = 10_000
)

// types tell how the cells of each kind are written to files.
var types = map[Kind]export.Type{
	Text: export.Text, Date: export.Date, Time: export.Time, Amount: export.Amount, Minor: export.Integer, Integer: export.Integer,
}

// Table gives the report as what files are written of. The rows behind a key are read by read.
func (r Report) Table(read func(ctx context.Context, after string, limit int) ([]Row, error)) export.Table {
	limit := tablePageMade
	if r.indexed {
		limit = tablePage
	}
	t := export.Table{Read: func(ctx context.Context, after string) (page export.Page, err error) {
		rows, err := read(ctx, after, limit)
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
		if len(rows) == limit {
			page.Next = rows[limit-1].Key()
		}
		return page, err
	}}
	for _, c := range r.Columns {
		t.Columns = append(t.Columns, export.Column{Name: c.Name, Type: types[c.Kind]})
	}
	return t
}
