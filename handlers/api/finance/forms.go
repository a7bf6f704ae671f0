package finance

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/export"
	"github.com/tallystick/tallystick/projections/finance"
)

// typeCSV is the content type of rows with a header line.
const typeCSV = "text/csv"

// formsOf lists the forms beside JSON in which a report may be asked for. Only the journal is a book.
func formsOf(r finance.Report, pick choice) []endpoint.Form {
	forms := []endpoint.Form{{Type: typeCSV, Open: open(pick, export.FormatCSV)}}
	if r.Name == finance.Journal {
		forms = append(forms, endpoint.Form{Type: "text/x-hledger", Open: open(pick, export.FormatHledger)},
			endpoint.Form{Type: "text/x-beancount", Open: open(pick, export.FormatBeancount)})
	}
	return forms
}

// open begins a report in a format. It has all rows.
func open(pick choice, format export.Format) func(context.Context, pgx.Tx, *endpoint.Call) (endpoint.Part, error) {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.Part, error) {
		r := pick(c)
		p, err := params(ctx, tx, c, r, c.Position())
		if err != nil {
			return nil, err
		}
		written, err := export.PartOf("", format, r.Table(func(ctx context.Context, after string, limit int) ([]finance.Row, error) {
			return r.Walk(ctx, tx, c.Ledger.ID, p, after, limit)
		}))
		after := ""
		return func(ctx context.Context, in pgx.Tx, w io.Writer) (more bool, err error) {
			tx = in // each part is read in a transaction of its own
			next, _, err := written.Next(ctx, w, after)
			if err == nil {
				after = next
			}
			return next != "", err
		}, err
	}
}
