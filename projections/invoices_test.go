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
)

func eur(text string) money.Amount {
	amount, err := money.Parse("EUR", text)
	if err != nil {
		panic(err)
	}
	return amount
}

// issued are the events of an invoice over so many seats, followed by what else happens to it.
func issued(shop *books, id, workspace string, seats int64, more ...invoice.Command) group {
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
		events, err := invoice.Decide(state, c, domain.Meta{Now: shop.now})
		if err != nil {
			panic(err)
		}
		for _, event := range events {
			state = invoice.Evolve(state, event)
		}
		all = append(all, events...)
	}
	return group{{invoice.Stream(id), all}}
}

func TestInvoices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Invoices))
	shop := newBooks()
	shop.open()
	grant, err := account.Decide(account.State{}, account.Grant{ID: "g", Source: account.SourceManual, Amount: eur("5.00"), Reason: "r"}, domain.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	paid := invoice.RecordPayment{Amount: eur("9.99"), Reference: "wire"}
	last := b.play(append(shop.history,
		issued(shop, "c", "acme", 1), issued(shop, "a", "acme", 2, paid), issued(shop, "d", "birch", 1, paid),
		issued(shop, "b", "acme", 3, invoice.Void{Reason: "wrong"}), group{{account.Stream("acme"), grant}},
	))
	p.read("invoices", last, func(ctx context.Context, tx pgx.Tx) error {
		for _, c := range []struct {
			filter InvoiceFilter
			want   string
		}{
			{InvoiceFilter{}, "[c a d b]"},
			{InvoiceFilter{Workspace: "acme", Status: "finalized"}, "[c a]"},
			{InvoiceFilter{PaymentStatus: "succeeded"}, "[d]"},
			{InvoiceFilter{Overdue: ptr(true), Now: shop.now.AddDate(0, 0, 10)}, "[c a]"},
			{InvoiceFilter{Overdue: ptr(true), Now: shop.now.AddDate(0, 0, 10).Add(-time.Second)}, "[]"},
			{InvoiceFilter{Overdue: ptr(false), Now: shop.now.AddDate(0, 0, 10)}, "[d b]"},
		} {
			listed, err := ListInvoices(ctx, tx, b.ledger.ID, c.filter, 0, 10)
			if err != nil {
				return err
			}
			ids := []string{}
			for _, i := range listed {
				ids = append(ids, i.State.ID)
			}
			if got := fmt.Sprint(ids); got != c.want {
				t.Errorf("%+v: %s, want %s", c.filter, got, c.want)
			}
		}
		if found, ok, err := FindInvoice(ctx, tx, b.ledger.ID, "a"); !ok || err != nil || found.Version != 3 || !found.State.AmountPaid.Equal(eur("9.99")) {
			t.Errorf("a is %+v, %v, %v", found, ok, err)
		}
		if _, ok, err := FindInvoice(ctx, tx, b.ledger.ID, "none"); ok || err != nil {
			t.Errorf("none: %v, %v", ok, err)
		}
		balance, ok, err := FindBalance(ctx, tx, b.ledger.ID, "acme", shop.now)
		if !ok || err != nil || fmt.Sprint(balance) != "{5.00 EUR 19.98 EUR 0.00 EUR}" {
			t.Errorf("balance %v, %v, %v", balance, ok, err)
		}
		_, ok, err = FindBalance(ctx, tx, b.ledger.ID, "nobody", shop.now)
		if ok {
			t.Error("nobody has a balance")
		}
		return err
	})
	if _, err := p.rebuild("invoices", nil); err != nil {
		t.Fatal(err)
	}
	if live, rebuilt := b.dumpVersion("invoices", 1), b.dumpVersion("invoices", 2); live != rebuilt {
		t.Errorf("invoices were\n%s\nand are rebuilt\n%s", live, rebuilt)
	}
}
