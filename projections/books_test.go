package projections

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// books sums up a ledger's streams by their own rules. The read models must agree with it.
type books struct {
	now           time.Time
	catalog       catalog.State
	subscriptions map[string]subscription.State
	trials        map[string]trial.State // by workspaces: all that is sold is of one family
	pools         map[string]seating.State
	invoices      map[string]invoice.State
	invoiceIDs    []string // in the order in which they were made
	notes         []invoice.Credited
	accounts      map[string]account.State
	collections   map[string]payment.State
	returned      map[string]money.Amount // by payments
	refunds       map[string]refund.State
	methods       map[string]paymentmethod.State
	hook          webhook.State
	links         map[string]paymentlink.State
	notices       map[string]notice.State
	jobs          job.State
	sync          billingsync.State
	kept          bookkeeping.State
	billed        time.Time          // of the first invoice that was issued; zero for none
	night         time.Time          // of the first comparison with gateways; zero for none
	byHand        map[string]Payment // money that was recorded by hand, by the names of payments
	entitlements  map[string]entitlement.State
	licenses      map[string]license.State
	versions      map[domain.Stream]int64
	history       []testbed.Group
	times         []time.Time // of each group of the history
}

func newBooks() *books {
	return &books{
		now: begin, subscriptions: map[string]subscription.State{}, trials: map[string]trial.State{},
		entitlements: map[string]entitlement.State{}, licenses: map[string]license.State{},
		pools: map[string]seating.State{}, invoices: map[string]invoice.State{}, accounts: map[string]account.State{},
		collections: map[string]payment.State{}, returned: map[string]money.Amount{}, refunds: map[string]refund.State{}, methods: map[string]paymentmethod.State{},
		links: map[string]paymentlink.State{}, notices: map[string]notice.State{}, byHand: map[string]Payment{},
		versions: map[domain.Stream]int64{},
	}
}

func (b *books) meta() domain.Meta { return domain.Meta{Now: b.now} }

// freePlan gives the limits that commands on pools get.
func (b *books) freePlan() *seating.Limits {
	free, ok := b.catalog.Free()
	if !ok {
		return nil
	}
	return &seating.Limits{
		Source: seating.SourceFree, Product: free.Code, Purchased: free.FreeSeats, GuestsPerSeat: free.GuestsPerSeat,
	}
}

// write keeps the events of a command, unless it was refused or changed nothing.
func (b *books) write(g testbed.Group) {
	var kept testbed.Group
	for _, w := range g {
		if len(w.Events) == 0 {
			continue
		}
		kept = append(kept, w)
		b.versions[w.Stream] += int64(len(w.Events))
		name := w.Stream.Entity()
		for _, event := range w.Events {
			switch w.Stream.Type() {
			case catalog.Type.Name:
				b.catalog = catalog.Evolve(b.catalog, event)
			case subscription.Type.Name:
				b.subscriptions[name] = subscription.Evolve(b.subscriptions[name], event)
			case seating.Type.Name:
				b.pools[name] = seating.Evolve(b.pools[name], event)
			case invoice.Type.Name:
				b.invoices[name] = invoice.Evolve(b.invoices[name], event)
				switch e := event.(type) {
				case invoice.Drafted:
					b.invoiceIDs = append(b.invoiceIDs, e.ID)
				case invoice.Credited:
					b.notes = append(b.notes, e)
				case invoice.Finalized:
					if b.billed.IsZero() {
						b.billed = e.IssuedAt
					}
				}
			case account.Type.Name:
				b.accounts[name] = account.Evolve(b.accounts[name], event)
			case payment.Type.Name:
				b.planNight()
				b.collections[name] = payment.Evolve(b.collections[name], event)
			case paymentmethod.Type.Name:
				if _, added := event.(paymentmethod.Added); added {
					b.planNight()
				}
				b.methods[name] = paymentmethod.Evolve(b.methods[name], event)
			case refund.Type.Name:
				b.refunds[name] = refund.Evolve(b.refunds[name], event)
			case webhook.Type.Name:
				b.hook = webhook.Evolve(b.hook, event)
			case bookkeeping.Type.Name:
				b.kept = bookkeeping.Evolve(b.kept, event)
			case billingsync.Type.Name:
				b.sync = billingsync.Evolve(b.sync, event)
			case job.Type.Name:
				b.jobs = job.Evolve(b.jobs, event)
			case notice.Type.Name:
				b.notices[name] = notice.Evolve(b.notices[name], event)
			case paymentlink.Type.Name:
				b.links[name] = paymentlink.Evolve(b.links[name], event)
			case entitlement.Type.Name:
				b.entitlements[name] = entitlement.Evolve(b.entitlements[name], event)
			case license.Type.Name:
				b.licenses[name] = license.Evolve(b.licenses[name], event)
			case trial.Type.Name:
				b.trials[workspaceOf(w.Stream)] = trial.Evolve(b.trials[workspaceOf(w.Stream)], event)
			}
		}
	}
	if kept != nil {
		b.history, b.times = append(b.history, kept), append(b.times, b.now)
	}
}

// planNight has the ledger compared with its gateways in the night after the first time that one has to do with it.
func (b *books) planNight() {
	if b.night.IsZero() {
		b.night = billingsync.Night(b.now)
	}
}

func (b *books) sell(c catalog.Command) {
	if facts, err := catalog.Decide(b.catalog, c, b.meta()); err == nil {
		b.write(testbed.To(catalog.Stream(), domain.Events(facts)...))
	}
}

// subscribe writes the subscription, its trial and the limits of its seats together, as the command of a client does, after
// the deadlines that are due. Without a command it writes only those.
func (b *books) subscribe(workspace string, c subscription.Command) {
	for due, ok := b.subscriptions[workspace].NextDeadline(); ok && !due.At.After(b.now); {
		carriedOut := due
		b.decide(workspace, subscription.Run{Billing: b.billing(), SeatsInUse: b.pools[workspace].At(due.At).SeatsInUse(), Ladder: ladder(due)})
		if due, ok = b.subscriptions[workspace].NextDeadline(); ok && due == carriedOut {
			panic(fmt.Sprintf("%s: %s of %v was refused", workspace, due.Kind, due.At))
		}
	}
	if c != nil {
		b.decide(workspace, c)
	}
}

// ladder gives the steps of an invoice that falls due at a deadline.
func ladder(due subscription.Deadline) *subscription.Ladder {
	if due.Invoice == "" {
		return nil
	}
	return &subscription.Ladder{
		DueAt: due.At, RestrictAt: due.At.AddDate(0, 0, 14), CancelAt: new(due.At.AddDate(0, 0, 28)), Settlement: subscription.SettlementCredit,
	}
}

func (b *books) decide(workspace string, c subscription.Command) {
	before := b.subscriptions[workspace]
	facts, err := subscription.Decide(before, c, b.meta())
	if err != nil {
		return
	}
	after := before
	var tried []domain.Event
	for _, event := range facts {
		after = subscription.Evolve(after, event)
		tried = append(tried, followed(before, event)...)
	}
	limits := seating.State{}.Limits()
	if free := b.freePlan(); free != nil {
		limits = *free
	}
	if after.Entitled() {
		limits = seating.Limits{
			Source: seating.SourceSubscription, Product: after.Terms.Product, Purchased: after.Seats,
			GuestsPerSeat: after.Terms.GuestsPerSeat, Closed: !after.AdmitsSeats(),
		}
		if after.Status == subscription.StatusTrialing {
			limits.Source = seating.SourceTrial
		}
	}
	copied, err := seating.Decide(b.pools[workspace], seating.SetLimits{Limits: limits}, b.meta())
	if err != nil {
		panic(err)
	}
	g := testbed.To(subscription.Stream(workspace), domain.Events(facts)...).And(trial.Stream(workspace, "main"), tried...).And(seating.Stream(workspace), domain.Events(copied)...)
	if len(b.history)%2 == 0 {
		g[0], g[2] = g[2], g[0] // read models must not care which stream comes last
	}
	b.write(append(g, b.drafts(workspace, after.TimeZone, facts)...))
}

// drafts gives the first events of the invoices that are billed.
func (b *books) drafts(workspace, zone string, facts []subscription.Fact) (drafts testbed.Group) {
	for _, fact := range facts {
		billed, is := fact.(subscription.Billed)
		if !is {
			continue
		}
		drafted, err := invoice.Decide(invoice.State{}, invoice.Draft{
			ID: billed.Invoice, Workspace: workspace, Reason: invoice.Reason(billed.Reason), TimeZone: zone,
			Period: billed.Period, Bill: billed.Bill, DaysUntilDue: billed.DaysUntilDue,
		}, b.meta())
		if err != nil {
			panic(err)
		}
		drafts = drafts.And(invoice.Stream(billed.Invoice), domain.Events(drafted)...)
	}
	return drafts
}

// followed gives the trial's events that follow from an event of its subscription.
func followed(before subscription.State, event domain.Event) []domain.Event {
	if e, ok := event.(subscription.Created); ok && e.Trial != nil {
		return events(trial.Started{
			Family: e.Terms.Family, Subscription: e.ID, Price: e.Terms.Price, Start: e.Trial.Start, End: e.Trial.End,
		})
	}
	if before.Status != subscription.StatusTrialing {
		return nil
	}
	switch e := event.(type) {
	case subscription.Upgraded:
		return events(trial.PriceChanged{From: e.From, To: e.Terms.Price})
	case subscription.TrialExtended:
		return events(trial.Extended{From: e.From, To: e.To, Reason: "nice"})
	case subscription.TrialConverted:
		return events(trial.Ended{Status: trial.StatusConverted, EndedAt: e.ConvertedAt})
	case subscription.Expired:
		return events(trial.Ended{Status: trial.StatusExpired, EndedAt: e.ExpiredAt})
	case subscription.Paused:
		return events(trial.Ended{Status: trial.StatusExpired, EndedAt: e.PausedAt})
	case subscription.Canceled:
		if before.Cancellation == nil && !e.CanceledAt.Before(before.Trial.End) {
			return events(trial.Ended{Status: trial.StatusExpired, EndedAt: e.CanceledAt})
		}
		return events(trial.Ended{Status: trial.StatusCanceled, EndedAt: e.CanceledAt})
	}
	return nil
}

// billing gives ids that no command had before.
func (b *books) billing() subscription.Billing {
	id := fmt.Sprint(len(b.history))
	return subscription.Billing{Change: "change-" + id, Invoice: "invoice-" + id}
}

func (b *books) seat(workspace string, c seating.Command) {
	if facts, err := seating.Decide(b.pools[workspace], c, b.meta()); err == nil {
		b.write(testbed.To(seating.Stream(workspace), domain.Events(facts)...))
	}
}

func ptr[T any](value T) *T { return &value }
