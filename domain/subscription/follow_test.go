package subscription

import (
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/domain/pricing"
)

// What waits for an invoice that is void by hand does not happen, whatever the status.
func TestDropUpdate(t *testing.T) {
	t.Parallel()
	waiting := func() *story {
		return sold(t, CollectionAutomatic).do(ChangeSeats{Seats: 4}, "update_pending seats 10.00")
	}
	waiting().do(DropUpdate{Invoice: "another"}).do(DropUpdate{Invoice: "i3"}, "update_canceled").status(StatusActive).
		do(DropUpdate{Invoice: "i3"})
	sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
		at("2026-07-01T12:00:00Z").do(ChangeSeats{Seats: 4}, "update_pending seats 10.00").
		at("2026-07-01T23:00:00Z").do(Run{}, "became_past_due").do(DropUpdate{Invoice: "i4"}, "update_canceled").status(StatusPastDue)
	sold(t, CollectionAutomatic).at("06-11").do(Pause{}, "paused", "billed change -20.00").
		do(Resume{}, "update_pending resume 30.00").do(DropUpdate{Invoice: "i4"}, "update_canceled").status(StatusPaused)

	first := &story{t: t, now: day(2026, 6, 1)}
	first.do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionAutomatic},
		"created incomplete", "update_pending create 30.00").
		do(DropUpdate{Invoice: "i1"}, "update_canceled", "canceled requested").status(StatusCanceled).do(DropUpdate{Invoice: "i1"})
}

// What a bill credits is told invoice by invoice, and nothing of lines that are not in force or come to nothing.
func TestProrations(t *testing.T) {
	t.Parallel()
	s := sold(t, CollectionSendInvoice).do(ChangeSeats{Seats: 4}, "seats_changed 4", "billed change 10.00").at("06-16").state
	update, err := s.upgradeUpdate(business, "c9", day(2026, 6, 16))
	if err != nil {
		t.Fatal(err)
	}
	first, second := s.InForce[0].Line.Key, s.InForce[1].Line.Key
	want := []Proration{
		{Invoice: "i1", Lines: []CreditedLine{{Key: first, Amount: usd(1500), Tax: usd(0)}}},
		{Invoice: "i2", Lines: []CreditedLine{{Key: second, Amount: usd(500), Tax: usd(0)}}},
	}
	if got := s.Prorations(update.Bill); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	nothing := pricing.Line{SourceLine: &first, Amount: usd(0), Tax: usd(0)}
	gone := pricing.Line{SourceLine: new("gone"), Amount: usd(-1), Tax: usd(0)}
	if got := s.Prorations(pricing.Bill{Lines: []pricing.Line{nothing, gone}}); got != nil {
		t.Errorf("%+v", got)
	}
}
