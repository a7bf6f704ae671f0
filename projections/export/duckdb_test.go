package export_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/projections/export"
)

// TestDuckDB has DuckDB read a Parquet file: the types are those of the columns, and the sums exact.
func TestDuckDB(t *testing.T) {
	t.Parallel()
	_, lacking := os.Stat(filepath.Join("duckdb", "node_modules"))
	if _, err := exec.LookPath("node"); err != nil || lacking != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node or the packages of duckdb are missing: make clients")
		}
		t.Skip("needs node and make clients")
	}
	const entries, shift = 30_000, 700_000_000_000_000 // cents, so that binary floats could not tell the sums
	table := journal(entries)
	small := table.Read
	table.Read = func(ctx context.Context, after string) (export.Page, error) {
		page, err := small(ctx, after)
		for _, row := range page.Rows {
			var position int
			if _, err := fmt.Sscan(row[1].Text, &position); err != nil {
				return page, err
			}
			large := lineOf(position, row[4].Text, row[7].Text, row[8].Text, int64(shift+position), "")
			if row[10].Given {
				large = lineOf(position, row[4].Text, row[7].Text, row[8].Text, -int64(shift+position), "")
			}
			copy(row, large)
		}
		return page, err
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "journal.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := export.Stream(t.Context(), file, export.FormatParquet, table); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join("duckdb", "sums.mjs"), file.Name()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var read struct {
		Types  map[string]string   `json:"types"`
		Totals []map[string]string `json:"totals"`
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sum := new(big.Int).Mul(big.NewInt(shift), big.NewInt(entries))
	sum.Add(sum, big.NewInt(entries*(entries+1)/2))
	cents := sum.String()
	decimal := cents[:len(cents)-2] + "." + cents[len(cents)-2:] + "0000000"
	if diff := cmp.Diff([]map[string]string{{
		"currency": "USD", "lines": fmt.Sprint(2 * entries), "debit": decimal, "credit": decimal, "minor": "0", "first": "2026-01-01", "entries": fmt.Sprint(entries),
	}}, read.Totals); diff != "" {
		t.Error(diff)
	}
	for column, want := range map[string]string{"entry_date": "DATE", "debit": "DECIMAL(38,9)", "credit": "DECIMAL(38,9)", "amount_minor": "BIGINT", "recorded_at": "TIMESTAMP WITH TIME ZONE", "memo": "VARCHAR"} {
		if read.Types[column] != want {
			t.Errorf("%s is %s, want %s", column, read.Types[column], want)
		}
	}
}
