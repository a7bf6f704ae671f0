package api

import "testing"

// TestTalesOfChanges: what a change within a period costs, with seats, tiers, coupons and taxes.
func TestTalesOfChanges(t *testing.T) {
	t.Parallel()
	tellAll(t, []story{
		{"inclusive half", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "9.99", "tax_rate": "0.2", "tax_behavior": "inclusive"})
			first := s.lines(s.buy("p", 1, nil), "9.99").says(object{"tax.amount": "1.66", "subtotal.amount": "8.33", "total.amount": "9.99"})
			s.note(first.text("id"), "3.33", false).is(201).says(object{"tax.amount": "0.55"})
		}},
		{"more seats while a downgrade waits", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "low", unit("10"))
			s.sell(2, "high", unit("20"))
			s.buy("high", 3, nil)
			s.change("downgrade", object{"price": "low"})
			s.at("2026-06-16")
			s.lines(s.change("seats", object{"seats": 5}).says(object{"subscription.pending_change.seats": 5, "subscription.pending_change.price": "low"}), "20.00")
			s.get("/v1/workspaces/w/subscription/upcoming-invoice").says(object{"total.amount": "50.00"})
			s.at("2026-07-01")
			s.amounts(s.latest(), "", "50.00")
		}},
		{"upgrade while fewer seats wait", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "low", unit("10"))
			s.sell(2, "high", unit("20"))
			s.buy("low", 5, nil)
			s.change("seats", object{"seats": 2})
			s.at("2026-06-16")
			s.lines(s.change("upgrade", object{"price": "high"}).says(object{"subscription.pending_change.kind": "seats", "subscription.seats": 5}), "-25.00 50.00")
			s.at("2026-07-01")
			s.amounts(s.latest(), "", "40.00")
		}},
		{"two changes and an end", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "low", unit("10"))
			s.sell(2, "high", unit("20"))
			s.buy("low", 5, nil)
			s.at("2026-01-11")
			s.lines(s.change("seats", object{"seats": 8}), "20.32")
			s.at("2026-01-21")
			s.lines(s.change("upgrade", object{"price": "high"}), "-17.74 -10.64 56.77")
			s.at("2026-01-26")
			s.notes(s.change("cancel", ends("credit")), "30.97")
		}},
		{"graduated with flats", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p", object{"scheme": "graduated", "tiers": []any{object{"up_to": 5, "unit_amount": "10", "flat_amount": "20"}, object{"up_to": nil, "unit_amount": "8", "flat_amount": "15"}}})
			s.lines(s.buy("p", 5, nil), "70.00")
			s.at("2026-06-16")
			s.lines(s.change("seats", object{"seats": 6}), "11.50")
		}},
		{"volume gets cheaper", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p", object{"scheme": "volume", "tiers": []any{object{"up_to": 10, "unit_amount": "5"}, object{"up_to": nil, "unit_amount": "4"}}})
			s.settle(s.buy("p", 10, nil))
			s.at("2026-06-16")
			s.lines(s.change("seats", object{"seats": 11}), "-3.00")
			s.credit("3.00")
			s.at("2026-06-21")
			s.notes(s.change("cancel", ends("credit")), "16.67 -2.00")
			s.credit("17.67")
		}},
		{"percentage coupon", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p40", unit("40"))
			s.sell(2, "p80", unit("80"))
			s.post("/v1/coupons", object{"code": "q", "percent_off": "25", "duration": "forever"}).is(201)
			s.lines(s.buy("p40", 1, object{"coupon": "q"}), "40.00").says(object{"total.amount": "30.00", "discount.amount": "10.00"})
			s.at("2026-06-16")
			s.lines(s.change("upgrade", object{"price": "p80"}), "-15.00 40.00").says(object{"total.amount": "15.00", "discount.amount": "10.00"})
		}},
		{"amount coupon once", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p40", unit("40"))
			s.sell(2, "p80", unit("80"))
			s.post("/v1/coupons", object{"code": "q", "amount_off": s.money("15.00"), "duration": "once"}).is(201)
			s.lines(s.buy("p40", 1, object{"coupon": "q"}), "40.00").says(object{"total.amount": "25.00"})
			s.at("2026-06-16")
			s.lines(s.change("upgrade", object{"price": "p80"}), "-12.50 40.00").says(object{"total.amount": "20.00", "discount.amount": "7.50"})
			s.at("2026-07-01")
			s.latest().says(object{"total.amount": "80.00", "discount.amount": "0.00"})
		}},
		{"amount coupon larger than all", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "10", "tax_rate": "0.19"})
			s.post("/v1/coupons", object{"code": "q", "amount_off": s.money("25.00"), "duration": "once"}).is(201)
			a := s.buy("p", 1, object{"coupon": "q", "collection": "automatic"}).says(object{"subscription.status": "active"})
			s.lines(a, "10.00").says(object{"total.amount": "0.00", "discount.amount": "10.00", "tax.amount": "0.00", "payment_status": "not_required"})
		}},
		{"periods of a coupon", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("10"))
			s.post("/v1/coupons", object{"code": "q", "percent_off": "50", "duration": "periods", "periods": 2}).is(201)
			s.lines(s.buy("p", 1, object{"coupon": "q"}), "10.00").says(object{"total.amount": "5.00"})
			s.at("2026-06-16")
			s.lines(s.change("seats", object{"seats": 2}), "5.00").says(object{"total.amount": "2.50"})
			s.at("2026-07-01")
			s.latest().says(object{"total.amount": "10.00"})
			s.at("2026-08-01")
			s.latest().says(object{"total.amount": "20.00"})
		}},
		{"higher tier for less, and back", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p30", unit("30"))
			s.sell(2, "p15", unit("15"))
			s.settle(s.buy("p30", 1, nil))
			s.at("2026-06-11")
			s.lines(s.change("upgrade", object{"price": "p15"}), "-20.00 10.00").says(object{"total.amount": "-10.00", "payment_status": "not_required", "amount_due.amount": "0.00"})
			s.credit("10.00")
			s.change("downgrade", object{"price": "p30"})
			s.at("2026-07-01")
			s.latest().says(object{"total.amount": "30.00", "credit_applied.amount": "10.00"})
		}},
		{"coupon in place of another, then an upgrade", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p40", unit("40"))
			s.sell(2, "p80", unit("80"))
			s.post("/v1/coupons", object{"code": "a", "percent_off": "50", "duration": "forever"}).is(201)
			s.post("/v1/coupons", object{"code": "b", "percent_off": "25", "duration": "forever"}).is(201)
			s.buy("p40", 1, object{"coupon": "a"})
			s.at("2026-06-16")
			s.change("discount", object{"coupon": "b"})
			s.lines(s.change("upgrade", object{"price": "p80"}), "-10.00 40.00").says(object{"discount.amount": "20.00"})
			s.at("2026-07-01")
			s.latest().says(object{"discount.amount": "20.00", "total.amount": "60.00"})
		}},
		{"tax in yen, credited", "2026-06-01", "JPY", func(s *tale) {
			inclusive := func(amount string) object {
				return object{"unit_amount": amount, "tax_rate": "0.1", "tax_behavior": "inclusive"}
			}
			s.sell(1, "p", inclusive("1100"))
			s.sell(2, "q", inclusive("2200"))
			s.lines(s.buy("p", 1, nil), "1100").says(object{"tax.amount": "100", "subtotal.amount": "1000"})
			s.at("2026-06-16")
			s.lines(s.change("upgrade", object{"price": "q"}), "-550 1100").says(object{"tax.amount": "50", "subtotal.amount": "500", "total.amount": "550", "lines.0.tax.amount": "-50", "lines.1.tax.amount": "100"})
		}},
		{"tax of six digits", "2026-06-01", "KWD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "12.345", "tax_rate": "0.081234"})
			s.lines(s.buy("p", 3, nil), "37.035").says(object{"tax.amount": "3.009", "total.amount": "40.044"})
			s.at("2026-06-21")
			s.lines(s.change("seats", object{"seats": 4}), "4.115").says(object{"tax.amount": "0.334"})
		}},
		{"two upgrades at one instant", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p10", unit("9.99"))
			s.sell(2, "p15", unit("14.99"))
			s.sell(3, "p19", unit("19.99"))
			s.buy("p10", 1, nil)
			s.at("2026-06-18T09:00:00Z")
			s.lines(s.change("upgrade", object{"price": "p15"}), "-4.33 6.50")
			s.lines(s.change("upgrade", object{"price": "p19"}), "-6.50 8.66")
		}},
	})
}
