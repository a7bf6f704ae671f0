package projections

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// play appends a history to the bench's ledger and gives the last position.
func (b *bench) play(history []testbed.Group) (position int64) {
	b.T.Helper()
	for _, g := range history {
		position = b.AppendTo(b.Ledger, g)
	}
	return position
}

// relive appends a history to the bench's ledger, each command at its own time, and gives the last position.
func (b *bench) relive(history *books) (position int64) {
	b.T.Helper()
	for i, g := range history.history {
		c := g.CommandAt(func(*eventstore.Decision) time.Time { return history.times[i] })
		outcome, err := b.Store.Execute(b.Ctx, b.Ledger, c)
		if err != nil {
			b.T.Fatalf("append: %v", err)
		}
		position = outcome.LastPosition
	}
	return position
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.follow(Catalog)
	shop := newBooks()
	shop.sell(catalog.CreateProduct{Code: "team", Name: "Team", Tier: ptr(2), Features: catalog.Features{"sso": []byte("true")}})
	shop.sell(catalog.CreateProduct{Code: "free", Name: "Free", Tier: ptr(0), Free: true, FreeSeats: ptr(int64(3))})
	shop.sell(catalog.CreatePrice{Product: "team", Code: "team-year", Currency: "EUR", Interval: "year", UnitAmount: ptr("100")})
	shop.sell(catalog.CreatePrice{Product: "team", Code: "team-month", Currency: "EUR", Interval: "month", UnitAmount: ptr("10")})
	shop.sell(catalog.CreateProduct{Code: "business", Name: "Business", Tier: ptr(3)})
	b.play(shop.history)
	p.see(nothing)
	shop.sell(catalog.ChangeProduct{
		Code: "team", Name: ptr("Teams"), Features: catalog.Features{},
		Limits: map[string]catalog.NewLimit{"seats": {Limit: ptr(int64(5)), Per: ptr("period")}},
	})
	amount := eur("5.00")
	shop.sell(catalog.CreateCoupon{Code: "z", PercentOff: ptr("25"), Duration: "once"})
	shop.sell(catalog.CreateCoupon{Code: "a", AmountOff: &amount, Duration: "forever"})
	shop.sell(catalog.ArchivePrice{Code: "team-year"})
	shop.sell(catalog.ArchiveProduct{Code: "free"})
	b.play(shop.history[5:])

	p.see(func(ctx context.Context, tx pgx.Tx) error {
		team, ok, err := FindProduct(ctx, tx, b.Ledger.ID, "team")
		if err != nil || !ok {
			t.Errorf("team: %v, %v", ok, err)
		}
		want := CatalogProduct{Created: 1, Version: 10, Prices: shop.catalog.Prices("team")}
		want.Product, _ = shop.catalog.Product("team")
		if diff := cmp.Diff(want, team); diff != "" {
			t.Errorf("team (-want +got):\n%s", diff)
		}
		if !team.Prices[0].Archived || team.Prices[1].Archived || team.Product.Name != "Teams" || len(team.Product.Limits) != 1 {
			t.Errorf("team is %+v", team)
		}
		if _, ok, err := FindProduct(ctx, tx, b.Ledger.ID, "gold"); ok || err != nil {
			t.Errorf("gold: %v, %v", ok, err)
		}
		first, err := ListProducts(ctx, tx, b.Ledger.ID, 0, 2)
		if err != nil || len(first) != 2 || first[0].Product.Code != "team" || first[1].Product.Code != "free" {
			t.Errorf("first page %+v, %v", first, err)
		}
		rest, err := ListProducts(ctx, tx, b.Ledger.ID, first[1].Created, 2)
		if err != nil || len(rest) != 1 || rest[0].Product.Code != "business" || len(rest[0].Prices) != 0 {
			t.Errorf("second page %+v, %v", rest, err)
		}
		coupons, err := ListCoupons(ctx, tx, b.Ledger.ID, 0, 1)
		if diff := cmp.Diff([]Coupon{{shop.catalog.Coupons()[0], 7}}, coupons); diff != "" || err != nil {
			t.Errorf("coupons: %v (-want +got):\n%s", err, diff)
		}
		coupons, err = ListCoupons(ctx, tx, b.Ledger.ID, 7, 2)
		if diff := cmp.Diff([]Coupon{{shop.catalog.Coupons()[1], 8}}, coupons); diff != "" || err != nil {
			t.Errorf("coupons: %v (-want +got):\n%s", err, diff)
		}
		version, err := CatalogVersion(ctx, tx, b.Ledger.ID)
		if err != nil || version != 10 {
			t.Errorf("version %d, %v", version, err)
		}
		return err
	})
}

func TestLedgersAreApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run()
	history := histories(60, 60).Example(1)
	last := b.relive(history)
	other := b.NewLedger("other")
	p.await(last)
	for _, projection := range All() {
		p.see(projection, other, func(_ context.Context, tx pgx.Tx) error {
			newBooks().check(t, b, tx, projection, other.ID)
			return nil
		})
		p.see(projection, b.Ledger, func(_ context.Context, tx pgx.Tx) error {
			history.check(t, b, tx, projection, b.Ledger.ID)
			return nil
		})
	}
}
