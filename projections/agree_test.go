package projections

import (
	order "cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/holding"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/finance"
	"github.com/tallystick/tallystick/projections/usage"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// check holds a read model's answers against the states.
func (b *books) check(t rapid.TB, bench *bench, tx pgx.Tx, p engine.Projection, ledger uuid.UUID) {
	equal := func(what string, want, got any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", what, diff)
		}
	}
	ctx := bench.Ctx
	switch p.Name {
	case Catalog.Name:
		listed, err := ListProducts(ctx, tx, ledger, 0, 100)
		var codes, wanted []string
		for _, product := range listed {
			codes = append(codes, product.Product.Code)
		}
		for _, product := range b.catalog.Products() {
			wanted = append(wanted, product.Code)
			found, _, err := FindProduct(ctx, tx, ledger, product.Code)
			equal("product", product, found.Product, err)
			equal("prices", len(b.catalog.Prices(product.Code)), len(found.Prices), err)
			for i, price := range b.catalog.Prices(product.Code) {
				equal("price", price, found.Prices[i], err)
			}
		}
		equal("order", wanted, codes, err)
		coupons, err := ListCoupons(ctx, tx, ledger, 0, 100)
		var discounts []pricing.Discount
		for _, coupon := range coupons {
			discounts = append(discounts, coupon.Discount)
		}
		equal("coupons", b.catalog.Coupons(), discounts, err)
		version, err := CatalogVersion(ctx, tx, ledger)
		equal("version", b.versions[catalog.Stream()], version, err)
	case Deadlines.Name:
		found, err := DueDeadlines(ctx, tx, ledger, b.now.AddDate(100, 0, 0), nil, 1_000)
		equal("deadlines", b.deadlines(), found, err)
	case Subscriptions.Name:
		var all []Subscription
		for _, workspace := range workspaces {
			want, there := b.subscriptions[workspace]
			found, ok, err := FindSubscription(ctx, tx, ledger, workspace)
			equal("found", there, ok, err)
			equal("subscription", want, found.State, err)
			equal("version", b.versions[subscription.Stream(workspace)], found.Version, err)
			for _, at := range []time.Time{b.now, b.now.Add(subscription.CollectionTime)} {
				if there {
					equal("actions", want.WithPastDue(b.accounts[workspace].PastDue(at)).AvailableActions(at), found.AvailableActions(at), err)
				}
			}
			if there {
				all = append(all, found)
			}
		}
		listed, err := ListSubscriptions(ctx, tx, ledger, SubscriptionFilter{}, "", 100)
		equal("list", all, listed, err)
	case Plans.Name:
		for _, workspace := range workspaces {
			found, err := FindPlan(ctx, tx, ledger, workspace, b.now)
			want := b.plan(workspace)
			want.Dunning = b.dunning(workspace)
			equal("plan", want, found, err)
			b.checkTrial(t, bench, tx, ledger, workspace)
		}
		listed, err := ListPlans(ctx, tx, ledger, b.now, "", len(workspaces))
		var wanted []Plan
		for _, workspace := range workspaces {
			if b.versions[subscription.Stream(workspace)]+b.versions[seating.Stream(workspace)]+b.versions[account.Stream(workspace)]+b.versions[entitlement.Stream(workspace)]+b.versions[paymentmethod.Stream(workspace)] > 0 {
				wanted = append(wanted, b.plan(workspace))
			}
		}
		equal("plans", wanted, listed, err)
	case Invoices.Name:
		b.checkInvoices(t, bench, tx, ledger)
		b.checkRefunds(t, bench, tx, ledger)
	case Seats.Name:
		for _, workspace := range workspaces {
			b.checkSeats(t, bench, tx, ledger, workspace)
		}
	case usage.Model.Name:
		for _, workspace := range workspaces {
			b.checkUsage(t, bench, tx, ledger, workspace)
		}
	case Payments.Name:
		b.checkGatewayPayments(t, bench, tx, ledger)
	case webhooks.Model.Name:
		b.checkWebhooks(t, bench, tx, ledger)
	case Timeline.Name:
		for _, workspace := range workspaces {
			found, err := ListTimeline(ctx, tx, ledger, workspace, 0, 10_000)
			equal("timeline of "+workspace, b.timeline(workspace), found, err)
		}
		streams, numbers := b.numbers()
		found, err := NumbersOf(ctx, tx, ledger, streams)
		equal("numbers", numbers, found, err)
	case finance.Model.Name:
		b.checkFinance(t, bench, tx, ledger)
	case Features.Name:
		for _, workspace := range workspaces {
			found, err := FindHoldings(ctx, tx, ledger, workspace)
			equal("what it has", holding.Holdings{
				Products: b.catalog.Products(), Subscription: b.subscriptions[workspace], Entitlement: b.entitlements[workspace],
			}, found, err)
		}
	case Licenses.Name:
		b.checkLicenses(ctx, t, tx, ledger)
	default:
		t.Fatalf("nobody checks what queries say of %s: add a case that holds it against the streams' states", p.Name)
	}
}

// checkLicenses holds licenses against their streams, one by one and by their statuses.
func (b *books) checkLicenses(ctx context.Context, t rapid.TB, tx pgx.Tx, ledger uuid.UUID) {
	ids := map[license.Status]int{}
	for id, state := range b.licenses {
		found, ok, err := FindLicense(ctx, tx, ledger, id)
		if err != nil || !ok || !cmp.Equal(state, found.State, cmpopts.EquateEmpty()) || found.Version != b.versions[license.Stream(id)] {
			t.Fatalf("license %s: %+v %v %v\nwant %+v", id, found, ok, err, state)
		}
		ids[state.Status(b.now)]++
	}
	for _, status := range license.Statuses {
		listed, err := ListLicenses(ctx, tx, ledger, LicenseFilter{Status: status}, b.now, 0, 10)
		if err != nil || len(listed) != ids[status] {
			t.Fatalf("%s: %d licenses, %v, want %d", status, len(listed), err, ids[status])
		}
		for _, l := range listed {
			if l.State.Status(b.now) != status {
				t.Fatalf("%s is listed as %s", l.State.ID, status)
			}
		}
	}
}

// plan gives the plan that a workspace has now.
func (b *books) plan(workspace string) Plan {
	tried, hasMethod := b.trials[workspace].Status != "", len(b.methods[workspace].Methods) > 0
	s := b.subscriptions[workspace].At(b.now)
	if !s.Live() {
		free, ok := b.catalog.Free()
		status := map[bool]string{true: "free", false: "none"}[ok]
		return Plan{
			Workspace: workspace, Source: seating.SourceFree, Product: free.Code, Status: status, Seats: free.FreeSeats, Tried: tried,
			Ended: s.ID != "", HasMethod: hasMethod,
		}
	}
	plan := Plan{
		Workspace: workspace, Source: seating.SourceSubscription, Product: s.Terms.Product, Price: s.Terms.Price,
		Status: string(s.Status), Seats: s.Seats, CurrentPeriod: &s.CurrentPeriod, Collection: s.Collection, Tried: tried,
		ReadOnly: s.Status == subscription.StatusPaused || s.Status == subscription.StatusRestricted, HasMethod: hasMethod,
	}
	if s.Status == subscription.StatusTrialing {
		plan.Source, plan.Trial = seating.SourceTrial, &period.Period{Start: s.Trial.Start, End: s.Trial.End}
	}
	if s.Cancellation != nil {
		plan.CancelAt = &s.Cancellation.At
	}
	return plan
}

// dunning tells what was tried to collect the overdue invoices of a workspace.
func (b *books) dunning(workspace string) *Dunning {
	overdue := b.subscriptions[workspace].At(b.now).Dunning()
	if overdue == nil {
		return nil
	}
	d := &Dunning{Dunning: *overdue, Retries: RetriesNone}
	var failedAt time.Time
	for _, id := range slices.Sorted(maps.Keys(b.collections)) {
		p := b.collections[id]
		if p.Workspace != workspace || !slices.Contains(overdue.Invoices, p.Invoice) || p.Leading().Status == payment.StatusSucceeded {
			continue
		}
		d.Attempts, d.Retries = d.Attempts+len(p.Attempts), d.Retries.and(p)
		if at, ok := p.RetryAt(); ok && (d.NextAttemptAt == nil || at.Before(*d.NextAttemptAt)) {
			d.NextAttemptAt = &at
		}
		for _, a := range p.Attempts {
			if a.Failure != nil && !a.AnsweredAt.Before(failedAt) {
				failedAt, d.LastFailure = *a.AnsweredAt, a.Failure
			}
		}
	}
	return d
}

// checkTrial holds a trial against its stream: as it is now, and as it will be once everything that is due was carried
// out.
func (b *books) checkTrial(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID, workspace string) {
	for _, later := range []time.Duration{0, 12 * time.Hour, 100 * 24 * time.Hour} {
		then := *b
		then.now, then.history = b.now.Add(later), nil
		then.subscriptions, then.trials, then.pools = maps.Clone(b.subscriptions), maps.Clone(b.trials), maps.Clone(b.pools)
		then.invoices, then.versions = maps.Clone(b.invoices), maps.Clone(b.versions)
		then.subscribe(workspace, nil)
		var want []trial.State
		if state := then.trials[workspace]; state.Status != "" {
			want = append(want, state)
		}
		found, err := FindTrials(bench.Ctx, tx, ledger, workspace, then.now)
		if diff := cmp.Diff(want, found); diff != "" || err != nil {
			t.Fatalf("trials after %s: %v (-want +got):\n%s", later, err, diff)
		}
	}
}

// beforeAll is a time at which no invitation has lapsed.
var beforeAll time.Time

func (b *books) checkSeats(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID, workspace string) {
	state := b.pools[workspace]
	limits := state.Limits()
	if limits.Source == seating.SourceFree {
		limits = seating.State{}.Limits()
		if free := b.freePlan(); free != nil {
			limits = *free
		}
	}
	pool, err := FindSeatPool(bench.Ctx, tx, ledger, workspace, beforeAll)
	if err != nil {
		t.Fatal(err)
	}
	want := SeatPool{
		Workspace: workspace, Limits: limits, Use: state.Use(), HighWater: b.highWater(workspace),
		Version: b.versions[seating.Stream(workspace)],
	}
	if diff := cmp.Diff(want, pool); diff != "" {
		t.Fatalf("pool (-want +got):\n%s", diff)
	}
	var seats []Seat
	for member, seat := range state.Members() {
		seats = append(seats, Seat{member, seat.Role, seat.State, seat.Since, seat.ExpiresAt})
	}
	// Two at a time, as a client pages.
	var listed []Seat
	for after := ""; ; after = listed[len(listed)-1].Member {
		next, err := ListSeats(bench.Ctx, tx, ledger, workspace, beforeAll, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(next) == 0 {
			break
		}
		listed = append(listed, next...)
	}
	if diff := cmp.Diff(seats, listed); diff != "" || !slices.IsSortedFunc(listed, func(a, b Seat) int {
		return slices.Compare([]byte(a.Member), []byte(b.Member))
	}) {
		t.Fatalf("seats (-want +got):\n%s", diff)
	}
}

// highWater takes the definition literally: the use after each command since the plan's source or product changed.
func (b *books) highWater(workspace string) (high int64) {
	var state seating.State
	for _, g := range b.history {
		for _, w := range g {
			if w.Stream != seating.Stream(workspace) {
				continue
			}
			before := state.Limits()
			for _, event := range w.Events {
				state = seating.Evolve(state, event)
			}
			after := state.Limits()
			if before.Source != after.Source || before.Product != after.Product {
				high = 0
			}
			use := state.Use().Seats()
			if after.Source == seating.SourceFree {
				use += state.Use().Guests
			}
			high = max(high, use)
		}
	}
	return high
}

// expected gives what a workspace is told of.
func (b *books) expected(workspace string) (all []notice.Expected) {
	s := b.subscriptions[workspace]
	if period, ok := s.NextRenewal(); ok {
		if e, ok := notice.Renewal(s.ID, period); ok {
			all = append(all, e)
		}
	}
	for _, r := range b.accounts[workspace].Receivables {
		if r.OverdueAt != nil {
			all = append(all, notice.Due(r.Invoice, r.Number, *r.OverdueAt))
		}
	}
	return all
}

// deadlines gives what is to come by the streams' own states, in order.
func (b *books) deadlines() []Deadline {
	var all []Deadline
	for workspace, state := range b.subscriptions {
		if next, ok := state.NextDeadline(); ok {
			all = append(all, Deadline{Stream: subscription.Stream(workspace), Kind: string(next.Kind), DueAt: next.At})
		}
	}
	for workspace, state := range b.trials {
		if at, ok := state.ReminderAt(); ok {
			all = append(all, Deadline{Stream: trial.Stream(workspace, "main"), Kind: DeadlineReminder, DueAt: at})
		}
	}
	for id, state := range b.collections {
		if kind, at, ok := state.NextDeadline(); ok {
			all = append(all, Deadline{Stream: payment.Stream(id), Kind: kind, DueAt: at})
		}
	}
	for id, state := range b.refunds {
		if kind, at, ok := state.NextDeadline(); ok {
			all = append(all, Deadline{Stream: refund.Stream(id), Kind: kind, DueAt: at})
		}
	}
	for id, state := range b.links {
		if at, ok := state.NextDeadline(); ok {
			all = append(all, Deadline{Stream: paymentlink.Stream(id), Kind: DeadlineLink, DueAt: at})
		}
	}
	for id, state := range b.licenses {
		if at, ok := state.NextDeadline(); ok {
			all = append(all, Deadline{Stream: license.Stream(id), Kind: DeadlineLicense, DueAt: at})
		}
	}
	for _, workspace := range workspaces {
		for _, e := range b.expected(workspace) {
			if _, untold := b.notices[workspace].Next([]notice.Expected{e}); untold {
				all = append(all, Deadline{Stream: notice.Stream(workspace), Subject: e.Fact.Subject(), Kind: DeadlineReminder, DueAt: e.At})
			}
		}
	}
	for workspace, pool := range b.pools {
		for member, seat := range pool.Members() {
			if seat.ExpiresAt != nil {
				all = append(all, Deadline{Stream: seating.Stream(workspace), Subject: member, Kind: DeadlineInvitation, DueAt: *seat.ExpiresAt})
			}
		}
	}
	if _, next, ok := b.sync.NextDeadline(); ok || !b.night.IsZero() {
		if !ok {
			next = b.night
		}
		all = append(all, Deadline{Stream: billingsync.Stream(), Kind: billingsync.Deadline, DueAt: next})
	}
	if kind, next, ok := b.kept.NextDeadline(b.billed); ok {
		all = append(all, Deadline{Stream: bookkeeping.Stream(), Kind: kind, DueAt: next})
	}
	all = slices.DeleteFunc(all, func(d Deadline) bool {
		return slices.Contains(b.jobs.Parked, jobDeadline(d))
	})
	slices.SortFunc(all, func(a, b Deadline) int {
		return order.Or(a.DueAt.Compare(b.DueAt), strings.Compare(string(a.Stream), string(b.Stream)), strings.Compare(a.Subject, b.Subject))
	})
	return all
}
