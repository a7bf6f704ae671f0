package projections

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/projections/engine"
)

// checkFinance holds the books against the invoices: what is owed of each, and that all balances. These histories tell streams apart
// that commands write together, so of an invoice whose money is gone again the books know only the account's side.
func (b *books) checkFinance(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID) {
	off, err := engine.List(bench.Ctx, tx, "find entries that are off", pgx.RowTo[string], `
		SELECT position || '-' || n
		FROM journal
		WHERE ledger_id = $1
		GROUP BY position, n, currency
		HAVING sum(amount) <> 0`, [16]byte(ledger))
	if err != nil || len(off) > 0 {
		t.Fatalf("entries %v are off, %v", off, err)
	}
	owed, err := engine.List(bench.Ctx, tx, "add up what is owed", pgx.RowTo[string], `
		SELECT invoice || ' ' || currency || ' ' || sum(amount)
		FROM journal
		WHERE ledger_id = $1 AND account = '1100'
		GROUP BY invoice, currency
		ORDER BY invoice`, [16]byte(ledger))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]money.Amount{}
	for _, line := range owed {
		var id, currency, sum string
		if _, err := fmt.Sscan(line, &id, &currency, &sum); err != nil {
			t.Fatal(err)
		}
		if sums[id], err = money.ParseStored(money.Currency(currency), sum); err != nil {
			t.Fatal(err)
		}
	}
	for id, s := range b.invoices {
		want := money.Zero(s.Bill.Currency)
		if s.Status == invoice.StatusFinalized {
			want = s.Outstanding()
		}
		got, some := sums[id]
		if !some {
			got = money.Zero(s.Bill.Currency)
		}
		if !got.Equal(want) {
			t.Fatalf("the books have %v of invoice %s, which is owed %v", got, id, want)
		}
	}
}
