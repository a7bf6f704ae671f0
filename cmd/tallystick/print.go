package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// printRows prints a table for people or a JSON array for programs.
func printRows[T any](std streams, asJSON bool, rows []T, header string, line func(T) string) error {
	if asJSON {
		return printJSON(std, rows)
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, header)
	for _, row := range rows {
		fmt.Fprintln(table, line(row))
	}
	return table.Flush()
}

// printTime shows a time to people, and a dash for none.
func printTime(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func printJSON(std streams, value any) error {
	if err := json.MarshalWrite(std.out, value, jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err := fmt.Fprintln(std.out)
	return err
}
