package projections

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// stored are a history's events as they come back from the log.
func (b *books) stored(t rapid.TB, codec *eventstore.Codec) []eventstore.Event {
	var events []eventstore.Event
	versions := map[domain.Stream]int64{}
	for _, g := range b.history {
		first := len(events)
		for _, w := range g {
			for _, fact := range w.events {
				data, schema, err := codec.Encode(fact)
				if err != nil {
					t.Fatal(err)
				}
				if fact, err = codec.Decode(fact.EventType(), schema, data); err != nil {
					t.Fatal(err)
				}
				versions[w.stream]++
				events = append(events, eventstore.Event{
					Position: int64(len(events) + 1), Stream: w.stream, Version: versions[w.stream], Fact: fact,
				})
			}
		}
		for i := first; i < len(events); i++ {
			events[i].GroupLast = int64(len(events))
		}
	}
	return events
}

// cut makes pages of at least so many events each, ending with groups; sizes are used in turn.
func cut(ledger uuid.UUID, events []eventstore.Event, sizes ...int) []Page {
	var pages []Page
	for i := 0; len(events) > 0; i++ {
		n := min(sizes[i%len(sizes)], len(events))
		n += int(events[n-1].GroupLast - events[n-1].Position)
		pages = append(pages, Page{Ledger: ledger, Events: events[:n]})
		events = events[n:]
	}
	return pages
}

// without leaves out of pages what a projection ignores, as an engine does.
func without(ignored []string, pages []Page) []Page {
	var kept []Page
	for _, page := range pages {
		page.Events = slices.DeleteFunc(slices.Clone(page.Events), func(event eventstore.Event) bool {
			return slices.Contains(ignored, event.Fact.EventType())
		})
		if len(page.Events) > 0 {
			kept = append(kept, page)
		}
	}
	return kept
}

// TestPageByPageEqualsAllAtOnce applies random histories in random cuts and holds the rows against each other, and what
// queries say against the streams' own states.
func TestPageByPageEqualsAllAtOnce(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			scratch(t, b, p)
			rapid.Check(t, func(t *rapid.T) {
				history := histories(40, 150).Draw(t, "history")
				events := history.stored(t, b.codec)
				random := rapid.SliceOfN(rapid.IntRange(1, 40), 1, 10).Draw(t, "cuts")
				var first string
				for i, sizes := range [][]int{{1000}, {1}, {7}, random} {
					text := history.rows(t, b, p, cut(uuid.New(), events, sizes...))
					if i == 0 {
						first = text
					}
					if text != first {
						t.Fatalf("pages of %v give other rows:\n%s", sizes, cmp.Diff(first, text))
					}
				}
			})
		})
	}
}

// rows applies a history, checks what queries say of it, and leaves nothing behind but the rows' text.
func (b *books) rows(t *rapid.T, bench *bench, p Projection, pages []Page) (text string) {
	if len(pages) == 0 {
		return ""
	}
	tx, err := bench.admin.Begin(bench.ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(bench.ctx) }()
	if err := applyPages(bench.ctx, tx, p, without(p.Ignores, pages)); err != nil {
		t.Fatal(err)
	}
	ledger := pages[0].Ledger
	b.check(t, bench, tx, p, ledger)
	return withoutLedger(dump(bench.t, tx, p.Name+"_1"), ledger)
}

// check holds a read model's answers against the states.
func (b *books) check(t rapid.TB, bench *bench, tx pgx.Tx, p Projection, ledger uuid.UUID) {
	equal := func(what string, want, got any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", what, diff)
		}
	}
	ctx := bench.ctx
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
		version, err := CatalogVersion(ctx, tx, ledger)
		equal("version", b.versions[catalog.Stream()], version, err)
	case Subscriptions.Name:
		for _, workspace := range workspaces {
			want, there := b.subscriptions[workspace]
			found, ok, err := FindSubscription(ctx, tx, ledger, workspace)
			equal("found", there, ok, err)
			equal("subscription", want, found.State, err)
			equal("version", b.versions[subscription.Stream(workspace)], found.Version, err)
		}
	case Licences.Name:
		for _, workspace := range workspaces {
			found, err := FindLicence(ctx, tx, ledger, workspace)
			equal("licence", b.licence(workspace), found, err)
		}
	case Seats.Name:
		for _, workspace := range workspaces {
			b.checkSeats(t, bench, tx, ledger, workspace)
		}
	}
}

// licence is what a workspace has in this slice, where a subscription never ends.
func (b *books) licence(workspace string) Licence {
	if s := b.subscriptions[workspace]; s.Live() {
		return Licence{
			Workspace: workspace, Source: seating.SourceSubscription, Product: s.Terms.Product, Price: s.Terms.Price,
			Status: "active", Seats: s.Seats, CurrentPeriod: &s.CurrentPeriod, Collection: s.Collection,
		}
	}
	free, _ := b.catalog.Free()
	return Licence{Workspace: workspace, Source: seating.SourceFree, Product: free.Code, Status: "free", Seats: free.FreeSeats}
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
	pool, err := FindSeatPool(bench.ctx, tx, ledger, workspace, beforeAll)
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
		next, err := ListSeats(bench.ctx, tx, ledger, workspace, beforeAll, after, 2)
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

// highWater is the definition, taken literally: the use after each command since the plan's source or product changed.
func (b *books) highWater(workspace string) (high int64) {
	var state seating.State
	for _, g := range b.history {
		for _, w := range g {
			if w.stream != seating.Stream(workspace) {
				continue
			}
			before := state.Limits()
			for _, event := range w.events {
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
