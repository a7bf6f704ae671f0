package projections

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestDeadlinesAreLookedUp looks at the plan by which a page finds its streams among many.
func TestDeadlinesAreLookedUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.follow(Deadlines)
	f.see(func(ctx context.Context, tx pgx.Tx) error {
		for _, sql := range []string{
			`INSERT INTO deadlines (ledger_id, stream, subject, kind, due_at, state, live)
			 SELECT '` + b.Ledger.ID.String() + `', 'subscription:w-' || n, '', 'renewal', now(), '{}', false
			 FROM generate_series(1, 10000) AS n`,
			`ANALYZE deadlines`,
			`SET LOCAL plan_cache_mode = force_generic_plan`,
			`SET LOCAL enable_seqscan = off`, // as for all connections of the program
			`PREPARE look (uuid, text[]) AS ` + selectTimed,
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, `EXPLAIN EXECUTE look ('`+b.Ledger.ID.String()+`', '{subscription:w-1}')`)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if plan := strings.Join(lines, "\n"); !strings.Contains(plan, "Index Cond: ((ledger_id = $1) AND (stream = s.stream)") {
			t.Errorf("streams are not looked up one by one:\n%s", plan)
		}
		return err
	})
}
