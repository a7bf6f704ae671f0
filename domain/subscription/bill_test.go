package subscription

import (
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/domain/pricing"
)

// What a bill credits is told invoice by invoice, and nothing of lines that are not in force or come to nothing.
func TestProrations(t *testing.T) {
	t.Parallel()
	s := sold(t, CollectionSendInvoice).do(ChangeSeats{Seats: 4}, "seats_changed 4", "billed change 10.00").at("06-16").state
	update, err := s.upgradeUpdate(business, 3, "c9", day(2026, 6, 16))
	if err != nil {
		t.Fatal(err)
	}
	first, second := s.InForce[0].Line.Key, s.InForce[1].Line.Key
	want := []Proration{
		{Invoice: "i1", Lines: []CreditedLine{{Key: first, Amount: usd(1500), Tax: usd(0)}}},
		{Invoice: "i2", Lines: []CreditedLine{{Key: second, Amount: usd(500), Tax: usd(0)}}},
	}
	t.Run("invoice by invoice", func(t *testing.T) {
		t.Parallel()
		if got := s.Prorations(update.Bill); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v", got)
		}
	})
	t.Run("of lines that come to nothing or are not in force", func(t *testing.T) {
		t.Parallel()
		nothing := pricing.Line{SourceLine: &first, Amount: usd(0), Tax: usd(0)}
		gone := pricing.Line{SourceLine: new("gone"), Amount: usd(-1), Tax: usd(0)}
		if got := s.Prorations(pricing.Bill{Lines: []pricing.Line{nothing, gone}}); got != nil {
			t.Errorf("%+v", got)
		}
	})
}
