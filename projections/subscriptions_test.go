package projections

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
)

// buy subscribes a workspace to a price that is for sale.
func (b *books) buy(workspace, price string, seats int64) {
	terms, err := b.catalog.ForSale(price)
	if err != nil {
		panic(err)
	}
	b.subscribe(workspace, subscription.Create{
		Billing: b.billing(), ID: "sub-" + workspace, Price: price, Terms: terms, Seats: seats, Collection: subscription.CollectionSendInvoice,
	})
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.follow(Subscriptions)
	shop := newBooks()
	shop.open()
	for i := range 6 {
		shop.buy(fmt.Sprintf("w%d", i), []string{"starter-1", "team-1"}[i%2], int64(i+1))
	}
	b.play(shop.history)
	p.see(nothing)
	played := len(shop.history)
	terms, _ := shop.catalog.ForSale("team-1")
	shop.subscribe("w0", subscription.Upgrade{Billing: shop.billing(), Price: "team-1", Terms: terms})
	shop.subscribe("w0", subscription.ChangeSeats{Billing: shop.billing(), Seats: 9})
	b.play(shop.history[played:])

	p.see(func(ctx context.Context, tx pgx.Tx) error {
		found, ok, err := FindSubscription(ctx, tx, b.Ledger.ID, "w0")
		if diff := cmp.Diff(Subscription{"w0", shop.subscriptions["w0"], 6}, found, cmpopts.EquateEmpty()); diff != "" || !ok || err != nil {
			t.Errorf("w0: %v, %v, (-want +got):\n%s", ok, err, diff)
		}
		if found.State.Seats != 9 || found.State.Terms.Price != "team-1" {
			t.Errorf("w0 is %+v", found.State)
		}
		if _, ok, err := FindSubscription(ctx, tx, b.Ledger.ID, "nobody"); ok || err != nil {
			t.Errorf("nobody: %v, %v", ok, err)
		}
		for _, c := range []struct {
			filter SubscriptionFilter
			after  string
			limit  int
			want   string
		}{
			{SubscriptionFilter{}, "", 10, "[w0 w1 w2 w3 w4 w5]"},
			{SubscriptionFilter{}, "w1", 2, "[w2 w3]"},
			{SubscriptionFilter{Status: "active"}, "", 2, "[w0 w1]"},
			{SubscriptionFilter{Status: "canceled"}, "", 10, "[]"},
			{SubscriptionFilter{Price: "team-1"}, "", 10, "[w0 w1 w3 w5]"},
			{SubscriptionFilter{Status: "active", Price: "starter-1"}, "w2", 10, "[w4]"},
		} {
			listed, err := ListSubscriptions(ctx, tx, b.Ledger.ID, c.filter, c.after, c.limit)
			if err != nil {
				return err
			}
			names := []string{}
			for _, s := range listed {
				names = append(names, s.Workspace)
			}
			if got := fmt.Sprint(names); got != c.want {
				t.Errorf("%+v after %q: %s, want %s", c.filter, c.after, got, c.want)
			}
		}
		return nil
	})
}

func TestLicences(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.follow(Licences)
	shop := newBooks()
	licence := func(workspace string) (found Licence) {
		p.see(func(ctx context.Context, tx pgx.Tx) (err error) {
			found, err = FindLicence(ctx, tx, b.Ledger.ID, workspace, shop.now)
			return err
		})
		return found
	}
	expect := func(workspace string, want Licence) {
		t.Helper()
		want.Workspace = workspace
		if diff := cmp.Diff(want, licence(workspace)); diff != "" {
			t.Errorf("licence (-want +got):\n%s", diff)
		}
	}
	free := Licence{Source: seating.SourceFree, Status: "free"}
	expect("acme", free)

	shop.open()
	free.Product, free.Seats = "free", 12
	b.play(shop.history)
	expect("acme", free)

	// A workspace that does something on the free plan has copied its limits, which is no plan of its own.
	shop.seat("acme", seating.Allocate{Member: "ann", Role: seating.RoleAdmin, Free: shop.freePlan()})
	played := len(shop.history)
	shop.sell(catalog.ArchiveProduct{Code: "free"})
	shop.sell(catalog.CreateProduct{Code: "gratis", Name: "Gratis", Tier: ptr(0), Free: true, FreeSeats: ptr(int64(4))})
	free.Product, free.Seats = "gratis", 4
	b.play(shop.history[played-1 : played])
	b.play(shop.history[played:])
	expect("acme", free)

	played = len(shop.history)
	shop.buy("acme", "team-1", 7)
	bought := shop.subscriptions["acme"]
	b.play(shop.history[played:])
	expect("acme", Licence{
		Source: seating.SourceSubscription, Product: "team", Price: "team-1", Status: "active", Seats: 7,
		CurrentPeriod: &bought.CurrentPeriod, Collection: subscription.CollectionSendInvoice,
	})

	// Nothing issues licences yet, but the limits say what they are.
	licensed := seating.LimitsChanged{Source: seating.SourceLicense, Product: "business", Purchased: 40}
	b.Append(seating.Stream("birch"), licensed)
	expect("birch",
		Licence{Source: seating.SourceLicense, Product: "business", Status: "active", Seats: 40})
	ended := seating.LimitsChanged{Source: seating.SourceFree, Product: "gratis", Purchased: 4}
	b.Append(seating.Stream("birch"), ended)
	expect("birch", free)

	// Whatever is done in a workspace puts it on the list, and one page ends where the next begins.
	b.Append(account.Stream("alder"), account.CreditGranted{ID: "g", Source: account.SourceManual, Amount: eur("5.00"), Balance: eur("5.00")})
	p.see(func(ctx context.Context, tx pgx.Tx) error {
		for after, want := range map[string]string{"": "[acme alder]", "acme": "[alder birch]", "alder": "[birch]", "birch": "[]"} {
			listed, err := ListLicences(ctx, tx, b.Ledger.ID, shop.now, after, 2)
			names := []string{}
			for _, licence := range listed {
				names = append(names, licence.Workspace)
			}
			if err != nil || fmt.Sprint(names) != want {
				t.Errorf("after %q: %v, %v, want %s", after, names, err, want)
			}
		}
		return nil
	})
}
