package api

import (
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// twoTiers begins a script on the first of June: it sells a and b, by the month, and buys seats of b.
func twoTiers(a, b string, seats int) string {
	return fmt.Sprintf(`[
		["POST", "/v1/clock/advance", {"to": "2031-06-01T00:00:00Z"}],
		["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
		["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", %s}],
		["POST", "/v1/products", {"code": "b", "name": "b", "tier": 2}],
		["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", %s}],
		["POST", "/v1/products/b/prices", {"code": "b-year", "currency": "USD", "interval": "year", "unit_amount": "100.00"}],
		["POST", "/v1/workspaces/w/subscription", {"price": "b", "seats": %d, "collection": "send_invoice"}]`, a, b, seats)
}

// TestWhatWaits has one change wait for the next period, of price and seats.
func TestWhatWaits(t *testing.T) {
	t.Parallel()
	s7 := twoTiers(`"unit_amount": "10.00", "max_seats": 5`, `"unit_amount": "20.00"`, 10) + `,
		["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a"}, 422],
		["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 5}]`
	s8 := twoTiers(`"unit_amount": "60.00"`, `"unit_amount": "100.00"`, 5) + `,
		["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "500.00", "currency": "USD"}, "reference": "r"}],
		["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 4}]`
	far := s8 + `,
		["POST", "/v1/workspaces/w/subscription/cancel", {"when": "2031-08-16T00:00:00Z", "settlement": "credit"}],
		["POST", "/v1/clock/advance", {"to": "2031-07-15T00:00:00Z"}]`
	upcoming := `, ["GET", "/v1/workspaces/w/subscription/upcoming-invoice"]]`
	pending := func(kind, price string, seats int) object {
		return object{"pending_change.kind": kind, "pending_change.price": price, "pending_change.seats": seats}
	}
	tellEdges(t, []edge{
		{"fewer seats beside a downgrade", twoTiers(`"unit_amount": "10.00"`, `"unit_amount": "20.00"`, 5) + `,
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a"}],
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 3}]` + upcoming, object{"total.amount": "30.00"}},
		{"a downgrade after fewer seats", twoTiers(`"unit_amount": "10.00", "max_seats": 5`, `"unit_amount": "20.00"`, 10) + `,
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 5}],
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a"}]` + upcoming, object{"total.amount": "50.00"}},
		{"both, one after the other", s7 + `,
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 4}],
			["GET", "/v1/workspaces/w/subscription"]]`, pending("price_and_seats", "a", 4)},
		{"their renewal", s7 + `, ["POST", "/v1/workspaces/w/subscription/seats", {"seats": 4}]` + upcoming, object{"total.amount": "40.00"}},
		{"taken back", s7 + `, ["DELETE", "/v1/workspaces/w/subscription/pending-change"]` + upcoming, object{"total.amount": "200.00"}},
		{"no more seats than the price to come has", s7 + `,
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 11}, 409]]`, object{"code": "pending_change_conflict"}},
		{"the price alone with the present seats", twoTiers(`"unit_amount": "10.00"`, `"unit_amount": "20.00"`, 10) + `,
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 5}],
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 10}],
			["GET", "/v1/workspaces/w/subscription"]]`, pending("price", "a", 10)},
		{"more than today", s7 + `,
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 11}, 422]]`, object{"errors.0.pointer": "/seats"}},
		{"fewer than in use", s7 + `, ["POST", "/v1/workspaces/w/seats", {"member": "ann", "role": "member"}],
			["POST", "/v1/workspaces/w/seats", {"member": "bob", "role": "member"}],
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 1}, 409]]`, object{"code": "seats_in_use", "in_use": 2}},
		{"a far end", far + `, ["POST", "/v1/clock/advance", {"to": "2031-08-15T00:00:00Z"}],
			["GET", "/v1/workspaces/w/invoices"]]`, object{"data.1.total.amount": "240.00", "data.2.total.amount": "240.00", "data.3": nil}},
		{"a far end, reached", far + `, ["POST", "/v1/clock/advance", {"to": "2031-08-16T00:00:00Z"}],
			["GET", "/v1/workspaces/w/subscription"]]`, object{"status": "canceled", "pending_change": nil}},
		{"an end and its return", s8 + `,
			["POST", "/v1/workspaces/w/subscription/cancel", {"when": "period_end"}],
			["POST", "/v1/workspaces/w/subscription/uncancel"]` + upcoming, object{"total.amount": "240.00"}},
		{"a pause over the period's end", s8 + `, ["POST", "/v1/workspaces/w/subscription/pause"],
			["POST", "/v1/clock/advance", {"to": "2031-07-11T00:00:00Z"}],
			["POST", "/v1/workspaces/w/subscription/resume", {"anchor": "now"}],
			["GET", "/v1/invoices/{invoice}"]]`, object{"total.amount": "240.00"}},
		{"a pause within the period", s8 + `, ["POST", "/v1/workspaces/w/subscription/pause"],
			["POST", "/v1/clock/advance", {"to": "2031-06-11T00:00:00Z"}],
			["POST", "/v1/workspaces/w/subscription/resume", {"anchor": "unchanged"}]` + upcoming, object{"total.amount": "240.00"}},
		{"two ends", s8 + `,
			["POST", "/v1/workspaces/w/subscription/cancel", {"when": "period_end"}],
			["POST", "/v1/workspaces/w/subscription/cancel", {"when": "2031-07-16T00:00:00Z"}]` + upcoming, object{"total.amount": "240.00"}},
		{"an end that comes first", s8 + `,
			["POST", "/v1/workspaces/w/subscription/cancel", {"when": "period_end"}],
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 3}, 409]]`, object{"code": "invalid_transition"}},
		{"a longer period than is left", s8 + `,
			["POST", "/v1/workspaces/w/subscription/cancel", {"when": "2031-08-16T00:00:00Z"}],
			["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b-year"}, 409]]`, object{"code": "invalid_transition"}},
		{"unused seats, of which the price to come keeps some", twoTiers(`"unit_amount": "10.00", "min_seats": 3`, `"unit_amount": "20.00"`, 9) + `,
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a"}],
			["POST", "/v1/workspaces/w/subscription/seats/remove-unused"]` + upcoming, object{"total.amount": "30.00"}},
		{"kept seats, of which more are in use", s7 + `, ["DELETE", "/v1/workspaces/w/subscription/pending-change"],
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 1}],
			["PUT", "/v1/workspaces/w/seats", {"members": [{"member": "a", "role": "member"}, {"member": "b", "role": "member"},
				{"member": "c", "role": "member"}, {"member": "d", "role": "member"}, {"member": "e", "role": "member"}, {"member": "f", "role": "member"}]}],
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a"}, 409]]`, object{"code": "seats_in_use", "in_use": 6}},
		{"an upgrade that begins a period", s8 + `, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b-year"}],
			["GET", "/v1/workspaces/w/subscription"]]`, object{"price": "b-year", "seats": 4, "pending_change": nil}},
	})
}

// TestPastDueSeats gives seats back while an invoice is overdue, in either way, and sells none.
func TestPastDueSeats(t *testing.T) {
	t.Parallel()
	due := twoTiers(`"unit_amount": "10.00"`, `"unit_amount": "20.00"`, 3) + `,
		["POST", "/v1/invoices/{first}/record-payment", {"amount": {"amount": "60.00", "currency": "USD"}, "reference": "r"}],
		["PUT", "/v1/workspaces/w/subscription/collection", {"collection": "automatic"}],
		["POST", "/v1/clock/advance", {"to": "2031-07-02T00:00:00Z"}]`
	tellEdges(t, []edge{
		{"are listed", due + `, ["GET", "/v1/workspaces/w/subscription"]]`, object{"status": "past_due",
			"available_actions": []any{"downgrade", "change_seats", "remove_unused_seats", "cancel", "change_collection", "apply_discount"}}},
		{"fewer", due + `, ["POST", "/v1/workspaces/w/subscription/seats", {"seats": 1}]]`, object{"subscription.pending_change.seats": 1}},
		{"unused", due + `, ["POST", "/v1/workspaces/w/subscription/seats/remove-unused"]]`, object{"subscription.pending_change.seats": 1}},
		{"more", due + `, ["POST", "/v1/workspaces/w/subscription/seats", {"seats": 4}, 402]]`, object{"code": "payment_past_due"}},
		{"fewer, previewed", due + `, ["POST", "/v1/workspaces/w/subscription/proration-preview", {"seats": 1}]]`, object{"total.amount": "20.00"}},
		{"more, previewed", due + `, ["POST", "/v1/workspaces/w/subscription/proration-preview", {"seats": 4}, 402]]`,
			object{"code": "payment_past_due"}},
		{"a lower price with seats", due + `, ["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 1}]]`,
			object{"subscription.pending_change.kind": "price_and_seats"}},
	})
}

// TestPreviewsOfWaitingChanges shows the renewal that a change leads to, of which nothing is due yet.
func TestPreviewsOfWaitingChanges(t *testing.T) {
	t.Parallel()
	begun := twoTiers(`"unit_amount": "10.00", "tax_rate": "0.2"`, `"unit_amount": "20.00"`, 10) + `,
		["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "5.00", "currency": "USD"}, "reason": "x"}]`
	preview := `, ["POST", "/v1/workspaces/w/subscription/proration-preview", %s]]`
	shows := func(total string) object {
		return object{"total.amount": total, "credit_applied.amount": "0.00", "amount_due.amount": "0.00", "effective_at": "2031-07-01T00:00:00Z"}
	}
	tellEdges(t, []edge{
		{"a downgrade", begun + fmt.Sprintf(preview, `{"price": "a"}`), shows("120.00")},
		{"a downgrade with seats", begun + fmt.Sprintf(preview, `{"price": "a", "seats": 5}`), shows("60.00")},
		{"fewer seats", begun + fmt.Sprintf(preview, `{"seats": 6}`), shows("120.00")},
		{"fewer seats beside a downgrade", begun + `, ["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a"}]` +
			fmt.Sprintf(preview, `{"seats": 5}`), shows("60.00")},
		{"an upgrade with seats", begun + `,
			["POST", "/v1/workspaces/w/subscription/proration-preview", {"price": "b-year", "seats": 5}, 422]]`,
			object{"errors.0.code": "one_change"}},
		{"more than today", begun + `,
			["POST", "/v1/workspaces/w/subscription/proration-preview", {"price": "a", "seats": 11}, 422]]`,
			object{"errors.0.code": "seats_out_of_range"}},
	})
}

// TestSeatsThatAreNotPaid gives nobody a seat that a plan will not have which waits for its first payment, nor one that the
// next period will not have.
func TestSeatsThatAreNotPaid(t *testing.T) {
	t.Parallel()
	seat := func(member, role string, status int) string {
		return fmt.Sprintf(`, ["POST", "/v1/workspaces/w/seats", {"member": %q, "role": %q}, %d]`, member, role, status)
	}
	shop := `[
		["POST", "/v1/clock/advance", {"to": "2031-06-01T00:00:00Z"}],
		["POST", "/v1/products", {"code": "free", "name": "free", "tier": 0, "free": true, "free_seats": 12}],
		["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1, "guests_per_seat": 1}],
		["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "unit_amount": "10.00", "trial_days": 14}]`
	unpaid := shop + seat("ann", "admin", 201) + seat("bob", "member", 201) + `,
		["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 2, "collection": "automatic"}, 202]`
	pay := `, ["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "20.00", "currency": "USD"}, "reference": "r"}]`
	numbers := object{"purchased": 2, "allocated": 2}
	tellEdges(t, []edge{
		{"a third member", unpaid + seat("cat", "member", 409) + `]`, object{"code": "no_seat_available", "purchased": 2, "allocated": 2}},
		{"as many guests as it will have", unpaid + seat("gus", "guest", 201) + seat("hal", "guest", 201) + seat("ida", "guest", 409) + `]`,
			object{"code": "no_guest_seat_available"}},
		{"a guest who becomes a member", unpaid + seat("gus", "guest", 201) + `,
			["PUT", "/v1/workspaces/w/seats/gus", {"role": "member"}, 409]]`, object{"code": "no_seat_available"}},
		{"a list", unpaid + `, ["PUT", "/v1/workspaces/w/seats",
			{"members": [{"member": "ann", "role": "admin"}, {"member": "bob", "role": "member"}, {"member": "cat", "role": "member"}]}, 409]]`,
			object{"code": "no_seat_available"}},
		{"a check says so", unpaid + `, ["POST", "/v1/workspaces/w/seats/check", {"invite": [{"role": "member"}]}]]`,
			object{"allowed": false, "admin_member_seats_left": 0, "guest_seats_left": 2}},
		{"so does the pool", unpaid + `, ["GET", "/v1/workspaces/w/seats"]]`, object{"purchased": 12, "available": 0, "guest_limit": 2}},
		{"once it is paid", unpaid + pay + `, ["GET", "/v1/workspaces/w/seats"]]`, numbers},
		{"when it is canceled", unpaid + `, ["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now"}]` + seat("cat", "member", 201) + `]`,
			object{"state": "active"}},
		{"when its time is up", unpaid + `, ["POST", "/v1/clock/advance", {"to": "2031-06-02T00:00:00Z"}]` + seat("cat", "member", 201) + `]`,
			object{"state": "active"}},
		{"a trial that is converted to fewer", shop + `,
			["POST", "/v1/workspaces/w/trial", {"price": "a", "seats": 5}]` + seat("ann", "admin", 201) + `,
			["POST", "/v1/workspaces/w/trial/convert", {"seats": 1, "collection": "automatic"}, 202]` + seat("bob", "member", 409) + `]`,
			object{"code": "no_seat_available"}},
		{"fewer seats of the next period", twoTiers(`"unit_amount": "10.00", "max_seats": 1`, `"unit_amount": "20.00"`, 3) + seat("ann", "admin", 201) + `,
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 1}]` + seat("bob", "member", 409) + `]`,
			object{"code": "pending_change_conflict"}},
		{"fewer seats of the next period, taken back", twoTiers(`"unit_amount": "10.00", "max_seats": 1`, `"unit_amount": "20.00"`, 3) + `,
			["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 1}],
			["DELETE", "/v1/workspaces/w/subscription/pending-change"]` + seat("ann", "admin", 201) + seat("bob", "member", 201) + `]`,
			object{"state": "active"}},
	})
}

// TestFarEnd lets a change wait though the subscription ends, long after it takes effect. Every invoice is paid when it is issued.
func TestFarEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := &client{t: t, base: b.start(endpoint.Options{}).url, token: b.tokenAt("far", "2031-01-01")}
	script(t, c, twoTiers(`"unit_amount": "60.00"`, `"unit_amount": "100.00"`, 5)+`,
		["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "a", "seats": 4}],
		["POST", "/v1/workspaces/w/subscription/cancel", {"when": "2031-08-16T00:00:00Z", "settlement": "credit"}]]`)
	for _, month := range []struct{ at, total string }{{"2031-06-01", "500.00"}, {"2031-07-01", "240.00"}, {"2031-08-01", "240.00"}} {
		passed := c.post("/v1/clock/advance", object{"to": month.at + "T00:00:00Z"}).is(200)
		unpaid := c.get("/v1/invoices?payment_status=pending", passed.position()).is(200).says(object{"data.0.total.amount": month.total, "data.1": nil})
		c.post("/v1/invoices/"+unpaid.text("data.0.id")+"/record-payment", object{"amount": unpaid.at("data.0.amount_due"), "reference": month.at}).is(200)
	}
	ended := c.post("/v1/clock/advance", object{"to": "2031-08-16T00:00:00Z"}).is(200)
	c.get(of("w"), ended.position()).is(200).says(object{"status": "canceled"})
	c.get("/v1/workspaces/w/balance", ended.position()).is(200).says(object{"credit.amount": "123.87", "receivable.amount": "0.00"})
}
