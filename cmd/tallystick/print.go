package main

import (
	"fmt"
	"text/tabwriter"

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

func printJSON(std streams, value any) error {
	if err := json.MarshalWrite(std.out, value, jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err := fmt.Fprintln(std.out)
	return err
}
