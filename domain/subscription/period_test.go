package subscription

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Wherever and whenever a subscription begins, and with any anchor that is taken: the first period begins at that
// instant and is a whole one unless it is a stub, and an upgrade to another interval begins a whole one at once.
func TestPeriodProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(1_500_000_000_000_000, 2_300_000_000_000_000).Draw(t, "at")).UTC()
		zone := rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"}).Draw(t, "zone")
		bought := with(drawTerms(t), func(t *pricing.Terms) { t.Tier = 1 })
		command := Create{Billing: bill1, ID: "1", Terms: bought, Seats: 3, Collection: CollectionSendInvoice, TimeZone: &zone}
		if ahead := rapid.IntRange(0, 400).Draw(t, "anchor"); ahead > 0 {
			command.BillingAnchor = new(at.AddDate(0, 0, ahead).Format(time.DateOnly))
		}
		events, err := Decide(State{}, command, domain.Meta{Now: at})
		if _, refused := errors.AsType[*domain.Rejection](err); refused && command.BillingAnchor != nil {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		state := Evolve(State{}, events[0])
		checkPeriod(t, state, at)

		later := at.Add(time.Duration(rapid.Int64Range(0, int64(state.CurrentPeriod.End.Sub(at))-1).Draw(t, "later"))).Truncate(time.Microsecond)
		upgrade := Upgrade{Billing: bill1, Terms: with(drawTerms(t), func(t *pricing.Terms) { t.Price, t.Tier = "better", 2 })}
		events, err = Decide(state, upgrade, domain.Meta{Now: later})
		if err != nil {
			t.Fatal(err)
		}
		upgraded := Evolve(state, events[0])
		if upgrade.Terms.Cycle().Months() == bought.Cycle().Months() {
			later = at
			if upgraded.CurrentPeriod != state.CurrentPeriod || upgraded.Terms.Proration != bought.Proration {
				t.Fatalf("%+v became %+v", state, upgraded)
			}
		}
		checkPeriod(t, upgraded, later)
	})
}

func checkPeriod(t *rapid.T, s State, begun time.Time) {
	schedule, err := s.Schedule()
	if err != nil {
		t.Fatal(err)
	}
	share := schedule.Remaining(s.CurrentPeriod, begun)
	if !s.CurrentPeriod.Start.Equal(begun) || !s.CurrentPeriod.Contains(begun) || share.Num < 1 || share.Num > share.Den {
		t.Fatalf("begun at %v with %s of %+v", begun, share, s.CurrentPeriod)
	}
	if s.Stub != (share.Num < share.Den) {
		t.Fatalf("stub %v, but %s of the period %+v", s.Stub, share, s.CurrentPeriod)
	}
}

func drawTerms(t *rapid.T) pricing.Terms {
	return with(pro, func(terms *pricing.Terms) {
		terms.Interval = rapid.SampledFrom([]period.Interval{period.IntervalMonth, period.IntervalYear}).Draw(t, "interval")
		terms.IntervalCount = rapid.IntRange(1, 3).Draw(t, "count")
		terms.Proration = rapid.SampledFrom([]period.Proration{period.ProrationDay, period.ProrationSecond}).Draw(t, "proration")
	})
}
