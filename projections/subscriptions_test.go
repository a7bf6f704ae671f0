package projections

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

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
		if diff := cmp.Diff(Subscription{Workspace: "w0", State: shop.subscriptions["w0"], Version: 6}, found, cmpopts.EquateEmpty()); diff != "" || !ok || err != nil {
			t.Errorf("w0: %v, %v, (-want +got):\n%s", ok, err, diff)
		}
		if found.State.Seats != 9 || found.State.Terms.Price != "team-1" {
			t.Errorf("w0 is %+v", found.State)
		}
		if _, ok, err := FindSubscription(ctx, tx, b.Ledger.ID, "nobody"); ok || err != nil {
			t.Errorf("nobody: %v, %v", ok, err)
		}
		for name, c := range map[string]struct {
			filter SubscriptionFilter
			after  string
			limit  int
			want   string
		}{
			"all":              {SubscriptionFilter{}, "", 10, "[w0 w1 w2 w3 w4 w5]"},
			"a page":           {SubscriptionFilter{}, "w1", 2, "[w2 w3]"},
			"a status":         {SubscriptionFilter{Status: "active"}, "", 2, "[w0 w1]"},
			"a status of none": {SubscriptionFilter{Status: "canceled"}, "", 10, "[]"},
			"a price":          {SubscriptionFilter{Price: "team-1"}, "", 10, "[w0 w1 w3 w5]"},
			"both, a page":     {SubscriptionFilter{Status: "active", Price: "starter-1"}, "w2", 10, "[w4]"},
		} {
			t.Run(name, func(t *testing.T) {
				listed, err := ListSubscriptions(ctx, tx, b.Ledger.ID, c.filter, c.after, c.limit)
				var names []string
				for _, s := range listed {
					names = append(names, s.Workspace)
				}
				if got := fmt.Sprint(names); err != nil || got != c.want {
					t.Errorf("%s, %v, want %s", got, err, c.want)
				}
			})
		}
		return nil
	})
}
