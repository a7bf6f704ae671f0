package projections

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
)

// books are what a ledger's streams add up to by their own rules, which the read models must agree with.
type books struct {
	now           time.Time
	catalog       catalog.State
	subscriptions map[string]subscription.State
	pools         map[string]seating.State
	invoices      map[string]invoice.State
	invoiceIDs    []string // in the order in which they were made
	notes         []invoice.Credited
	accounts      map[string]account.State
	versions      map[domain.Stream]int64
	history       []group
	times         []time.Time // of each group of the history
}

func newBooks() *books {
	return &books{
		now: begin, subscriptions: map[string]subscription.State{}, pools: map[string]seating.State{},
		invoices: map[string]invoice.State{}, accounts: map[string]account.State{}, versions: map[domain.Stream]int64{},
	}
}

func (b *books) meta() domain.Meta { return domain.Meta{Now: b.now} }

// freePlan is what commands on pools are given.
func (b *books) freePlan() *seating.Limits {
	free, ok := b.catalog.Free()
	if !ok {
		return nil
	}
	return &seating.Limits{
		Source: seating.SourceFree, Product: free.Code, Purchased: free.FreeSeats, GuestsPerSeat: free.GuestsPerSeat,
	}
}

// write keeps what a command wrote, unless it was refused or changed nothing.
func (b *books) write(g group) {
	var kept group
	for _, w := range g {
		if len(w.events) == 0 {
			continue
		}
		kept = append(kept, w)
		b.versions[w.stream] += int64(len(w.events))
		name := w.stream.Entity()
		for _, event := range w.events {
			switch w.stream.Type() {
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
				}
			case account.Type.Name:
				b.accounts[name] = account.Evolve(b.accounts[name], event)
			}
		}
	}
	if kept != nil {
		b.history, b.times = append(b.history, kept), append(b.times, b.now)
	}
}

func (b *books) sell(c catalog.Command) {
	if events, err := catalog.Decide(b.catalog, c, b.meta()); err == nil {
		b.write(group{{catalog.Stream(), events}})
	}
}

// subscribe writes the subscription and the limits of its seats together, as the command of a client does.
func (b *books) subscribe(workspace string, c subscription.Command) {
	events, err := subscription.Decide(b.subscriptions[workspace], c, b.meta())
	if err != nil {
		return
	}
	after := b.subscriptions[workspace]
	for _, event := range events {
		after = subscription.Evolve(after, event)
	}
	limits, err := seating.Decide(b.pools[workspace], seating.SetLimits{Limits: seating.Limits{
		Source: seating.SourceSubscription, Product: after.Terms.Product, Purchased: after.Seats,
		GuestsPerSeat: after.Terms.GuestsPerSeat,
	}}, b.meta())
	if err != nil {
		panic(err)
	}
	g := group{{subscription.Stream(workspace), events}, {seating.Stream(workspace), limits}}
	if len(b.history)%2 == 0 {
		g[0], g[1] = g[1], g[0] // read models must not care which stream comes last
	}
	b.write(append(g, b.drafts(workspace, after.TimeZone, events)...))
}

// drafts are the beginnings of the invoices that are billed.
func (b *books) drafts(workspace, zone string, events []domain.Event) (drafts group) {
	for _, event := range events {
		billed, is := event.(subscription.Billed)
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
		drafts = append(drafts, written{invoice.Stream(billed.Invoice), drafted})
	}
	return drafts
}

// billing are ids that no command had before.
func (b *books) billing() subscription.Billing {
	id := fmt.Sprint(len(b.history))
	return subscription.Billing{Change: "change-" + id, Invoice: "invoice-" + id}
}

func (b *books) seat(workspace string, c seating.Command) {
	if events, err := seating.Decide(b.pools[workspace], c, b.meta()); err == nil {
		b.write(group{{seating.Stream(workspace), events}})
	}
}

func ptr[T any](value T) *T { return &value }
