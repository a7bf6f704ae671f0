package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// deed is done by or for a workspace.
type deed func(ctx context.Context, t *till, workspace string) error

// isRefused does a deed that must be refused with a code.
func isRefused(code string, d deed) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		err := d(ctx, t, workspace)
		if client.Code(err) == code {
			return nil
		}
		return fmt.Errorf("it should have been refused with %s, but: %w", code, err)
	}
}

// withDetails says who the customer is.
func withDetails(name, address, country, taxID string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		body := client.SetBillingDetailsBody{Name: &name, Address: &address, Country: &country, Email: new("accounts@" + workspace + ".example")}
		if taxID != "" {
			body.TaxID = &taxID
		}
		_, err := t.SetBillingDetails(ctx, workspace, &client.SetBillingDetailsParams{}, body)
		return err
	}
}

// taxed says how a customer is taxed, over the rates of prices.
func taxed(status client.TaxTreatment, rate, reason string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		body := client.SetTaxBody{Status: status}
		if rate != "" {
			body.Rate = &rate
		}
		if reason != "" {
			body.Reason = &reason
		}
		_, err := t.SetTax(ctx, workspace, &client.SetTaxParams{}, body)
		return err
	}
}

// sale tells how a story buys something.
type sale func(*client.CreateSubscriptionBody)

// onInvoice lets the customer pay within some days.
func onInvoice(days int64) sale {
	return func(b *client.CreateSubscriptionBody) {
		b.Collection, b.DaysUntilDue = client.CollectionSendInvoice, &days
	}
}

// withCoupon gives a discount.
func withCoupon(code string) sale {
	return func(b *client.CreateSubscriptionBody) { b.Coupon = &code }
}

// in counts days in a time zone.
func in(zone string) sale {
	return func(b *client.CreateSubscriptionBody) { b.TimeZone = &zone }
}

// buy buys a subscription, paid by the default payment method unless something else is said.
func buy(price string, seats int64, how ...sale) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		body := client.CreateSubscriptionBody{Price: price, Seats: seats, Collection: client.CollectionAutomatic}
		for _, say := range how {
			say(&body)
		}
		_, err := t.CreateSubscription(ctx, workspace, &client.CreateSubscriptionParams{}, body)
		return err
	}
}

// buyBy gives a payment method and buys a subscription with it.
func buyBy(token, price string, seats int64) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		if err := card(token)(ctx, t, workspace); err != nil {
			return err
		}
		return buy(price, seats)(ctx, t, workspace)
	}
}

// try begins a trial.
func try(price string, seats int64, atEnd client.TrialEnd) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.StartTrial(ctx, workspace, &client.StartTrialParams{}, client.StartTrialBody{Price: price, Seats: &seats, AtEnd: &atEnd})
		return err
	}
}

// extendTrial lets a trial go on for some days.
func extendTrial(days int) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		body := client.ExtendTrialBody{End: t.now.AddDate(0, 0, days), Reason: "they were on holiday"}
		_, err := t.ExtendTrial(ctx, workspace, &client.ExtendTrialParams{}, body)
		return err
	}
}

// convert makes a trial a paid subscription before it ends.
func convert(price string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.ConvertTrial(ctx, workspace, &client.ConvertTrialParams{}, client.ConvertTrialBody{Price: &price})
		return err
	}
}

// upgrade buys more at once.
func upgrade(price string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.UpgradeSubscription(ctx, workspace, &client.UpgradeSubscriptionParams{}, client.UpgradeSubscriptionBody{Price: price})
		return err
	}
}

// downgrade buys less from the next period on.
func downgrade(price string, seats int64) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.DowngradeSubscription(ctx, workspace, &client.DowngradeSubscriptionParams{},
			client.DowngradeSubscriptionBody{Price: price, Seats: &seats})
		return err
	}
}

// seats buys more seats at once, or fewer from the next period on.
func seats(n int64) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.ChangeSeats(ctx, workspace, &client.ChangeSeatsParams{}, client.ChangeSeatsBody{Seats: n})
		return err
	}
}

// cancel ends the subscription.
func cancel(when string, settlement ...client.Settlement) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		body := client.CancelSubscriptionBody{When: when}
		if len(settlement) > 0 {
			body.Settlement = &settlement[0]
		}
		_, err := t.CancelSubscription(ctx, workspace, &client.CancelSubscriptionParams{}, body)
		return err
	}
}

// uncancel takes a cancellation back.
func uncancel(ctx context.Context, t *till, workspace string) error {
	_, err := t.UncancelSubscription(ctx, workspace, &client.UncancelSubscriptionParams{})
	return err
}

// pause stops the subscription for a while.
func pause(ctx context.Context, t *till, workspace string) error {
	_, err := t.PauseSubscription(ctx, workspace, &client.PauseSubscriptionParams{})
	return err
}

// resume goes on with a paused subscription, in a new period.
func resume(ctx context.Context, t *till, workspace string) error {
	_, err := t.ResumeSubscription(ctx, workspace, &client.ResumeSubscriptionParams{}, client.ResumeSubscriptionBody{Anchor: new(client.ResumeAnchorNow)})
	return err
}

// discount begins with the next period.
func discount(coupon string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.ApplyDiscount(ctx, workspace, &client.ApplyDiscountParams{}, client.ApplyDiscountBody{Coupon: coupon})
		return err
	}
}

// members gives seats to an administrator, some members and some guests, and takes them from everyone else.
func members(members, guests int) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		body := client.SyncSeatsBody{}
		for i := range members + guests {
			seat := client.SyncMemberBody{Member: fmt.Sprintf("u-%02d", i+1), Role: client.RoleMember}
			switch {
			case i == 0:
				seat.Role = client.RoleAdmin
			case i >= members:
				seat.Role = client.RoleGuest
			}
			body.Members = append(body.Members, seat)
		}
		_, err := t.SyncSeats(ctx, workspace, &client.SyncSeatsParams{}, body)
		return err
	}
}

// invite keeps a seat for somebody for two weeks.
func invite(member string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		body := client.AllocateSeatBody{
			Member: member, Role: client.RoleMember, State: new(client.SeatStateInvited), ExpiresAt: new(t.now.Add(14 * 24 * time.Hour)),
		}
		_, err := t.AllocateSeat(ctx, workspace, &client.AllocateSeatParams{}, body)
		return err
	}
}

// use counts the use of a limited feature.
func use(feature string, amount int64) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.UseFeature(ctx, workspace, feature, &client.UseFeatureParams{}, client.UseFeatureBody{Amount: amount})
		return err
	}
}

// grantFeature gives a workspace more of a limited feature than its plan has.
func grantFeature(feature string, limit int64) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.OverrideFeature(ctx, workspace, feature, &client.OverrideFeatureParams{},
			client.OverrideFeatureBody{Limit: &limit, Reason: "a promise of the sales team"})
		return err
	}
}
