package projections

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

func eur(text string) money.Amount {
	amount, err := money.Parse("EUR", text)
	if err != nil {
		panic(err)
	}
	return amount
}

// issued gives the events of an invoice over so many seats, and of more commands on it.
func issued(shop *books, id, workspace string, seats int64, more ...invoice.Command) testbed.Group {
	terms, err := shop.catalog.ForSale("team-1")
	if err != nil {
		panic(err)
	}
	bill, err := terms.Bill(seats)
	if err != nil {
		panic(err)
	}
	var state invoice.State
	var all []domain.Event
	draft := invoice.Draft{
		ID: id, Workspace: workspace, Reason: invoice.ReasonManual, TimeZone: "UTC", Bill: bill, DaysUntilDue: 10,
		Period: period.Period{Start: shop.now, End: shop.now.AddDate(0, 1, 0)},
	}
	for _, c := range append([]invoice.Command{draft, invoice.Finalize{Number: "INV-" + id, Credit: eur("0.00"), IssuedAt: shop.now}}, more...) {
		facts, err := invoice.Decide(state, c, domain.Meta{Now: shop.now})
		if err != nil {
			panic(err)
		}
		for _, fact := range facts {
			state = invoice.Evolve(state, fact)
		}
		all = append(all, domain.Events(facts)...)
	}
	return testbed.To(invoice.Stream(id), all...)
}

// TestOverdueSkipsWhatIsPaid reads a few rows of many to find the few that are overdue.
func TestOverdueSkipsWhatIsPaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.follow(Invoices)
	p.see(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO invoices (ledger_id, id, made, workspace, status, payment_status, currency, receivable, overdue_from, version, state)
			SELECT $1, 'i' || n, n, 'acme', 'finalized', 'pending', 'USD', CASE WHEN n > 19990 THEN 5 ELSE 0 END, $2, 1, '{}'
			FROM generate_series(1, 20000) AS n`, [16]byte(b.Ledger.ID), begin)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `ANALYZE invoices`); err != nil {
			return err
		}
		overdue := InvoiceFilter{Overdue: ptr(true), Now: begin.AddDate(0, 1, 0)}
		found, err := ListInvoices(ctx, tx, b.Ledger.ID, overdue, 0, 26)
		if err != nil || len(found) != 10 {
			t.Errorf("%d invoices, %v", len(found), err)
		}
		var read int64
		err = tx.QueryRow(ctx, `
			SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
			FROM pg_stat_xact_user_tables
			WHERE relid = 'invoices'::regclass`).Scan(&read)
		if read > 100 {
			t.Errorf("%d rows are read", read)
		}
		return err
	})
}

func TestInvoices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.follow(Invoices)
	shop := newBooks()
	shop.open()
	grant, err := account.Decide(account.State{}, account.Grant{ID: "g", Source: account.SourceManual, Amount: eur("5.00"), Reason: "r"}, domain.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	paid := invoice.RecordPayment{Payment: "p", Amount: eur("9.99"), Reference: "wire"}
	note := func(id string) invoice.Credit {
		return invoice.Credit{CreditNote: id, Number: "CN-" + id, Amount: ptr(eur("1.00")), Reason: "sorry"}
	}
	b.play(append(shop.history,
		issued(shop, "c", "acme", 1), issued(shop, "a", "acme", 2, paid), issued(shop, "d", "birch", 1, paid),
		issued(shop, "b", "acme", 3, invoice.Void{Reason: "wrong"}), testbed.To(account.Stream("acme"), domain.Events(grant)...),
		issued(shop, "e", "birch", 1, note("second"), note("first")), issued(shop, "f", "acme", 1, paid, note("third")),
	))
	p.see(func(ctx context.Context, tx pgx.Tx) error {
		for name, c := range map[string]struct {
			filter InvoiceFilter
			want   string
		}{
			"all":                    {InvoiceFilter{}, "[c a d b e f]"},
			"a workspace's, issued":  {InvoiceFilter{Workspace: "acme", Status: "finalized"}, "[c a f]"},
			"paid":                   {InvoiceFilter{PaymentStatus: "succeeded"}, "[d f]"},
			"overdue":                {InvoiceFilter{Overdue: ptr(true), Now: begin.Truncate(24*time.Hour).AddDate(0, 0, 11)}, "[c a e]"},
			"overdue a second early": {InvoiceFilter{Overdue: ptr(true), Now: begin.Truncate(24*time.Hour).AddDate(0, 0, 11).Add(-time.Second)}, "[]"},
			"not overdue":            {InvoiceFilter{Overdue: ptr(false), Now: begin.Truncate(24*time.Hour).AddDate(0, 0, 11)}, "[d b f]"},
		} {
			t.Run(name, func(t *testing.T) {
				listed, err := ListInvoices(ctx, tx, b.Ledger.ID, c.filter, 0, 10)
				var ids []string
				for _, i := range listed {
					ids = append(ids, i.State.ID)
				}
				if got := fmt.Sprint(ids); err != nil || got != c.want {
					t.Errorf("%s, %v, want %s", got, err, c.want)
				}
			})
		}
		if found, ok, err := FindInvoice(ctx, tx, b.Ledger.ID, "a"); !ok || err != nil || found.Version != 3 || !found.State.AmountPaid.Equal(eur("9.99")) {
			t.Errorf("a is %+v, %v, %v", found, ok, err)
		}
		if _, ok, err := FindInvoice(ctx, tx, b.Ledger.ID, "none"); ok || err != nil {
			t.Errorf("none: %v, %v", ok, err)
		}
		expectCreditNotes(t, ctx, tx, b)
		balances, err := FindBalances(ctx, tx, b.Ledger.ID, "acme", shop.now)
		if err != nil || fmt.Sprint(balances) != "{EUR [{5.00 EUR 19.98 EUR 0.00 EUR}]}" {
			t.Errorf("balances %v, %v", balances, err)
		}
		balances, err = FindBalances(ctx, tx, b.Ledger.ID, "nobody", shop.now)
		if balances.Latest != "" || balances.All != nil {
			t.Errorf("nobody has %v", balances)
		}
		return err
	})
}

// expectCreditNotes lists credit notes by workspace and invoice, and finds one.
func expectCreditNotes(t *testing.T, ctx context.Context, tx pgx.Tx, b *bench) {
	t.Helper()
	for filter, want := range map[CreditNoteFilter]string{
		{}: "[second first third]", {Workspace: "acme"}: "[third]", {Invoice: "e"}: "[second first]", {Workspace: "acme", Invoice: "e"}: "[]",
	} {
		t.Run(fmt.Sprintf("credit notes of %+v", filter), func(t *testing.T) {
			listed, err := ListCreditNotes(ctx, tx, b.Ledger.ID, filter, 0, 10)
			var ids []string
			for _, note := range listed {
				ids = append(ids, note.Note.CreditNote)
			}
			if got := fmt.Sprint(ids); err != nil || got != want {
				t.Errorf("%s, %v, want %s", got, err, want)
			}
		})
	}
	found, ok, err := FindCreditNote(ctx, tx, b.Ledger.ID, "third")
	if !ok || err != nil || found.Workspace != "acme" || found.Note.ID != "f" || !found.Note.Credit.Equal(eur("1.00")) {
		t.Errorf("third is %+v, %v, %v", found, ok, err)
	}
	if _, ok, err := FindCreditNote(ctx, tx, b.Ledger.ID, "none"); ok || err != nil {
		t.Errorf("none: %v, %v", ok, err)
	}
}
