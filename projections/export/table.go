package export

import "context"

// Type says what the cells of a column hold, and so how a format writes them.
type Type int

const (
	Text Type = iota
	Integer
	Date   // YYYY-MM-DD
	Time   // RFC 3339 in UTC
	Amount // a decimal of at most 29 digits before the point and nine behind it
)

// Column is a column of a table.
type Column struct {
	Name string
	Type Type
}

// Cell is a value of a row. The zero Cell is empty.
type Cell struct {
	Text  string
	Given bool
}

// CellOf gives a cell with a text.
func CellOf(text string) Cell { return Cell{Text: text, Given: true} }

// Page holds rows that follow each other.
type Page struct {
	Rows [][]Cell
	Next string // the key behind which others follow, "" where there are none
}

// Table is rows in an order of their own.
type Table struct {
	Columns []Column
	// Read reads the rows behind a key, those from the first one on behind "".
	Read func(ctx context.Context, after string) (Page, error)
	// Ahead says that Read may read the next page while one is written: it must not depend on a transaction or a context of the moment.
	Ahead bool
}

// Index finds a column by its name. It is -1 for one that there is not.
func (t Table) Index(name string) int {
	for i, column := range t.Columns {
		if column.Name == name {
			return i
		}
	}
	return -1
}

// ahead reads the page behind the one that is being written, where the table allows that.
type ahead struct {
	Table
	after string
	found chan read
}

type read struct {
	page Page
	err  error
}

// next gives the page behind a key.
func (a *ahead) next(ctx context.Context, after string) (Page, error) {
	var got read
	if a.found != nil && a.after == after {
		got = <-a.found
	} else {
		got.page, got.err = a.Read(ctx, after)
	}
	if a.found = nil; a.Ahead && got.err == nil && got.page.Next != "" {
		found := make(chan read, 1) // so that a page that nobody takes ends the reading all the same
		a.after, a.found = got.page.Next, found
		go func() {
			page, err := a.Read(ctx, got.page.Next)
			found <- read{page, err}
		}()
	}
	return got.page, got.err
}
