package api

import (
	"fmt"
	"testing"
)

// TestWorkedExamples tells worked examples of public billing systems over HTTP, under the numbers that they have among the
// pure ones in domain/pricing.
func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	taxed := func(amount, rate string) object { return object{"unit_amount": amount, "tax_rate": rate} }
	tellAll(t, []story{
		{"4a two upgrades on one day", "2024-03-05", "JPY", func(s *tale) {
			s.sell(1, "p1000", taxed("1000", "0.25"))
			s.sell(2, "p1500", taxed("1500", "0.25"))
			s.sell(3, "p1900", taxed("1900", "0.25"))
			s.lines(s.buy("p1000", 1, object{"billing_anchor": "2024-04-01"}), "871")
			s.at("2024-03-12T12:12:00Z")
			s.lines(s.change("upgrade", object{"price": "p1500"}), "-645 968").says(object{"lines.0.tax.amount": "-161", "lines.0.ratio": "20/27"})
			s.at("2024-03-12T13:12:00Z")
			s.lines(s.change("upgrade", object{"price": "p1900"}), "-968 1226").says(object{"lines.0.tax.amount": "-242"})
		}},
		{"6 cancel with a refund", "2025-02-08", "JPY", func(s *tale) {
			s.sell(1, "p", taxed("10000", "0.2"))
			first := s.lines(s.buy("p", 1, object{"billing_anchor": "2025-03-01"}), "7500").says(object{"total.amount": "9000"})
			s.post("/v1/invoices/"+first.text("id")+"/record-payment", object{"amount": object{"amount": "7500", "currency": "JPY"}, "reference": "wire"}).is(200)
			s.at("2025-02-22")
			last := s.change("cancel", object{"when": "now", "settlement": "refund"})
			s.notes(last, "2500").says(object{"total.amount": "3000", "reduced.amount": "1500", "refund.amount": "1500"})
			s.get("/v1/workspaces/w/balance", last.position()).says(object{"credit.amount": "0", "receivable.amount": "0"})
		}},
		{"9a seats in a stub", "2023-07-19", "USD", func(s *tale) {
			s.sell(1, "one", unit("1.00"))
			s.lines(s.buy("one", 10, object{"billing_anchor": "2023-08-01"}), "4.19")
		}},
		{"9c the rest of a stub", "2023-08-10", "JPY", func(s *tale) {
			s.sell(1, "p", unit("1500"))
			s.lines(s.buy("p", 1, object{"billing_anchor": "2023-09-01"}), "1065")
			s.at("2023-08-22")
			s.notes(s.change("cancel", object{"when": "now", "settlement": "credit"}), "484")
		}},
		{"11 the highest number of seats", "2023-08-01", "JPY", func(s *tale) {
			s.sell(1, "p", unit("1000"))
			s.lines(s.buy("p", 10, nil), "10000")
			s.change("seats", object{"seats": 5}).says(object{"invoice": nil, "subscription.pending_change.seats": 5})
			s.lines(s.change("seats", object{"seats": 15}), "5000").says(object{"lines.0.quantity": 5})
			s.lines(s.change("seats", object{"seats": 20}), "5000")
		}},
		{"12b volume", "2026-01-01", "USD", func(s *tale) {
			tiers := []any{
				object{"up_to": 100, "unit_amount": "2", "flat_amount": "10"}, object{"up_to": 200, "unit_amount": "1"},
				object{"up_to": nil, "unit_amount": "0.50", "flat_amount": "50"},
			}
			s.sell(1, "p", object{"scheme": "volume", "tiers": tiers})
			for seats, want := range map[int]string{1: "12.00", 100: "210.00", 101: "101.00", 200: "200.00", 300: "200.00"} {
				workspace := fmt.Sprintf("/v1/workspaces/w%d/subscription", seats)
				made := s.post(workspace, object{"price": "p", "seats": seats, "collection": "send_invoice"}).is(201)
				s.lines(made, want)
			}
		}},
		{"14 a credit note, then a change", "2012-05-01", "USD", func(s *tale) {
			s.sell(1, "dear", unit("249.95"))
			s.sell(2, "cheap", unit("9.95"))
			first := s.buy("dear", 1, nil)
			s.post("/v1/invoices/"+first.text("invoice")+"/credit-notes", object{"amount": object{"amount": "10.00", "currency": "USD"}, "reason": "sorry"}).is(201)
			s.at("2012-05-02")
			s.lines(s.change("upgrade", object{"price": "cheap"}), "-239.95 9.63").says(object{"total.amount": "-230.32"})
		}},
		{"15 cancel a year", "2013-08-18", "USD", func(s *tale) {
			s.sell(1, "p", object{"unit_amount": "2399.95", "interval": "year"})
			s.lines(s.buy("p", 1, nil), "2399.95")
			s.at("2013-09-17")
			s.notes(s.change("cancel", object{"when": "now", "settlement": "credit"}), "2202.69")
		}},
		{"15 a year to a month on its first day", "2013-08-18", "USD", func(s *tale) {
			s.sell(1, "year", object{"unit_amount": "2399.95", "interval": "year"})
			s.sell(2, "month", unit("249.95"))
			s.buy("year", 1, nil)
			s.lines(s.change("upgrade", object{"price": "month"}), "-2399.95 249.95").says(object{"total.amount": "-2150.00"})
		}},
		{"16 pause and resume", "2012-03-02", "USD", func(s *tale) {
			s.sell(1, "p", unit("249.95"))
			s.buy("p", 1, nil)
			s.at("2012-03-04")
			s.notes(s.change("pause", object{}), "233.82")
			s.at("2012-04-05")
			s.lines(s.change("resume", object{"anchor": "unchanged"}), "224.96").says(object{"lines.0.ratio": "27/30"})
		}},
		{"16 cancel on the fourth day", "2012-03-02", "USD", func(s *tale) {
			s.sell(1, "p", unit("249.95"))
			s.buy("p", 1, nil)
			s.at("2012-03-05")
			s.notes(s.change("cancel", object{"when": "now", "settlement": "credit"}), "225.76")
		}},
		{"19e month ends", "2012-01-31", "USD", func(s *tale) {
			s.sell(1, "p", unit("29.95"))
			seen := s.buy("p", 7, nil)
			for _, end := range []string{"2012-02-29", "2012-03-31", "2012-04-30", "2012-05-31", "2012-06-30", "2012-07-31"} {
				s.get("/v1/workspaces/w/subscription", seen.position()).says(object{"current_period.end": end + "T00:00:00Z"})
				seen = s.advance(end)
				s.amounts(s.latest(), "", "209.65")
			}
		}},
		{"19f eighteen months across daylight saving", "2014-05-31T12:00:00Z", "USD", func(s *tale) {
			s.sell(1, "p", unit("249.95"))
			s.buy("p", 1, object{"time_zone": "America/Juneau"})
			s.at("2015-11-01T12:00:00Z")
			all := s.get("/v1/invoices?workspace=w&limit=100").is(200)
			if n := len(all.at("data").([]any)); n != 18 {
				s.t.Fatalf("%d invoices", n)
			}
			for i := range 18 {
				s.amounts(all, fmt.Sprintf("data.%d.", i), "249.95")
			}
			s.get("/v1/workspaces/w/subscription").says(object{"current_period.end": "2015-11-30T09:00:00Z", "anchor": "2014-05-31"})
		}},
		{"23d an upgrade after two thirds", "2026-04-01", "USD", func(s *tale) {
			s.sell(1, "p90", unit("90"))
			s.sell(2, "p120", unit("120"))
			s.buy("p90", 1, nil)
			s.at("2026-04-21")
			s.lines(s.change("upgrade", object{"price": "p120"}), "-30.00 40.00")
		}},
		{"23h the denominator of a stub", "2026-02-15", "USD", func(s *tale) {
			s.sell(1, "p", unit("100"))
			s.lines(s.buy("p", 1, object{"billing_anchor": "2026-03-01"}), "50.00").says(object{"lines.0.ratio": "14/28"})
		}},
		{"23i twice as much after a week", "2026-02-01", "USD", func(s *tale) {
			s.sell(1, "p12", unit("12"))
			s.sell(2, "p24", unit("24"))
			s.buy("p12", 1, nil)
			s.at("2026-02-08")
			s.lines(s.change("upgrade", object{"price": "p24"}), "-9.00 18.00")
			s.at("2026-03-01")
			s.amounts(s.latest(), "", "24.00")
		}},
		{"25 half a month", "2026-09-01", "USD", func(s *tale) {
			s.sell(1, "p30", unit("30"))
			s.sell(2, "p60", unit("60"))
			s.buy("p30", 1, nil)
			s.at("2026-09-16")
			s.lines(s.change("upgrade", object{"price": "p60"}), "-15.00 30.00").says(object{"amount_due.amount": "15.00"})
		}},
		{"27 a seat in the middle of June", "2026-06-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("10"))
			s.buy("p", 3, nil)
			s.at("2026-06-16")
			s.lines(s.change("seats", object{"seats": 4}), "5.00").says(object{"lines.0.ratio": "15/30", "lines.0.kind": "seats"})
		}},
		{"28 credit is used first", "2026-01-01", "USD", func(s *tale) {
			s.sell(1, "p", unit("100"))
			s.post("/v1/workspaces/w/credits", object{"amount": object{"amount": "20.00", "currency": "USD"}, "reason": "gift"}).is(201)
			paid := s.buy("p", 1, nil)
			s.lines(paid, "100.00").says(object{"credit_applied.amount": "20.00", "amount_due.amount": "80.00"})
			s.get("/v1/workspaces/w/balance", paid.position()).says(object{"receivable.amount": "80.00", "credit.amount": "0.00"})
		}},
	})
}
