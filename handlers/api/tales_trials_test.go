package api

import "testing"

// TestTalesOfTrials: how long trials last, and what follows them.
func TestTalesOfTrials(t *testing.T) {
	t.Parallel()
	tellAll(t, []story{
		{"trial extended, paused, resumed unchanged", "2026-03-05", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "31", "trial_days": 14})
			s.post("/v1/workspaces/w/trial", object{"price": "p", "at_end": "pause"}).is(201).says(object{"subscription.anchor": "2026-03-19"})
			s.post("/v1/workspaces/w/trial/extend", object{"end": "2026-03-25T00:00:00Z", "reason": "nice"}).is(200).says(object{"subscription.anchor": "2026-03-25"})
			s.at("2026-04-05")
			s.now(object{"status": "paused"})
			s.put("/v1/workspaces/w/subscription/collection", object{"collection": "send_invoice"}).is(200)
			s.lines(s.change("resume", object{"anchor": "unchanged"}), "20.00")
		}},
		{"trial of a longer plan, paused, resumed unchanged", "2026-03-05", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "31", "trial_days": 14})
			s.sell(2, "q", object{"unit_amount": "62", "trial_days": 20})
			s.post("/v1/workspaces/w/trial", object{"price": "p", "at_end": "pause"}).is(201)
			s.change("upgrade", object{"price": "q"}).says(object{"subscription.anchor": "2026-03-25", "subscription.trial.end": "2026-03-25T00:00:00Z"})
			s.at("2026-04-05")
			s.put("/v1/workspaces/w/subscription/collection", object{"collection": "send_invoice"}).is(200)
			s.lines(s.change("resume", object{"anchor": "unchanged"}), "40.00")
		}},
		{"early conversion", "2026-03-05T12:12:00Z", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "31", "trial_days": 14})
			s.post("/v1/workspaces/w/trial", object{"price": "p"}).is(201).says(object{"subscription.trial.end": "2026-03-19T00:00:00Z"})
			s.at("2026-03-10T13:00:00Z")
			a := s.post("/v1/workspaces/w/trial/convert", object{"collection": "send_invoice", "anchor": "now"}).is(200)
			s.lines(a.says(object{"subscription.status": "active", "subscription.anchor": "2026-03-10", "subscription.current_period.end": "2026-04-10T00:00:00Z"}), "31.00")
		}},
		{"conversion at the end", "2026-03-05T12:12:00Z", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "31", "trial_days": 14})
			s.post("/v1/workspaces/w/trial", object{"price": "p"}).is(201)
			s.at("2026-03-10T13:00:00Z")
			s.post("/v1/workspaces/w/trial/convert", object{"collection": "send_invoice", "anchor": "trial_end"}).is(200).says(object{"subscription.status": "trialing", "invoice": nil})
			s.get("/v1/workspaces/w/subscription/upcoming-invoice").is(200).says(object{"total.amount": "31.00", "period.start": "2026-03-19T00:00:00Z"})
			s.at("2026-03-19")
			s.now(object{"status": "active", "anchor": "2026-03-19", "current_period.end": "2026-04-19T00:00:00Z"})
			s.amounts(s.latest(), "", "31.00")
		}},
		{"collection set in the trial", "2026-03-05T12:12:00Z", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "31", "trial_days": 14})
			s.post("/v1/workspaces/w/trial", object{"price": "p", "at_end": "cancel"}).is(201)
			s.put("/v1/workspaces/w/subscription/collection", object{"collection": "send_invoice"}).is(200)
			s.at("2026-03-20")
			s.latest().says(object{"total.amount": "31.00", "reason": "create", "issued_at": "2026-03-19T00:00:00Z", "due_at": "2026-04-18T00:00:00Z"})
		}},
		{"trial plans of more and fewer days", "2024-03-05T12:12:00Z", "USD", func(s *tale) {
			s.sell(1, "p10", object{"unit_amount": "10", "trial_days": 10})
			s.sell(2, "p13", object{"unit_amount": "13", "trial_days": 13})
			s.sell(3, "p7", object{"unit_amount": "7", "trial_days": 7})
			s.sell(4, "p0", object{"unit_amount": "7"})
			s.post("/v1/workspaces/w/trial", object{"price": "p10"}).is(201).says(object{"trial.end": "2024-03-15T00:00:00Z"})
			s.at("2024-03-08")
			s.change("upgrade", object{"price": "p13"}).says(object{"subscription.trial.end": "2024-03-18T00:00:00Z", "subscription.trial.start": "2024-03-05T12:12:00Z"})
			s.change("upgrade", object{"price": "p7"}).says(object{"subscription.trial.end": "2024-03-18T00:00:00Z"})
			s.post("/v1/workspaces/w/trial/extend", object{"end": "2024-03-25T00:00:00Z", "reason": "nice"}).is(200)
			s.change("downgrade", object{"price": "p13"}).says(object{"subscription.trial.end": "2024-03-25T00:00:00Z", "subscription.price": "p13"})
			s.change("upgrade", object{"price": "p0"}).says(object{"subscription.trial.end": "2024-03-25T00:00:00Z", "subscription.status": "trialing"})
		}},
		{"coupon in a trial", "2026-03-05", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "30", "trial_days": 10})
			s.post("/v1/coupons", object{"code": "q", "percent_off": "50", "duration": "once"}).is(201)
			s.post("/v1/workspaces/w/trial", object{"price": "p"}).is(201)
			s.change("discount", object{"coupon": "q"})
			s.post("/v1/workspaces/w/trial/convert", object{"collection": "send_invoice", "anchor": "trial_end"}).is(200)
			s.get("/v1/workspaces/w/subscription/upcoming-invoice", s.shown()).says(object{"total.amount": "15.00"})
			s.at("2026-03-15")
			s.latest().says(object{"total.amount": "15.00"})
			s.at("2026-04-15")
			s.latest().says(object{"total.amount": "30.00"})
		}},
	})
}
