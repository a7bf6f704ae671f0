package export

import (
	"context"
	"fmt"
	"io"
)

// Format names how a file is written.
type Format string

const (
	FormatCSV       Format = "csv"
	FormatParquet   Format = "parquet"
	FormatHledger   Format = "hledger"
	FormatBeancount Format = "beancount"
	FormatNDJSON    Format = "ndjson"
)

// Formats lists all of them.
var Formats = []Format{FormatCSV, FormatParquet, FormatHledger, FormatBeancount, FormatNDJSON}

// Extension gives the end of the names of a format's files.
func (f Format) Extension() string {
	if f == FormatHledger {
		return "journal"
	}
	return string(f)
}

// writer writes the rows of a file one behind the other.
type writer interface {
	begin(out []byte) []byte
	row(out []byte, row []Cell) ([]byte, error)
	end(out []byte) []byte
	// memory points to what the writer knows of the rows so far, nil for nothing.
	memory() any
}

// known holds what is known of the rows before.
type known struct {
	Totals *totals `json:"totals"`
	Format any     `json:"format"`
}

// Stream writes a whole table.
func Stream(ctx context.Context, out io.Writer, f Format, t Table) error {
	p, err := PartOf("", f, t)
	if err != nil {
		return err
	}
	after, _, err := p.Next(ctx, out, "")
	for err == nil && after != "" {
		after, _, err = p.Next(ctx, out, after)
	}
	return err
}

// PartOf writes a table into a file.
func PartOf(name string, f Format, t Table) (Part, error) {
	var w writer
	var err error
	switch f {
	case FormatCSV:
		w = &csvWriter{t.Columns}
	case FormatHledger:
		w, err = newHledger(t)
	case FormatBeancount:
		w, err = newBeancount(t)
	case FormatParquet:
		return parquetPart(name, t)
	case FormatNDJSON:
		err = fmt.Errorf("a table is not written as %s", f)
	}
	if err != nil {
		return Part{}, err
	}
	sums := newTotals(t)
	pages := &ahead{Table: t}
	return Part{
		Name: name, Memory: &known{sums, w.memory()}, Totals: sums.sorted,
		Next: func(ctx context.Context, out io.Writer, after string) (string, int64, error) {
			page, err := pages.next(ctx, after)
			if err != nil {
				return "", 0, err
			}
			var text []byte
			if after == "" {
				text = w.begin(nil)
			}
			for _, row := range page.Rows {
				if err := sums.add(row); err != nil {
					return "", 0, err
				}
				if text, err = w.row(text, row); err != nil {
					return "", 0, err
				}
			}
			if page.Next == "" {
				text = w.end(text)
			}
			_, err = out.Write(text)
			return page.Next, int64(len(page.Rows)), err
		},
	}, nil
}
