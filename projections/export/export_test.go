package export_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/tallystick/tallystick/projections/export"
)

// columns are the journal's.
var columns = []export.Column{
	{Name: "entry_id"}, {Name: "position", Type: export.Integer}, {Name: "event_id"}, {Name: "event_type"}, {Name: "entry_date", Type: export.Date},
	{Name: "period"}, {Name: "recorded_at", Type: export.Time}, {Name: "account_code"}, {Name: "account_name"}, {Name: "debit", Type: export.Amount},
	{Name: "credit", Type: export.Amount}, {Name: "amount_minor", Type: export.Integer}, {Name: "exponent", Type: export.Integer}, {Name: "currency"},
	{Name: "workspace"}, {Name: "invoice"}, {Name: "invoice_line"}, {Name: "product"}, {Name: "tax_rate"}, {Name: "reversal_of"},
	{Name: "correction_of_period"}, {Name: "memo"},
}

// lineOf makes a line of the entry of an event.
func lineOf(position int, date, code, account string, minor int64, memo string) []export.Cell {
	decimal := fmt.Sprintf("%d.%02d", max(minor, -minor)/100, max(minor, -minor)%100)
	row := []string{
		fmt.Sprintf("%d-1", position), strconv.Itoa(position), "event-" + strconv.Itoa(position), "invoice.finalized.v1", date, date[:7],
		date + "T12:00:00.5Z", code, account, decimal, "", strconv.FormatInt(minor, 10), "2", "USD", "acme", "inv_1", "", "pro", "", "", "", memo,
	}
	if minor < 0 {
		row[9], row[10] = "", decimal
	}
	cells := make([]export.Cell, len(row))
	for i, text := range row {
		if text != "" {
			cells[i] = export.CellOf(text)
		}
	}
	return cells
}

// journal has so many entries of two lines, three of them on a day, read in pages of seven lines.
func journal(entries int) export.Table {
	return export.Table{Columns: columns, Read: func(_ context.Context, after string) (page export.Page, err error) {
		first, _ := strconv.Atoi(after)
		for i := first; i < min(first+7, 2*entries); i++ {
			position := i/2 + 1
			date := fmt.Sprintf("2026-%02d-%02d", 1+(position/3)/28%12, 1+(position/3)%28)
			if i%2 == 0 {
				page.Rows = append(page.Rows, lineOf(position, date, "1100", "Accounts receivable", int64(position)*101, "=a \"memo\", with a comma"))
			} else {
				page.Rows = append(page.Rows, lineOf(position, date, "2000", "Deferred revenue", -int64(position)*101, ""))
			}
		}
		if first+7 < 2*entries {
			page.Next = strconv.Itoa(first + 7)
		}
		return page, nil
	}}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for format, want := range map[export.Format]string{
		export.FormatCSV: `entry_id,position,event_id,event_type,entry_date,period,recorded_at,account_code,account_name,debit,credit,amount_minor,exponent,currency,workspace,invoice,invoice_line,product,tax_rate,reversal_of,correction_of_period,memo
1-1,1,event-1,invoice.finalized.v1,2026-01-01,2026-01,2026-01-01T12:00:00.5Z,1100,Accounts receivable,1.01,,101,2,USD,acme,inv_1,,pro,,,,"'=a ""memo"", with a comma"
1-1,1,event-1,invoice.finalized.v1,2026-01-01,2026-01,2026-01-01T12:00:00.5Z,2000,Deferred revenue,,1.01,-101,2,USD,acme,inv_1,,pro,,,,
`,
		export.FormatHledger: `
commodity USD 1000.00000

2026-01-01 * (1-1) invoice.finalized.v1 | =a "memo", with a comma
    ; position:1, event:event-1, workspace:acme, invoice:inv_1
    assets:1100 Accounts receivable  USD 1.01  ; product:pro
    liabilities:2000 Deferred revenue  USD -1.01  ; product:pro

account assets:1100 Accounts receivable

account liabilities:2000 Deferred revenue

2026-01-01 * balances by the end of the day
    assets:1100 Accounts receivable  USD 0 = USD 1.01
    liabilities:2000 Deferred revenue  USD 0 = USD -1.01
`,
		export.FormatBeancount: `option "title" "Tallystick"
option "inferred_tolerance_multiplier" "0"

2026-01-01 * "invoice.finalized.v1" "=a memo , with a comma"
  entry_id: "1-1"
  position: "1"
  event_id: "event-1"
  workspace: "acme"
  invoice: "inv_1"
  Assets:1100-Accounts-receivable  1.01 USD
    product: "pro"
  Liabilities:2000-Deferred-revenue  -1.01 USD
    product: "pro"

1970-01-01 open Assets:1100-Accounts-receivable
1970-01-01 open Liabilities:2000-Deferred-revenue
2026-01-02 balance Assets:1100-Accounts-receivable  1.01 ~ 0 USD
2026-01-02 balance Liabilities:2000-Deferred-revenue  -1.01 ~ 0 USD
`,
	} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := export.Stream(t.Context(), &out, format, journal(1)); err != nil {
				t.Fatal(err)
			}
			if format == export.FormatCSV {
				want = strings.ReplaceAll(want, "\n", "\r\n")
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestParquet reads back what was written.
func TestParquet(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := export.Stream(t.Context(), &out, export.FormatParquet, journal(100)); err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, field := range file.Root().Columns() {
		names = append(names, field.Name())
	}
	if want := strings.Split("entry_id position event_id event_type entry_date period recorded_at account_code account_name debit credit amount_minor exponent "+
		"currency workspace invoice invoice_line product tax_rate reversal_of correction_of_period memo", " "); cmp.Diff(want, names) != "" {
		t.Errorf("columns %v", names)
	}
	for name, want := range map[string]string{"debit": "DECIMAL(38,9)", "entry_date": "DATE", "recorded_at": "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)", "memo": "STRING", "position": "INT(64,true)"} {
		if got := fmt.Sprint(file.Root().Column(name).Type()); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	debit := new(big.Int)
	rows := parquet.NewReader(file)
	count := 0
	for buffer := make([]parquet.Row, 10); ; {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			count++
			if !row[9].IsNull() {
				debit.Add(debit, new(big.Int).SetBytes(row[9].ByteArray()))
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := big.NewInt(100 * 101 / 2 * 101 * 10_000_000); count != 200 || debit.Cmp(want) != 0 {
		t.Errorf("%d rows with debits of %s, want %s", count, debit, want)
	}
}

// TestGoingOn cuts the writing off behind each page in turn, and once more behind those that follow; what comes out is always the
// same.
func TestGoingOn(t *testing.T) {
	t.Parallel()
	for _, format := range []export.Format{export.FormatCSV, export.FormatHledger, export.FormatBeancount, export.FormatParquet} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			var want bytes.Buffer
			if err := export.Stream(t.Context(), &want, format, journal(60)); err != nil {
				t.Fatal(err)
			}
			for cut := 1; cut < 17; cut++ {
				dir := t.TempDir()
				pages := 0
				for tries := 0; ; tries++ {
					_, known, err := write(t, dir, format, func() error {
						if pages++; pages%cut == 0 && tries < 3 {
							return errors.New("killed")
						}
						return nil
					})
					if err != nil {
						// What was written behind the last safe page is lost or torn.
						torn(t, dir)
						continue
					}
					got, err := os.ReadFile(filepath.Join(dir, "journal"))
					if err != nil || !bytes.Equal(got, want.Bytes()) {
						t.Fatalf("cut behind page %d it is another file of %d bytes, want %d: %v", cut, len(got), want.Len(), err)
					}
					if diff := cmp.Diff([]export.Total{{Currency: "USD", Debit: "1848.30", Credit: "1848.30"}}, known); diff != "" {
						t.Fatal(diff)
					}
					break
				}
			}
		})
	}
}

// write writes a journal, and lets interrupt end it before a page is read.
func write(t *testing.T, dir string, format export.Format, interrupt func() error) ([]export.File, []export.Total, error) {
	t.Helper()
	table := journal(60)
	read := table.Read
	table.Read = func(ctx context.Context, after string) (export.Page, error) {
		if err := interrupt(); err != nil {
			return export.Page{}, err
		}
		return read(ctx, after)
	}
	part, err := export.PartOf("journal", format, table)
	if err != nil {
		t.Fatal(err)
	}
	w := export.Writing{Dir: dir, Of: "a journal", SaveAlways: true}
	files, totals, err := w.Write(t.Context(), []export.Part{part})
	if err == nil {
		err = w.End()
	}
	return files, totals, err
}

// torn appends what a crash may leave to each file.
func torn(t *testing.T, dir string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(dir, "journal"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("torn"); err != nil {
		t.Fatal(err)
	}
}

// TestPagesAreReadInTheirTurn reads a table whose pages are of the moment, such as of a transaction that is open for one alone.
func TestPagesAreReadInTheirTurn(t *testing.T) {
	t.Parallel()
	for _, format := range []export.Format{export.FormatCSV, export.FormatParquet} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			var asked []string
			part, err := export.PartOf("", format, export.Table{Columns: []export.Column{{Name: "n", Type: export.Text}}, Read: func(_ context.Context, after string) (export.Page, error) {
				asked = append(asked, after)
				page := export.Page{Rows: [][]export.Cell{{export.CellOf("x" + after)}}}
				if len(after) < 3 {
					page.Next = after + "i"
				}
				return page, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			for turn, after := 1, ""; ; turn++ {
				if after, _, err = part.Next(t.Context(), io.Discard, after); err != nil {
					t.Fatal(err)
				}
				if len(asked) != turn {
					t.Fatalf("in turn %d pages %q are read", turn, asked)
				}
				if after == "" {
					break
				}
			}
		})
	}
}
