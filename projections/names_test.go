package projections

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestNamesOnDocuments renames a product, and records payments, and asks for what documents of then say.
func TestNamesOnDocuments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := begin
	store, err := eventstore.New(b.Pool("clock", 2, pgtest.AppRole), b.Codec, eventstore.Options{
		Timeout: pgtest.Patience, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	ledger := b.liveLedger(t.Name())
	tell := func(stream domain.Stream, event domain.Event) {
		t.Helper()
		now = now.Add(time.Hour)
		if _, err := store.Execute(b.Ctx, ledger, testbed.To(stream, event).Command()); err != nil {
			t.Fatal(err)
		}
	}
	tell(catalog.Stream(), catalog.ProductCreated{Product: "team", Name: "Team"})
	tell(catalog.Stream(), catalog.ProductCreated{Product: "other", Name: "Other"})
	tell(catalog.Stream(), catalog.PriceCreated{Terms: pricing.Terms{Price: "month", Product: "team", UnitAmount: "12.00"}})
	tell(catalog.Stream(), catalog.ProductChanged{Product: "team", Name: "Crew"})
	none := money.Zero("USD")
	tell(invoice.Stream("i"), invoice.Drafted{ID: "i", Workspace: "acme", TimeZone: "UTC", Bill: pricing.Bill{Currency: "USD", Subtotal: none, Discount: none, Tax: none, Total: none}})
	paid := func(text string) {
		amount, err := money.Parse("USD", text)
		if err != nil {
			t.Fatal(err)
		}
		tell(invoice.Stream("i"), invoice.PaymentRecorded{ID: "i", Amount: amount, Applied: amount, Credit: none, AmountPaid: amount, Reference: text, PaidAt: now})
	}
	paid("1.00")
	paid("2.00")
	err = pgx.BeginFunc(b.Ctx, b.Admin, func(tx pgx.Tx) error {
		for hours, want := range map[int]string{0: "Team", 1: "Team", 3: "Team", 4: "Crew", 9: "Crew"} {
			found, err := FindNames(b.Ctx, tx, ledger.ID, []string{"team", "none"}, []string{"month", "none"}, begin.Add(time.Duration(hours)*time.Hour))
			if err != nil || found.Products["team"] != want || len(found.Products) != 1 || found.Prices["month"].UnitAmount != "12.00" || len(found.Prices) != 1 {
				t.Errorf("after %d hours: %+v, %v; want %s", hours, found, err, want)
			}
		}
		for version, want := range []int{0, 0, 1, 2, 2} {
			payments, err := ListPayments(b.Ctx, tx, ledger.ID, "i", int64(version))
			if err != nil || len(payments) != want || want > 0 && payments[0].Reference != "1.00" {
				t.Errorf("up to version %d: %+v, %v", version, payments, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
