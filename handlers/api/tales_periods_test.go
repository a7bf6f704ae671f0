package api

import "testing"

// TestTalesOfPeriods: when periods begin and end, whatever calendars and clocks do, and what rests or ends in them.
func TestTalesOfPeriods(t *testing.T) {
	t.Parallel()
	tellAll(t, []story{
		{"month to year to month", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "m", unit("30"))
			s.alsoSell("m", "y", object{"unit_amount": "300", "interval": "year"})
			s.buy("m", 1, nil)
			s.at("2026-06-16")
			s.change("upgrade", object{"price": "y"}).says(object{"subscription.anchor": "2026-06-16", "subscription.current_period.end": "2027-06-16T00:00:00Z"})
			s.post("/v1/workspaces/w/subscription/upgrade", object{"price": "m"}).refused(409, "not_an_upgrade")
			s.change("downgrade", object{"price": "m"}).says(object{"subscription.pending_change.effective_at": "2027-06-16T00:00:00Z"})
			s.at("2027-06-16")
			s.amounts(s.latest(), "", "30.00")
			s.now(object{"current_period.end": "2027-07-16T00:00:00Z", "price": "m"})
		}},
		{"daylight saving by second", "2026-03-01T05:00:00Z", "USD", func(s *tale) {
			s.sell(1, "p31", object{"unit_amount": "31", "proration": "second"})
			s.sell(2, "p62", object{"unit_amount": "62", "proration": "second"})
			s.buy("p31", 1, object{"time_zone": "America/New_York"}).says(object{"subscription.current_period.end": "2026-04-01T04:00:00Z"})
			s.at("2026-03-16T04:00:00Z")
			s.lines(s.change("upgrade", object{"price": "p62"}), "-16.02 32.04").says(object{"lines.0.ratio": "1382400/2674800"})
		}},
		{"pause over periods, unchanged", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("31"))
			s.settle(s.buy("p", 1, nil))
			s.at("2026-01-11")
			s.notes(s.change("pause", object{}), "21.00")
			s.at("2026-04-16")
			s.lines(s.change("resume", object{"anchor": "unchanged"}).says(object{"subscription.current_period.end": "2026-05-01T00:00:00Z"}), "15.50").says(object{"credit_applied.amount": "15.50"})
			s.at("2026-05-01")
			s.latest().says(object{"total.amount": "31.00", "credit_applied.amount": "5.50"})
		}},
		{"pause over periods, now", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("31"))
			s.buy("p", 1, nil)
			s.at("2026-01-11")
			s.change("pause", object{})
			s.at("2026-04-16T13:00:00Z")
			s.lines(s.change("resume", object{"anchor": "now"}).says(object{"subscription.current_period.end": "2026-05-16T00:00:00Z", "subscription.anchor": "2026-04-16"}), "31.00")
		}},
		{"pause at the period's end", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("31"))
			s.buy("p", 1, nil)
			s.at("2026-02-01")
			s.notes(s.change("pause", object{}), "31.00").says(object{"reduced.amount": "31.00"})
			s.credit("0.00")
		}},
		{"leap day", "2024-02-29", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "366", "interval": "year"})
			s.buy("p", 1, nil)
			for _, end := range []string{"2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"} {
				s.now(object{"current_period.end": end + "T00:00:00Z"})
				s.at(end)
			}
		}},
		{"anchor of another zone at the day's last microsecond", "2026-01-31T04:59:59.999999Z", "USD", func(s *tale) {
			s.sell(1, "p31", unit("31"))
			s.buy("p31", 1, object{"time_zone": "America/New_York"}).says(object{"subscription.anchor": "2026-01-30", "subscription.current_period.end": "2026-02-28T05:00:00Z", "subscription.current_period.start": "2026-01-31T04:59:59.999999Z"})
			s.at("2026-03-01")
			s.now(object{"current_period.end": "2026-03-30T04:00:00Z"})
		}},
		{"anchor of another zone by second", "2026-01-31T04:59:59.999999Z", "USD", func(s *tale) {
			s.sell(1, "p31", object{"unit_amount": "31", "proration": "second"})
			s.lines(s.buy("p31", 1, object{"time_zone": "America/New_York"}).says(object{"subscription.anchor": "2026-01-30", "subscription.current_period.end": "2026-03-01T04:59:59.999999Z"}), "31.00").says(object{"lines.0.ratio": nil})
			s.at("2026-03-01T04:59:59.999999Z")
			s.now(object{"current_period.end": "2026-03-31T03:59:59.999999Z"})
		}},
		{"cancel beyond the period", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("31"))
			s.buy("p", 1, nil)
			s.change("cancel", object{"when": "2026-03-11T00:00:00Z"})
			s.at("2026-03-12")
			s.now(object{"status": "canceled"})
			s.get("/v1/credit-notes", s.shown()).says(object{"data.0.total.amount": "21.00", "data.0.reduced.amount": "21.00"})
			s.credit("0.00")
		}},
		{"cancel at the period's end by its time", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("31"))
			s.buy("p", 1, nil)
			s.change("cancel", object{"when": "2026-02-01T01:00:00+01:00"}).says(object{"subscription.cancel_at": "2026-02-01T00:00:00Z"})
			s.at("2026-02-01")
			s.now(object{"status": "canceled"})
		}},
		{"18 months, the 31st", "2026-08-31", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "31", "interval_count": 18})
			s.buy("p", 1, nil).says(object{"subscription.current_period.end": "2028-02-29T00:00:00Z"})
			s.at("2028-02-29")
			s.now(object{"current_period.end": "2029-08-31T00:00:00Z"})
		}},
		{"19 a year with stubs", "2011-01-01", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "365", "interval": "year"})
			s.lines(s.buy("p", 1, object{"billing_anchor": "2011-01-15"}), "14.00").says(object{"lines.0.ratio": "14/365"})
			s.at("2011-01-15")
			s.amounts(s.latest(), "", "365.00")
			s.at("2012-01-27")
			s.notes(s.change("cancel", ends("credit")), "353.03")
		}},
		{"midnight that is skipped", "2018-10-04T03:00:00Z", "USD", func(s *tale) {
			s.sell(1, "p31", unit("31"))
			s.sell(2, "p62", unit("62"))
			s.buy("p31", 1, object{"time_zone": "America/Sao_Paulo"}).says(object{"subscription.current_period.end": "2018-11-04T03:00:00Z"})
			s.at("2018-11-03T02:59:59Z")
			s.lines(s.change("upgrade", object{"price": "p62"}), "-2.00 4.00").says(object{"lines.0.ratio": "2/31"})
			s.at("2018-11-04T03:00:00Z")
			s.now(object{"current_period.start": "2018-11-04T03:00:00Z", "current_period.end": "2018-12-04T02:00:00Z"})
		}},
		{"a day that is skipped", "2011-11-30T10:00:00Z", "USD", func(s *tale) {
			s.sell(1, "p", unit("31"))
			s.buy("p", 1, object{"time_zone": "Pacific/Apia"}).says(object{"subscription.current_period.end": "2011-12-30T10:00:00Z"})
			s.at("2011-12-30T10:00:00Z")
			s.now(object{"current_period.start": "2011-12-30T10:00:00Z", "current_period.end": "2012-01-29T10:00:00Z", "anchor": "2011-11-30"})
		}},
		{"every three months, the 30th", "2026-11-30", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "90", "interval_count": 3})
			s.buy("p", 1, nil).says(object{"subscription.current_period.end": "2027-02-28T00:00:00Z"})
			s.at("2027-02-28")
			s.now(object{"current_period.end": "2027-05-30T00:00:00Z"})
			s.notes(s.change("cancel", ends("credit")), "90.00")
		}},
		{"on the last day and at the boundary", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p30", unit("30"))
			s.sell(2, "p60", unit("60"))
			s.sell(3, "p90", unit("90"))
			s.buy("p30", 1, nil)
			s.at("2026-06-30T23:59:59.999999Z")
			s.lines(s.change("upgrade", object{"price": "p60"}), "-1.00 2.00").says(object{"lines.0.ratio": "1/30"})
			s.at("2026-07-01")
			s.lines(s.change("upgrade", object{"price": "p90"}), "-60.00 90.00").says(object{"lines.0.ratio": nil, "lines.1.ratio": nil})
		}},
		{"resume that nobody pays", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("31"))
			s.settle(s.wait("p"))
			s.at("2026-01-11")
			s.change("pause", object{})
			s.at("2026-02-11")
			again := s.post("/v1/workspaces/w/subscription/resume", object{"anchor": "now"}).is(202)
			s.lines(again, "31.00").says(object{"credit_applied.amount": "21.00", "amount_due.amount": "10.00"})
			s.at("2026-02-12")
			s.now(object{"status": "paused", "pending_update": nil})
			s.credit("21.00")
			s.settle(s.post("/v1/workspaces/w/subscription/resume", object{"anchor": "now"}).is(202))
			s.now(object{"status": "active", "anchor": "2026-02-12", "current_period.end": "2026-03-12T00:00:00Z"})
		}},
		{"seats change twice around a renewal", "2026-01-31", "USD", func(s *tale) {
			s.sell(1, "p", unit("28"))
			s.buy("p", 10, nil).says(object{"subscription.current_period.end": "2026-02-28T00:00:00Z"})
			s.change("seats", object{"seats": 6})
			s.at("2026-02-28")
			s.amounts(s.latest(), "", "168.00")
			s.now(object{"seats": 6, "current_period.end": "2026-03-31T00:00:00Z"})
			s.at("2026-03-10")
			s.lines(s.change("seats", object{"seats": 8}), "37.94").says(object{"lines.0.ratio": "21/31"})
			s.change("seats", object{"seats": 7})
			s.change("seats", object{"seats": 8}).says(object{"invoice": nil, "subscription.pending_change": nil})
		}},
	})
}
