package projections

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/finance"
)

// explaining keeps how each query is run.
type explaining struct {
	pgx.Tx
	nodes []explained
}

// explained is a step by which a query is run.
type explained struct {
	Type    string      `json:"Node Type"`
	Index   string      `json:"Index Name"`
	Cond    string      `json:"Index Cond"`
	Rows    float64     `json:"Actual Rows"`
	Loops   float64     `json:"Actual Loops"`
	Removed float64     `json:"Rows Removed by Filter"`
	Steps   []explained `json:"Plans"`
}

func (e *explaining) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := e.Tx.Query(ctx, `EXPLAIN (ANALYZE, TIMING off, FORMAT json) `+sql, args...)
	if err != nil {
		return nil, err
	}
	text, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, err
	}
	var plans []struct{ Plan explained }
	if err := json.Unmarshal(text, &plans); err != nil {
		return nil, err
	}
	e.add(plans[0].Plan)
	return e.Tx.Query(ctx, sql, args...)
}

func (e *explaining) add(node explained) {
	e.nodes = append(e.nodes, node)
	for _, step := range node.Steps {
		e.add(step)
	}
}

// TestPagesOfOnePosition looks at how the pages of a month's end are read, at which an event has an entry for every open line.
func TestPagesOfOnePosition(t *testing.T) {
	t.Parallel()
	const limit = 100
	b := setup(t)
	f := b.follow(finance.Model)
	all := finance.Params{Cut: eventstore.Cut{Position: 20}}
	since := all
	first, err := journal.ParseDay("2026-01-01")
	if err != nil {
		t.Fatal(err)
	}
	since.From = &first
	for _, analyzed := range []bool{false, true} {
		name := map[bool]string{false: "before statistics", true: "after statistics"}[analyzed]
		f.see(func(ctx context.Context, tx pgx.Tx) error {
			for _, sql := range []string{
				`DELETE FROM journal`,
				`INSERT INTO journal (ledger_id, position, n, line, event_id, event_type, kind, entry_date, recorded_at, account, amount, exponent, currency, invoice)
				 SELECT '` + b.Ledger.ID.String() + `', 10, i / 2 + 1, i % 2 + 1, 'e', 'books.month.ended.v1', 'earn', '2026-01-31', now(),
				        CASE i % 2 WHEN 0 THEN '2000' ELSE '4000' END, CASE i % 2 WHEN 0 THEN 1.00 ELSE -1.00 END, 2, 'USD', 'inv_' || i / 2
				 FROM generate_series(0, 2 * 20000 - 1) AS i`,
				`SET LOCAL enable_seqscan = off`, // as for all connections of the program
			} {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return err
				}
			}
			if analyzed {
				if _, err := tx.Exec(ctx, `ANALYZE journal`); err != nil {
					return err
				}
			}
			report, _ := finance.Find(finance.Journal)
			for _, p := range []finance.Params{all, since} {
				t.Run(name, func(t *testing.T) {
					seen := &explaining{Tx: tx}
					rows, err := report.Walk(ctx, seen, b.Ledger.ID, p, `["10","15000","2"]`, limit)
					if err != nil || len(rows) != limit || *rows[0].Cells[0] != "10-15001" {
						t.Fatalf("%d rows, %v", len(rows), err)
					}
					seen.check(t, limit)
				})
			}
			t.Run(name+", entries", func(t *testing.T) {
				seen := &explaining{Tx: tx}
				found, err := finance.Entries(ctx, seen, b.Ledger.ID, all, `["10","15000"]`, limit)
				if err != nil || len(found) != limit || *found[0].Rows[0].Cells[0] != "10-15001" {
					t.Fatalf("%d entries, %v", len(found), err)
				}
				seen.check(t, 2*limit)
			})
			return nil
		})
	}
}

// check looks for steps that read more rows than a page has.
func (e *explaining) check(t *testing.T, most float64) {
	t.Helper()
	for _, node := range e.nodes {
		if node.Rows*max(node.Loops, 1)+node.Removed > most {
			t.Errorf("a page of %v rows reads more: %+v", most, node)
		}
	}
	if len(e.nodes) == 0 {
		t.Error("nothing is explained")
	}
}
