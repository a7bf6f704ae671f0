package api

import (
	"net/http"
	"testing"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/money"
)

// stageRefusals brings workspaces to where changes are refused, before and after a long time.
func stageRefusals(t *testing.T, b *bench, p *program, c *client) (later func()) {
	t.Helper()
	c.collect("resting", "pro-year", 1)
	return func() {
		euro, err := money.Parse("EUR", "1.00")
		if err != nil {
			t.Fatal(err)
		}
		b.coupon(p, catalog.CreateCoupon{Code: "euro", AmountOff: &euro, Duration: "once"})
		c.post("/v1/products/pro/prices", object{"code": "pro-one", "currency": "USD", "interval": "month", "unit_amount": "9", "max_seats": 1}).is(201)
		c.post(of("resting")+"/pause", nil).is(200)
		c.post(of("resting")+"/resume", nil).is(202)
		c.buy("paused", "pro-month", 1)
		c.post(of("paused")+"/pause", nil).is(200)
		c.collect("waiting", "pro-month", 2)
		c.post(of("waiting")+"/seats", object{"seats": 3}).is(202)
		c.buy("ending", "pro-month", 3)
		c.post(of("ending")+"/cancel", object{"when": "period_end"}).is(200)
		c.buy("shrinking", "pro-month", 1)
		c.post(of("shrinking")+"/downgrade", object{"price": "pro-one"}).is(200)
		c.buy("squeezed", "pro-month", 3)
		c.seat("squeezed", "ada", "admin")
		c.seat("squeezed", "gil", "guest")
		c.post(of("squeezed")+"/downgrade", object{"price": "pro-one", "seats": 1}).is(200)
		c.buy("quoted", "pro-month", 2)
	}
}

// quote asks for the price of a change.
func (c *client) quote(workspace string, change object) string {
	c.t.Helper()
	return c.post(of(workspace)+"/proration-preview", change).is(http.StatusOK).text("quote")
}

// changeRefusals are those of what changes a subscription. The two quotes were made of the workspace quoted, too long ago.
func changeRefusals(upgrade, seats string) (cases []refusalCase) {
	add := func(route, method, workspace, path string, changes map[string]object) {
		for code, body := range changes {
			cases = append(cases, ask(route, code, method, of(workspace)+path, body, nil))
		}
	}
	cases = append(cases, ask("create-subscription", "too_far_behind", http.MethodPost, of("behind"), aBuy, nil),
		ask("create-subscription", "currency_mismatch", http.MethodPost, of("new"), aBuy, object{"coupon": "euro"}))
	better, cheaper := object{"price": "team-month"}, object{"price": "pro-eur"}
	for _, r := range []struct {
		route, method, path string
		body                object
	}{
		{"downgrade-subscription", http.MethodPost, "/downgrade", cheaper},
		{"remove-unused-seats", http.MethodPost, "/seats/remove-unused", nil},
		{"cancel-pending-change", http.MethodDelete, "/pending-change", nil},
		{"cancel-pending-update", http.MethodDelete, "/pending-update", nil},
		{"cancel-subscription", http.MethodPost, "/cancel", object{"when": "period_end"}},
		{"uncancel-subscription", http.MethodPost, "/uncancel", nil},
		{"pause-subscription", http.MethodPost, "/pause", nil},
		{"resume-subscription", http.MethodPost, "/resume", nil},
		{"change-collection", http.MethodPut, "/collection", object{"collection": "automatic"}},
		{"apply-discount", http.MethodPost, "/discount", object{"coupon": "euro"}},
		{"remove-discount", http.MethodDelete, "/discount", nil},
		{"preview-change", http.MethodPost, "/proration-preview", better},
		{"get-upcoming-invoice", http.MethodGet, "/upcoming-invoice", nil},
	} {
		add(r.route, r.method, "new", r.path, map[string]object{"no_subscription": r.body})
		add(r.route, r.method, "behind", r.path, map[string]object{"too_far_behind": r.body})
		if r.route != "cancel-subscription" && r.route != "get-upcoming-invoice" {
			cases = append(cases, whileIncomplete(r.route, r.method, r.path, r.body))
		}
		switch r.route {
		case "downgrade-subscription", "remove-unused-seats", "uncancel-subscription", "pause-subscription", "change-collection", "preview-change":
			add(r.route, r.method, "waiting", r.path, map[string]object{"change_in_progress": r.body})
		case "resume-subscription":
			add(r.route, r.method, "resting", r.path, map[string]object{"change_in_progress": r.body})
		}
		switch r.route {
		case "downgrade-subscription", "remove-unused-seats":
			add(r.route, r.method, "ending", r.path, map[string]object{"invalid_transition": r.body})
		case "cancel-pending-change", "cancel-pending-update", "uncancel-subscription":
			add(r.route, r.method, "taken", r.path, map[string]object{"invalid_transition": r.body})
		}
	}
	add("get-upcoming-invoice", http.MethodGet, "ending", "/upcoming-invoice", map[string]object{"no_upcoming_invoice": nil})
	add("cancel-subscription", http.MethodPost, "tried", "/cancel", map[string]object{"invalid_transition": {"when": "period_end"}})
	prices := map[string]object{
		"price_not_found": {"price": "none"}, "price_archived": {"price": "pro-gone"}, "product_archived": {"price": "old-month"},
		"name_invalid": {"price": ""}, "no_change": {"price": "pro-month"},
	}
	add("downgrade-subscription", http.MethodPost, "taken", "/downgrade", prices)
	add("downgrade-subscription", http.MethodPost, "taken", "/downgrade", map[string]object{
		"currency_mismatch": cheaper, "not_a_downgrade": better, "seats_out_of_range": {"price": "pro-one"},
		"seats_in_use": {"price": "pro-one", "seats": 1},
	})
	add("preview-change", http.MethodPost, "taken", "/proration-preview", prices)
	add("preview-change", http.MethodPost, "taken", "/proration-preview", map[string]object{
		"currency_mismatch": cheaper, "seats_out_of_range": {"seats": 1_000_001}, "seats_in_use": {"seats": 1}, "nothing_to_preview": {},
		"at_invalid": {"seats": 5, "at": "2020-01-01T00:00:00Z"}, "one_change": {"price": "team-month", "seats": 5},
	})
	add("preview-change", http.MethodPost, "owing", "/proration-preview", map[string]object{"payment_past_due": better})
	add("preview-change", http.MethodPost, "shrinking", "/proration-preview", map[string]object{"pending_change_conflict": {"seats": 2}})
	add("change-seats", http.MethodPost, "shrinking", "/seats", map[string]object{"pending_change_conflict": {"seats": 2}})
	add("change-seats", http.MethodPost, "waiting", "/seats", map[string]object{"change_in_progress": {"seats": 5}})
	add("change-seats", http.MethodPost, "ending", "/seats", map[string]object{"invalid_transition": {"seats": 2}})
	add("change-seats", http.MethodPost, "quoted", "/seats", map[string]object{
		"quote_expired": {"seats": 3, "quote": seats}, "quote_mismatch": {"seats": 4, "quote": seats}, "quote_not_found": {"seats": 3, "quote": "q"},
	})
	add("upgrade-subscription", http.MethodPost, "waiting", "/upgrade", map[string]object{"change_in_progress": better})
	add("upgrade-subscription", http.MethodPost, "ending", "/upgrade", map[string]object{"invalid_transition": {"price": "pro-year"}})
	add("preview-change", http.MethodPost, "ending", "/proration-preview", map[string]object{"invalid_transition": {"price": "pro-year"}})
	add("upgrade-subscription", http.MethodPost, "quoted", "/upgrade", map[string]object{
		"quote_expired": {"price": "team-month", "quote": upgrade}, "quote_mismatch": {"price": "team-month", "quote": seats},
	})
	add("cancel-subscription", http.MethodPost, "taken", "/cancel", map[string]object{
		"settlement_required": {"when": "now"}, "settlement_invalid": {"when": "now", "settlement": "cash"}, "when_invalid": {"when": "yesterday"},
	})
	add("resume-subscription", http.MethodPost, "paused", "/resume", map[string]object{"anchor_invalid": {"anchor": "then"}})
	add("change-collection", http.MethodPut, "taken", "/collection", map[string]object{
		"collection_invalid": {"collection": "cash"}, "payment_method_not_found": {"collection": "automatic", "payment_method": "card"},
		"days_until_due_invalid": {"collection": "automatic", "days_until_due": 366},
	})
	add("apply-discount", http.MethodPost, "taken", "/discount", map[string]object{
		"coupon_not_found": {"coupon": "none"}, "currency_mismatch": {"coupon": "euro"},
	})
	add("remove-discount", http.MethodDelete, "taken", "/discount", map[string]object{"no_discount": nil})
	return append(cases, staleQuote("upgrade-subscription", "/upgrade", better), staleQuote("change-seats", "/seats", object{"seats": 4}))
}

// staleQuote changes the subscription between a quote and its change.
func staleQuote(route, path string, change object) refusalCase {
	return refusalCase{route, "quote_stale", func(c *client) *answered {
		workspace := "stale-" + route
		c.buy(workspace, "pro-month", 2)
		body := object{"quote": c.quote(workspace, change)}
		for name, value := range change {
			body[name] = value
		}
		c.put(of(workspace)+"/collection", object{"collection": "send_invoice", "days_until_due": 7}).is(200)
		a := c.post(of(workspace)+path, body)
		if len(a.at("available_actions").([]any)) == 0 {
			c.t.Errorf("no actions: %s", a.body)
		}
		return a
	}}
}

// whileIncomplete asks for what can't be done before the first payment.
func whileIncomplete(route, method, path string, body object) refusalCase {
	return refusalCase{route, "invalid_transition", func(c *client) *answered {
		workspace := "incomplete-" + route
		c.post(of(workspace), object{"price": "pro-month", "seats": 1, "collection": "automatic"}).is(202)
		return c.do(method, of(workspace)+path, body).says(object{"available_actions": []any{"cancel"}})
	}}
}
