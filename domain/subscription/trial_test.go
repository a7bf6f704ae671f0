package subscription

import (
	"testing"

	"github.com/tallystick/tallystick/domain/pricing"
)

// tried is a trial of 14 days from June 1.
func tried(t *testing.T, atEnd AtEnd) *story {
	t.Helper()
	return (&story{t: t, now: day(2026, 6, 1)}).
		do(StartTrial{ID: "s", Price: pro.Price, Terms: pro, SeatsInUse: 3, AtEnd: &atEnd}, "created trialing")
}

func TestTrial(t *testing.T) {
	t.Parallel()
	t.Run("begins with the seats in use", func(t *testing.T) {
		t.Parallel()
		s := tried(t, AtEndFree).status(StatusTrialing)
		if s.state.Seats != 3 || !s.state.Trial.End.Equal(day(2026, 6, 15)) || !s.state.AdmitsSeats() {
			t.Errorf("state %+v", s.state)
		}
	})
	t.Run("changes for free", func(t *testing.T) {
		t.Parallel()
		longer := with(business, func(t *pricing.Terms) { t.TrialDays = 21 })
		shorter := with(basic, func(t *pricing.Terms) { t.TrialDays = 7 })
		s := tried(t, AtEndFree).at("06-10").
			do(ChangeSeats{Seats: 9}, "seats_changed 9").
			do(ChangeSeats{Seats: 4, SeatsInUse: 4}, "seats_changed 4").
			refused(ChangeSeats{Seats: 3, SeatsInUse: 4}, "seats_in_use").
			do(Upgrade{Terms: longer}, "trial_extended 06-22", "upgraded business-monthly").
			do(Downgrade{Terms: shorter}, "downgraded basic-monthly").
			refused(Upgrade{Terms: with(business, func(t *pricing.Terms) { t.Family = "other" })}, "family_mismatch").
			refused(Pause{}, "invalid_transition").
			at("06-22").status(StatusExpired).do(Run{}, "expired expired").actions(ActionCreate)
		if s.state.Entitled() {
			t.Error("over, but entitled")
		}
	})
}

func TestTrialEnds(t *testing.T) {
	t.Parallel()
	t.Run("by a cancellation", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndCancel).at("06-15").do(Run{}, "canceled trial")
	})
	t.Run("by a pause", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndPause).at("06-15").status(StatusPaused).do(Run{}, "paused").
			do(Resume{}, "update_pending resume 30.00").do(Complete{Invoice: "i3"}, "resumed 07-15", "update_applied")
	})
	t.Run("paid with a payment method", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).at("06-15").do(Run{PaymentMethod: true}, "trial_converted 07-15", "billed create 30.00").
			at("06-16").do(Run{}, "became_past_due", "dunning_began").
			at("06-29").do(Run{}, "restricted")
	})
	t.Run("paid by invoice", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).do(ChangeCollection{Collection: CollectionSendInvoice}, "collection_changed").
			at("06-15").do(Run{}, "trial_converted 07-15", "billed create 30.00")
	})
	t.Run("on request", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).do(CancelTrial{}, "canceled trial").refused(CancelTrial{}, "invalid_transition")
	})
	t.Run("with its cancellation later", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).do(Cancel{When: "period_end"}, "cancellation_scheduled 06-15").
			do(ExtendTrial{End: day(2026, 6, 20), Reason: "nice"}, "trial_extended 06-20").
			at("06-20").do(Run{}, "canceled requested")
	})
	t.Run("later", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).
			refused(ExtendTrial{End: day(2026, 6, 15), Reason: "x"}, "end_invalid").
			refused(ExtendTrial{End: day(2029, 6, 15), Reason: "x"}, "end_invalid").
			refused(ExtendTrial{End: day(2026, 6, 20)}, "reason_invalid").
			at("06-12").do(ExtendTrial{End: day(2026, 6, 20), Reason: "nice"}, "trial_extended 06-20").
			at("06-15").do(Run{}).status(StatusTrialing)
	})
	// 10 of the 30 days up to July 20 are left, since the periods begin where the trial ended.
	unchanged := ResumeUnchanged
	t.Run("later than it was to end", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndPause).do(ExtendTrial{End: day(2026, 6, 20), Reason: "nice"}, "trial_extended 06-20").
			at("06-20").do(Run{}, "paused").
			at("07-10").do(Resume{Anchor: &unchanged}, "update_pending resume 10.00")
	})
	t.Run("later by another plan", func(t *testing.T) {
		t.Parallel()
		longer := with(business, func(t *pricing.Terms) { t.TrialDays = 19 })
		tried(t, AtEndPause).do(Upgrade{Terms: longer}, "trial_extended 06-20", "upgraded business-monthly").
			at("06-20").do(Run{}, "paused").
			at("07-10").do(Resume{Anchor: &unchanged}, "update_pending resume 20.00")
	})
	t.Run("not what is no trial", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).refused(ExtendTrial{}, "invalid_transition").refused(ConvertTrial{}, "invalid_transition")
	})
}

func TestConvertTrial(t *testing.T) {
	t.Parallel()
	sent, atEnd, wrong := CollectionSendInvoice, ConvertTrialEnd, ConvertAnchor("x")
	t.Run("by invoice at once", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).at("06-05").
			do(ConvertTrial{Collection: &sent, Seats: new(int64(5))}, "collection_changed", "trial_converted 07-05", "billed create 50.00").
			status(StatusActive)
	})
	t.Run("once the money came", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).at("06-05").
			do(ConvertTrial{Terms: &business, Price: &business.Price}, "update_pending convert 60.00").status(StatusTrialing).
			refused(ConvertTrial{}, "change_in_progress").
			do(Complete{Invoice: "i2"}, "trial_converted 07-05", "update_applied").status(StatusActive)
	})
	t.Run("not without the money", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).at("2026-06-14T12:00:00Z").do(ConvertTrial{}, "update_pending convert 30.00").
			at("06-15").do(Run{}, "update_expired").do(Run{}, "expired expired")
	})
	t.Run("at the trial's end", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).at("06-05").
			do(ConvertTrial{Terms: &business, Seats: new(int64(4)), Anchor: &atEnd}, "upgraded business-monthly", "seats_changed 4", "conversion_scheduled").
			at("06-15").status(StatusActive).do(Run{}, "trial_converted 07-15", "billed create 80.00")
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		tried(t, AtEndFree).
			refused(ConvertTrial{Anchor: &wrong}, "anchor_invalid").
			refused(ConvertTrial{Seats: new(int64(2)), SeatsInUse: 3}, "seats_in_use").
			refused(ConvertTrial{Seats: new(int64(1))}, "seats_out_of_range").
			refused(ConvertTrial{PaymentMethod: new("pm")}, "payment_method_not_found").
			refused(ConvertTrial{Terms: new(with(business, func(t *pricing.Terms) { t.Currency = "EUR" }))}, "currency_mismatch")
	})
}

func TestStartTrialIsRefused(t *testing.T) {
	t.Parallel()
	start := func(change func(*StartTrial)) StartTrial {
		command := StartTrial{ID: "s", Price: pro.Price, Terms: pro}
		change(&command)
		return command
	}
	for code, command := range map[string]StartTrial{
		"no_trial":           start(func(c *StartTrial) { c.Terms.TrialDays = 0 }),
		"seats_out_of_range": start(func(c *StartTrial) { c.Seats = new(int64(1)) }),
		"seats_in_use":       start(func(c *StartTrial) { c.Seats, c.SeatsInUse = new(int64(2)), 3 }),
		"time_zone_unknown":  start(func(c *StartTrial) { c.TimeZone = new("x") }),
		"at_end_invalid":     start(func(c *StartTrial) { c.AtEnd = new(AtEnd("x")) }),
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			(&story{t: t, now: now}).refused(command, code)
		})
	}
	t.Run("subscription_exists", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).refused(start(func(*StartTrial) {}), "subscription_exists")
	})
}

// 5: the days are civil, so the day of the start counts whole.
func TestTrialDays(t *testing.T) {
	t.Parallel()
	s := (&story{t: t, now: day(2026, 6, 1)}).at("2026-06-01T12:12:00Z").
		do(StartTrial{ID: "s", Price: pro.Price, Terms: with(pro, func(t *pricing.Terms) { t.TrialDays = 10 })}, "created trialing")
	if !s.state.Trial.End.Equal(day(2026, 6, 11)) || s.state.Seats != 2 {
		t.Errorf("trial %+v of %d seats", s.state.Trial, s.state.Seats)
	}
}

// TestChangeTo: a price that can't be changed to can only be bought anew.
func TestChangeTo(t *testing.T) {
	t.Parallel()
	euros := with(business, func(t *pricing.Terms) { t.Currency = "EUR" })
	other := with(business, func(t *pricing.Terms) { t.Family = "other" })
	for name, tt := range map[string]struct {
		state State
		to    pricing.Terms
		want  pricing.Change
	}{
		"none":                       {State{}, pro, pricing.ChangeNew},
		"incomplete":                 {State{ID: "s", Status: StatusIncomplete, Terms: pro}, business, pricing.ChangeNew},
		"over":                       {tried(t, AtEndFree).do(CancelTrial{}, "canceled trial").state, business, pricing.ChangeNew},
		"the same":                   {sold(t, CollectionSendInvoice).state, pro, pricing.ChangeCurrent},
		"more":                       {sold(t, CollectionSendInvoice).state, business, pricing.ChangeUpgrade},
		"less":                       {sold(t, CollectionSendInvoice).state, basic, pricing.ChangeDowngrade},
		"other money":                {sold(t, CollectionSendInvoice).state, euros, pricing.ChangeNew},
		"another family":             {sold(t, CollectionSendInvoice).state, other, pricing.ChangeUpgrade},
		"a trial":                    {tried(t, AtEndFree).state, business, pricing.ChangeUpgrade},
		"another family, in a trial": {tried(t, AtEndFree).state, other, pricing.ChangeNew},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.state.ChangeTo(tt.to); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
