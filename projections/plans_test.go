package projections

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
)

func TestPlans(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.follow(Plans)
	shop := newBooks()
	plan := func(workspace string) (found Plan) {
		p.see(func(ctx context.Context, tx pgx.Tx) (err error) {
			found, err = FindPlan(ctx, tx, b.Ledger.ID, workspace, shop.now)
			return err
		})
		return found
	}
	expect := func(workspace string, want Plan) {
		t.Helper()
		want.Workspace = workspace
		if diff := cmp.Diff(want, plan(workspace)); diff != "" {
			t.Errorf("plan (-want +got):\n%s", diff)
		}
	}
	expect("acme", Plan{Source: seating.SourceFree, Status: "none"})

	shop.open()
	free := Plan{Source: seating.SourceFree, Status: "free", Product: "free", Seats: 12}
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
	expect("acme", Plan{
		Source: seating.SourceSubscription, Product: "team", Price: "team-1", Status: "active", Seats: 7,
		CurrentPeriod: &bought.CurrentPeriod, Collection: subscription.CollectionSendInvoice,
	})

	// Nothing issues licenses yet, but the limits say what they are.
	licensed := seating.LimitsChanged{Source: seating.SourceLicense, Product: "business", Purchased: 40}
	b.Append(seating.Stream("birch"), licensed)
	expect("birch", Plan{Source: seating.SourceLicense, Product: "business", Status: "active", Seats: 40})
	ended := seating.LimitsChanged{Source: seating.SourceFree, Product: "gratis", Purchased: 4}
	b.Append(seating.Stream("birch"), ended)
	expect("birch", free)

	// Whatever is done in a workspace puts it on the list, and one page ends where the next begins.
	b.Append(account.Stream("alder"), account.CreditGranted{ID: "g", Source: account.SourceManual, Amount: eur("5.00"), Balance: eur("5.00")})
	p.see(func(ctx context.Context, tx pgx.Tx) error {
		for after, want := range map[string]string{"": "[acme alder]", "acme": "[alder birch]", "alder": "[birch]", "birch": "[]"} {
			t.Run(fmt.Sprintf("behind %q", after), func(t *testing.T) {
				listed, err := ListPlans(ctx, tx, b.Ledger.ID, shop.now, after, 2)
				var names []string
				for _, plan := range listed {
					names = append(names, plan.Workspace)
				}
				if err != nil || fmt.Sprint(names) != want {
					t.Errorf("%v, %v, want %s", names, err, want)
				}
			})
		}
		return nil
	})
}
