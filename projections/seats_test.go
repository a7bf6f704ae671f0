package projections

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
)

// seats follows one workspace's pool through its commands.
type seats struct {
	b      *bench
	p      *follower
	shop   *books
	played int
}

// expect plays what was decided since and looks at the pool.
func (s *seats) expect(want SeatPool) {
	s.b.T.Helper()
	s.b.play(s.shop.history[s.played:])
	s.played = len(s.shop.history)
	want.Workspace = "acme"
	var found SeatPool
	s.p.see(func(ctx context.Context, tx pgx.Tx) (err error) {
		found, err = FindSeatPool(ctx, tx, s.b.Ledger.ID, "acme", beforeAll)
		return err
	})
	if diff := cmp.Diff(want, found); diff != "" {
		s.b.T.Errorf("pool (-want +got):\n%s", diff)
	}
}

func (s *seats) allocate(members ...string) {
	for _, member := range members {
		s.shop.seat("acme", seating.Allocate{Member: member, Role: seating.RoleMember, Free: s.shop.freePlan()})
	}
}

func TestSeatsOfAWorkspace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := &seats{b: b, p: b.follow(Seats), shop: newBooks()}
	none := seating.Limits{Source: seating.SourceFree}
	s.expect(SeatPool{Limits: none})

	s.shop.open()
	free := seating.Limits{Source: seating.SourceFree, Product: "free", Purchased: 12, GuestsPerSeat: 5}
	s.expect(SeatPool{Limits: free})

	// On the free plan guests use the seats of all, so they count.
	s.allocate("ann", "bob")
	s.shop.seat("acme", seating.Allocate{Member: "gus", Role: seating.RoleGuest, Free: s.shop.freePlan()})
	s.expect(SeatPool{Limits: free, Use: seating.Use{Allocated: 2, Guests: 1}, HighWater: 3, Version: 4})

	// A plan of its own begins anew, and guests have places of their own.
	s.shop.buy("acme", "team-1", 5)
	team := seating.Limits{Source: seating.SourceSubscription, Product: "team", Purchased: 5, GuestsPerSeat: 5}
	s.expect(SeatPool{Limits: team, Use: seating.Use{Allocated: 2, Guests: 1}, HighWater: 2, Version: 5})

	expires := s.shop.now.Add(time.Hour)
	s.shop.seat("acme", seating.Allocate{
		Member: "cid", Role: seating.RoleMember, State: ptr(seating.StatusInvited), ExpiresAt: &expires,
	})
	s.shop.seat("acme", seating.Allocate{Member: "dan", Role: seating.RoleAdmin, State: ptr(seating.StatusInvited)})
	s.shop.seat("acme", seating.Release{Member: "bob"})
	s.expect(SeatPool{Limits: team, Use: seating.Use{Allocated: 1, Reserved: 2, Guests: 1}, HighWater: 4, Version: 8})

	s.shop.now = s.shop.now.Add(time.Hour)
	s.shop.seat("acme", seating.Accept{Member: "dan"})
	s.expect(SeatPool{Limits: team, Use: seating.Use{Allocated: 2, Guests: 1}, HighWater: 4, Version: 10})

	// More seats of the same product: the mark stays. Another product: it begins anew.
	s.shop.seat("acme", seating.SetLimits{Limits: withPurchased(team, 6)})
	s.expect(SeatPool{Limits: withPurchased(team, 6), Use: seating.Use{Allocated: 2, Guests: 1}, HighWater: 4, Version: 11})
	business := seating.Limits{Source: seating.SourceLicense, Product: "business", Purchased: 9, GuestsPerSeat: 2}
	s.shop.seat("acme", seating.SetLimits{Limits: business})
	s.expect(SeatPool{Limits: business, Use: seating.Use{Allocated: 2, Guests: 1}, HighWater: 2, Version: 12})

	// Two who swap their roles in one command never use a seat more.
	s.shop.seat("acme", seating.Sync{Members: []seating.SyncMember{
		{Member: "gus", Role: seating.RoleMember}, {Member: "ann", Role: seating.RoleGuest}, {Member: "dan", Role: seating.RoleAdmin},
	}})
	s.expect(SeatPool{Limits: business, Use: seating.Use{Allocated: 2, Guests: 1}, HighWater: 2, Version: 14})

	// Back on the free plan its limits are the catalog's of today, whatever was copied.
	s.shop.seat("acme", seating.SetLimits{Limits: free})
	s.shop.sell(catalog.ArchiveProduct{Code: "free"})
	s.shop.sell(catalog.CreateProduct{Code: "gratis", Name: "Gratis", Tier: ptr(0), Free: true, FreeSeats: ptr(int64(2))})
	gratis := seating.Limits{Source: seating.SourceFree, Product: "gratis", Purchased: 2, GuestsPerSeat: 5}
	s.expect(SeatPool{Limits: gratis, Use: seating.Use{Allocated: 2, Guests: 1}, HighWater: 3, Version: 15})
	s.shop.sell(catalog.ArchiveProduct{Code: "gratis"})
	s.expect(SeatPool{Limits: none, Use: seating.Use{Allocated: 2, Guests: 1}, HighWater: 3, Version: 15})
}

func withPurchased(limits seating.Limits, n int64) seating.Limits {
	limits.Purchased = n
	return limits
}

func TestListSeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.follow(Seats)
	since, until := begin.Add(time.Second), begin.Add(time.Hour)
	b.Append(seating.Stream("acme"),
		seating.Allocated{Member: "bob", Role: seating.RoleAdmin, Since: since},
		seating.Reserved{Member: "Zoe", Role: seating.RoleGuest, Since: since, ExpiresAt: &until},
		seating.Reserved{Member: "ann", Role: seating.RoleMember, Since: since})
	p.see(nothing)
	// The next page changes seats of which it does not know the whole.
	b.Append(seating.Stream("acme"),
		seating.RoleChanged{Member: "Zoe", From: seating.RoleGuest, To: seating.RoleMember, State: seating.StatusInvited},
		seating.Released{Member: "bob", Role: seating.RoleAdmin, State: seating.StatusActive},
		seating.Accepted{Member: "ann", Role: seating.RoleMember, Since: until})
	b.Append(seating.Stream("acme2"), []domain.Event{seating.Allocated{Member: "mia", Role: seating.RoleMember, Since: since}}...)
	list := func(after string, limit int) (listed []Seat) {
		p.see(func(ctx context.Context, tx pgx.Tx) (err error) {
			listed, err = ListSeats(ctx, tx, b.Ledger.ID, "acme", beforeAll, after, limit)
			return err
		})
		return listed
	}
	zoe := Seat{"Zoe", seating.RoleMember, seating.StatusInvited, since, &until}
	ann := Seat{"ann", seating.RoleMember, seating.StatusActive, until, nil}
	for name, c := range map[string]struct {
		after string
		limit int
		want  []Seat
	}{
		"all": {"", 10, []Seat{zoe, ann}}, "the first": {"", 1, []Seat{zoe}}, "the rest": {"Zoe", 10, []Seat{ann}},
		"behind the last": {"ann", 10, []Seat{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, list(c.after, c.limit)); diff != "" {
				t.Errorf("seats (-want +got):\n%s", diff)
			}
		})
	}
}
