package command_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// twins are two workspaces that do the same: one has a subscription, and the other a license with the same price.
type twins struct {
	*bench
	rapid   *rapid.T
	id      string // of the license
	sold    string // the workspace with the subscription
	granted string // the workspace with the license
	bills   map[string][]pricing.Bill
	n       int
}

// billing makes ids that are the same for both, but for the workspace's name.
func (w *twins) billing(workspace string) subscription.Billing {
	return subscription.Billing{Change: fmt.Sprintf("%s-change-%d", workspace, w.n), Invoice: fmt.Sprintf("%s-%s-%d", w.id, workspace, w.n)}
}

// tell does the same in both workspaces. It fails where one refuses what the other does.
func (w *twins) tell(what string, subscribed command.Command[command.Subscription], licensed command.Command[command.License]) {
	refused := noted(w, w.sold, subscribed)
	if also := noted(w, w.granted, licensed); refused != also {
		w.rapid.Fatalf("%s: the subscription is answered %q, and the license %q", what, refused, also)
	}
}

// noted does a command and keeps the bills that it makes. It gives the code of a refusal.
func noted[R any](w *twins, workspace string, c command.Command[R]) string {
	_, _, events, err := try(w.bench, c)
	if rejection, ok := errors.AsType[*domain.Rejection](err); ok {
		return rejection.Code
	} else if err != nil {
		w.rapid.Fatal(err)
	}
	for _, event := range events {
		if drafted, is := event.Fact.(invoice.Drafted); is {
			w.bills[workspace] = append(w.bills[workspace], drafted.Bill)
		}
	}
	return ""
}

// pair holds the subscriptions of twins, and the license that one of them is.
type pair struct {
	sold, granted subscription.State
	license       license.State
}

// look reads both. It judges nothing where it reads: the store may ask it more than once, the first time by states that have changed.
func (w *twins) look() pair {
	reads := []domain.Stream{subscription.Stream(w.sold), subscription.Stream(w.granted), license.Stream(w.id)}
	return do(w.bench, command.Command[pair]{Resource: reads[0], Reads: reads, Decide: func(d *eventstore.Decision) (pair, error) {
		return pair{
			sold: eventstore.StateOf[subscription.State](d, reads[0]), granted: eventstore.StateOf[subscription.State](d, reads[1]),
			license: eventstore.StateOf[license.State](d, reads[2]),
		}, nil
	}})
}

// same compares what both have and were billed, and the license to its subscription.
func (w *twins) same() {
	seen := w.look()
	sold, granted, l := seen.sold, seen.granted, seen.license
	if sold.Seats != granted.Seats || sold.Status != granted.Status || sold.CurrentPeriod != granted.CurrentPeriod || sold.Terms.Price != granted.Terms.Price {
		w.rapid.Fatalf("the subscription is\n%+v\nand the license's\n%+v", sold, granted)
	}
	until := granted.CurrentPeriod.End.AddDate(0, 0, license.GraceDaysDefault)
	if l.Seats != granted.Seats || *l.Price != granted.Terms.Price || l.Product != granted.Terms.Product || granted.EndedAt == nil && !granted.ReadOnly() && !l.ExpiresAt.Equal(until) {
		w.rapid.Fatalf("the license does not follow:\n%+v\nof\n%+v", l, granted)
	}
	if sold, granted := w.shownBills(w.sold), w.shownBills(w.granted); len(sold) == 0 || !slices.Equal(sold, granted) {
		w.rapid.Fatalf("the subscription was billed\n%s\nand the license\n%s", sold, granted)
	}
}

// ownID matches an id that is drawn or derived, by which twins differ.
var ownID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// shownBills writes the bills of a workspace, without its name, which is part of the ids.
func (w *twins) shownBills(workspace string) (shown []string) {
	for _, bill := range w.bills[workspace] {
		written, err := json.Marshal(bill)
		if err != nil {
			w.rapid.Fatal(err)
		}
		shown = append(shown, ownID.ReplaceAllString(strings.ReplaceAll(string(written), workspace, "workspace"), "id"))
	}
	return shown
}

// TestALicenseIsBilledAsASubscription tells random lives of twins, who are billed the same to the last digit.
func TestALicenseIsBilledAsASubscription(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rapid.Check(t, func(rt *rapid.T) {
		id := uuid.NewString()
		w := &twins{bench: b, rapid: rt, id: id, sold: "s-" + id[:8], granted: "l-" + id[:8], bills: map[string][]pricing.Bill{}}
		price := rapid.SampledFrom([]string{"pro-month", "team-month"}).Draw(rt, "price")
		seats := rapid.Int64Range(1, 9).Draw(rt, "seats")
		create := func(workspace string) subscription.Create {
			return subscription.Create{Billing: w.billing(workspace), ID: workspace + "-" + id, Price: price, Seats: seats, Collection: subscription.CollectionSendInvoice}
		}
		w.tell("create", command.CreateSubscription(w.sold, create(w.sold)), command.IssueLicense(license.Issue{
			ID: id, KeyID: "k", Licensee: "Acme", Product: price[:len(price)-len("-month")], Seats: seats, Workspace: &w.granted, Price: &price,
		}, create(w.granted)))
		steps := rapid.IntRange(1, 5).Draw(rt, "steps")
		for w.n = 1; w.n <= steps; w.n++ {
			b.now = b.now.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(rt, "hours")) * time.Hour)
			w.step()
			w.same()
		}
	})
}

// step changes the seats of both, or only lets come what is due.
func (w *twins) step() {
	seats := rapid.Int64Range(0, 12).Draw(w.rapid, "seats")
	switch rapid.IntRange(0, 4).Draw(w.rapid, "what") {
	case 0:
		w.both("wait", func(workspace string) command.Command[command.Subscription] {
			return command.UncancelSubscription(workspace)
		})
	case 1:
		w.both("upgrade", func(workspace string) command.Command[command.Subscription] {
			return command.UpgradeSubscription(workspace, subscription.Upgrade{Billing: w.billing(workspace), Price: "team-month"})
		})
	default:
		w.tell(fmt.Sprint("seats ", seats), command.ChangeSeats(w.sold, subscription.ChangeSeats{Billing: w.billing(w.sold), Seats: seats}),
			command.ChangeLicenseSeats(w.id, seats, w.billing(w.granted)))
	}
	for _, workspace := range []string{w.sold, w.granted} {
		if code := noted(w, workspace, command.RunSubscription(workspace, false)); code != "" {
			w.rapid.Fatalf("%s: %s", workspace, code)
		}
	}
}

// both does the same to the two subscriptions.
func (w *twins) both(what string, c func(workspace string) command.Command[command.Subscription]) {
	if first, second := noted(w, w.sold, c(w.sold)), noted(w, w.granted, c(w.granted)); first != second {
		w.rapid.Fatalf("%s: %q and %q", what, first, second)
	}
}
