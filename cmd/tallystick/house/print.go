package house

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Streams holds a command's outputs; tests give it their own.
type Streams struct{ Out, Err io.Writer }

// PrintRows prints a table for people or a JSON array for programs.
func PrintRows[T any](std Streams, asJSON bool, rows []T, header string, line func(T) string) error {
	if asJSON {
		return PrintJSON(std, rows)
	}
	table := tabwriter.NewWriter(std.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, header)
	for _, row := range rows {
		fmt.Fprintln(table, line(row))
	}
	return table.Flush()
}

// PrintTime shows a time to people, and a dash for none.
func PrintTime(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func PrintJSON(std Streams, value any) error {
	if err := json.MarshalWrite(std.Out, value, jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err := fmt.Fprintln(std.Out)
	return err
}
