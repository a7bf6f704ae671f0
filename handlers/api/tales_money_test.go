package api

import "testing"

// TestTalesOfMoney: payments, credit, credit notes, and what is settled at the end.
func TestTalesOfMoney(t *testing.T) {
	t.Parallel()
	tellAll(t, []story{
		{"refund after an upgrade", "2026-04-01", "USD", func(s *tale) {
			s.sell(1, "p90", unit("90"))
			s.sell(2, "p120", unit("120"))
			s.settle(s.buy("p90", 1, nil))
			s.at("2026-04-21")
			up := s.change("upgrade", object{"price": "p120"})
			s.lines(up, "-30.00 40.00")
			s.settle(up)
			s.notes(s.change("cancel", ends("refund")), "40.00")
			s.credit("0.00")
		}},
		{"refund after an upgrade that gave credit", "2026-04-01", "USD", func(s *tale) {
			s.sell(1, "p90", unit("90"))
			s.sell(2, "p30", unit("30"))
			s.settle(s.buy("p90", 1, nil))
			s.at("2026-04-21")
			s.lines(s.change("upgrade", object{"price": "p30"}), "-30.00 10.00")
			s.credit("20.00")
			s.notes(s.change("cancel", ends("refund")), "10.00")
			s.credit("20.00")
		}},
		{"refund after month to year", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "m", unit("30"))
			s.alsoSell("m", "y", object{"unit_amount": "300", "interval": "year"})
			s.settle(s.buy("m", 1, nil))
			s.at("2026-06-16")
			up := s.change("upgrade", object{"price": "y"})
			s.lines(up, "-15.00 300.00")
			s.settle(up)
			s.notes(s.change("cancel", ends("refund")), "300.00")
			s.credit("0.00")
		}},
		{"after the end", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "low", unit("10"))
			s.buy("low", 5, nil)
			s.change("cancel", ends("none"))
			s.post("/v1/workspaces/w/subscription/uncancel", nil).refused(409, "invalid_transition").says(object{"available_actions": []any{"create"}})
			s.post("/v1/workspaces/none/subscription/uncancel", nil).refused(404, "no_subscription")
		}},
		{"credit over several invoices", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("100"))
			s.post("/v1/workspaces/w/credits", object{"amount": s.money("250.00"), "reason": "gift"}).is(201)
			s.lines(s.buy("p", 1, nil), "100.00").says(object{"credit_applied.amount": "100.00", "payment_status": "not_required"})
			s.at("2026-07-01")
			s.latest().says(object{"credit_applied.amount": "100.00"})
			s.at("2026-08-01")
			s.latest().says(object{"credit_applied.amount": "50.00", "amount_due.amount": "50.00"})
		}},
		{"credit note then upgrade then cancel", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p30", unit("30"))
			s.sell(2, "p60", unit("60"))
			first := s.buy("p30", 1, nil)
			s.settle(first)
			s.note(first.text("invoice"), "20.00", false).is(201)
			s.credit("20.00")
			s.at("2026-06-16")
			up := s.change("upgrade", object{"price": "p60"})
			s.lines(up, "-10.00 30.00").says(object{"credit_applied.amount": "20.00", "amount_due.amount": "0.00"})
			s.note(up.text("invoice"), "30.01", false).is(409)
			s.note(up.text("invoice"), "15.00", false).is(201)
			s.notes(s.change("cancel", ends("credit")), "15.00")
			s.credit("30.00")
		}},
		{"write off, then money", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p30", unit("30"))
			first := s.buy("p30", 1, nil)
			s.post("/v1/invoices/"+first.text("invoice")+"/write-off", object{"reason": "sorry"}).is(200).says(object{"payment_status": "uncollectible"})
			s.at("2026-06-11")
			s.pay(first.text("invoice"), "30.00").says(object{"payment_status": "succeeded"})
			s.at("2026-06-16")
			s.notes(s.change("cancel", ends("credit")), "15.00")
		}},
		{"void, then the renewal", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p30", unit("30"))
			first := s.buy("p30", 1, nil)
			s.post("/v1/invoices/"+first.text("invoice")+"/void", object{"reason": "sorry"}).is(200)
			s.at("2026-07-01")
			s.amounts(s.latest(), "", "30.00")
			s.notes(s.change("cancel", ends("credit")), "30.00").says(object{"reduced.amount": "30.00"})
			s.credit("0.00")
		}},
		{"7 a stub ended on its first day", "2025-02-08", "JPY", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "10000", "tax_rate": "0.2"})
			s.sell(2, "q", unit("6000"))
			bought := s.buy("p", 1, object{"billing_anchor": "2025-03-01"})
			s.lines(bought, "7500")
			s.settle(bought)
			s.at("2025-02-09")
			s.notes(s.change("cancel", ends("credit")), "7143").says(object{"total.amount": "8572"})
			s.lines(s.buy("q", 1, nil), "6000").says(object{"credit_applied.amount": "6000"})
			s.credit("2572")
		}},
		{"28 credit notes on what is not paid and on what is", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("100"))
			id := s.buy("p", 1, nil).text("invoice")
			s.note(id, "10.00", false).is(201)
			s.get("/v1/workspaces/w/balance", s.shown()).says(object{"receivable.amount": "90.00", "credit.amount": "0.00"})
			s.pay(id, "90.00")
			s.note(id, "10.00", false).is(201)
			s.get("/v1/workspaces/w/balance", s.shown()).says(object{"receivable.amount": "0.00", "credit.amount": "10.00"})
			s.note(id, "10.00", true).is(201).says(object{"refund.amount": "10.00"})
			s.credit("10.00")
			s.note(id, "70.01", false).is(409)
			s.note(id, "70.00", false).is(201)
		}},
		{"waits, lapses, is paid late", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p30", unit("30"))
			s.sell(2, "p60", unit("60"))
			first := s.wait("p30")
			s.settle(first)
			s.post("/v1/workspaces/w/credits", object{"amount": s.money("5.00"), "reason": "gift"}).is(201)
			s.at("2026-06-16")
			up := s.post("/v1/workspaces/w/subscription/upgrade", object{"price": "p60"}).is(202)
			s.lines(up, "-15.00 30.00").says(object{"credit_applied.amount": "5.00", "amount_due.amount": "10.00", "status": "open"})
			s.credit("0.00")
			s.pay(up.text("invoice"), "4.00").says(object{"status": "open"})
			s.at("2026-06-17")
			s.get("/v1/invoices/" + up.text("invoice")).says(object{"status": "voided", "number": nil})
			s.credit("9.00")
			s.pay(up.text("invoice"), "10.00")
			s.credit("19.00")
			s.now(object{"price": "p30", "status": "active", "pending_update": nil})
			s.notes(s.change("cancel", ends("credit")), "14.00")
		}},
		{"waits, is paid too much", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p30", unit("30"))
			s.sell(2, "p60", unit("60"))
			s.settle(s.wait("p30"))
			s.at("2026-06-16")
			up := s.post("/v1/workspaces/w/subscription/upgrade", object{"price": "p60"}).is(202)
			s.at("2026-06-16T20:00:00Z")
			s.pay(up.text("invoice"), "20.00").says(object{"status": "finalized", "amount_paid.amount": "15.00"})
			s.credit("5.00")
			s.now(object{"price": "p60"})
			s.notes(s.change("cancel", ends("credit")), "30.00")
		}},
		{"pause and refund", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("31"))
			s.settle(s.buy("p", 2, nil))
			s.settle(s.change("seats", object{"seats": 3}))
			s.at("2026-01-11")
			s.notes(s.change("cancel", ends("refund")), "42.00 21.00")
			s.credit("0.00")
		}},
	})
}
