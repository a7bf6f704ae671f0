package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/licenseserver"
	"github.com/tallystick/tallystick/handlers/licenseserver/licenseservertest"
)

// refusalCase makes a route refuse.
type refusalCase struct {
	route, code string
	ask         func(c *client) *answered
}

// elsewhere are the conflicts that nothing else which could be done with the resource gets around.
var elsewhere = map[string]bool{
	"secret_key_missing": true, "endpoint_disabled": true, "license_server_missing": true, "license_trust_missing": true,
	"license_out_of_sync": true, "subscription_active": true, "license_active": true,
	"no_seat_available": true, "no_guest_seat_available": true, "too_far_behind": true, "price_archived": true, "product_archived": true,
	"product_exists": true, "price_exists": true, "coupon_exists": true, "free_product_exists": true, "free_product_has_no_prices": true,
	"credit_too_small": true, "refund_exceeds_payments": true,
	"items_too_many": true, "item_on_invoice": true, "payment_in_progress": true, "no_payment_method": true, "gateway_unreachable": true, "gateway_refused": true,
	"payment_methods_full": true, "endpoints_full": true, "link_completed": true,
	"limit_reached": true, "read_only": true,
	"payment_not_succeeded": true, "charge_not_succeeded": true, "charge_disputed": true, "dispute_closed": true, "job_running": true, "export_not_ready": true,
	"license_signing_unavailable": true,
}

// TestRefusals asks for every refusal that the table documents for a route alone.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	seller := licenseservertest.New(b.now)
	t.Cleanup(seller.Close)
	b.useSeller(seller.URL)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	c.post("/v1/workspaces/stale/license/link", object{"key": licenseservertest.Key}).is(200)
	c.seat("stale", "gil", "guest")
	p.license(b, "licensed")
	c.buy("behind", "pro-month", 1)
	later := stageRefusals(t, b, p, c)
	b.advance(250 * 24 * time.Hour)
	c.collect("owing", "pro-month", 1)
	c.collect("left", "pro-month", 1)
	c.collectLicense("license-owing")
	b.advance(33 * 24 * time.Hour)
	later()
	c.buy("taken", "pro-month", 2)
	c.buy("payer", "pro-month", 1)
	c.post("/v1/products/pro/prices", object{"code": "gratis", "currency": "USD", "interval": "month", "unit_amount": "0"}).is(201)
	c.buy("nothing", "gratis", 1)
	c.buy("noted", "pro-month", 2)
	c.buy("written", "pro-month", 1)
	c.buy("voided", "pro-month", 1)
	c.post("/v1/workspaces/unissued/subscription", object{"price": "pro-month", "seats": 1, "collection": "automatic"}).is(202)
	c.stageBrim()
	c.buy("metered", "team-month", 2)
	c.buy("unmetered", "team-month", 2)
	c.post(of("unmetered")+"/pause", object{}).is(200)
	c.tryOut("tried", "pro-try", 1)
	c.post("/v1/workspaces/tried/trial/cancel", nil).is(200)
	c.tryOut("trying", "pro-try", 2)
	c.seat("trying", "ada", "admin")
	c.seat("trying", "bob", "admin")
	c.tryOut("trying-waits", "pro-try", 2)
	c.post("/v1/workspaces/trying-waits/trial/convert", nil).is(202)
	c.tryOut("trying-ends", "pro-try", 2)
	c.post(of("trying-ends")+"/cancel", object{"when": "period_end"}).is(200)
	c.seat("taken", "ada", "admin")
	c.seat("taken", "bob", "member")
	c.seat("taken", "gil", "guest")
	c.seat("taken", "hal", "guest")
	for _, member := range []string{"a", "b", "c"} {
		c.seat("full", member, "member")
	}
	expires := b.now().Add(time.Hour).UTC().Format(time.RFC3339)
	for _, member := range []string{"late", "later"} {
		c.post("/v1/workspaces/lapsed/seats", object{"member": member, "role": "member", "state": "invited", "expires_at": expires}).is(201)
	}
	old := changeRefusals(c.quote("quoted", object{"price": "team-month"}), c.quote("quoted", object{"seats": 3}))
	b.advance(2 * time.Hour)
	ledger := b.newLedger("sandbox", eventstore.ModeSandbox)
	sandbox := b.token(ledger, endpoint.RoleAdmin)
	(&client{t: t, base: c.base, token: sandbox}).openShop()
	b.keys, b.signing = nil, nil
	keyless := b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
	b.installation = licenseserver.Installation{}
	alone := b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
	covered := map[string]bool{}
	for _, refusal := range slices.Concat(old, refusalCases, brimRefusals, paymentRefusals, stripeRefusals(b, keyless), linkRefusals, webhookRefusals(keyless),
		featureRefusals, installedRefusals(seller, keyless, alone), handRefusals, exportRefusals(b), auditRefusals, licenseRefusals(b, keyless), financeRefusals) {
		covered[refusal.route+" "+refusal.code] = true
		t.Run(refusal.route+"/"+refusal.code, func(t *testing.T) {
			alone := client{t: t, base: c.base, token: c.token, sandbox: sandbox, pace: &b.pace}
			a := refusal.ask(&alone)
			if a.text("code") != refusal.code || a.status < 400 || a.status >= 500 && a.status != http.StatusServiceUnavailable {
				t.Fatalf("%d %s, want %s\n%s", a.status, a.text("code"), refusal.code, a.body)
			}
			if a.status == http.StatusUnprocessableEntity && a.text("errors.0.pointer") == "" {
				t.Errorf("no field is named: %s", a.body)
			}
			if _, says := a.at("available_actions").([]any); says == elsewhere[refusal.code] && a.status == http.StatusConflict {
				t.Errorf("available_actions: %s", a.body)
			}
			if wrote := refusal.code == "payment_declined" || refusal.code == "license_refused"; wrote != (a.header.Get("Ledger-Position") != "") || wrote != (a.header.Get("ETag") != "") {
				t.Errorf("a refusal has no position and no version, unless something was written: %v", a.header)
			}
			if a.text("type") != "urn:tallystick:problem:"+refusal.code || a.text("title") == "" || a.text("detail") == "" ||
				a.text("request_id") != a.header.Get("X-Request-Id") || a.number("status") != a.status || !strings.HasPrefix(a.text("instance"), "/v1/") {
				t.Errorf("problem: %s", a.body)
			}
		})
	}
	for _, r := range routes {
		for _, refusal := range r.Refusals {
			if r.Roles != nil && !covered[r.ID+" "+refusal.Code] {
				t.Errorf("%s documents %s, and nothing here asks for it", r.ID, refusal.Code)
			}
		}
	}
}

// ask makes a case whose body is the base with some fields changed; a nil field is left out.
func ask(route, code, method, path string, base, change object) refusalCase {
	return refusalCase{route, code, func(c *client) *answered {
		c.t.Helper()
		body := object{}
		for _, fields := range []object{base, change} {
			for name, value := range fields {
				body[name] = value
				if value == nil {
					delete(body, name)
				}
			}
		}
		return c.do(method, path, body)
	}}
}

func many(n int) object {
	all := object{}
	for i := range n {
		all[fmt.Sprint("k", i)] = object{"limit": 1, "per": nil}
	}
	return all
}

var (
	aProduct = object{"code": "fresh", "name": "Fresh", "tier": 1}
	aPrice   = object{"code": "fresh", "currency": "USD", "interval": "month", "unit_amount": "1"}
	aTier    = object{"up_to": nil, "unit_amount": "1"}
	aBuy     = object{"price": "pro-month", "seats": 1, "collection": "send_invoice"}
	aSeat    = object{"member": "new", "role": "member"}
	aCoupon  = object{"code": "fresh", "percent_off": "25", "duration": "once"}
	aTrial   = object{"price": "pro-try"}
)

var refusalCases = func() (cases []refusalCase) {
	add := func(route, method, path string, base object, changes map[string]object) {
		for code, change := range changes {
			cases = append(cases, ask(route, code, method, path, base, change))
		}
	}
	fields := map[string]object{
		"name_invalid":         {"limits": object{"ä": object{"limit": 1, "per": nil}}},
		"display_name_invalid": {"name": ""},
		"features_too_many":    {"features": many(201)},
		"feature_invalid":      {"features": object{"f": []any{1}}},
		"limits_too_many":      {"limits": many(201)},
		"limit_invalid":        {"limits": object{"l": object{"limit": -1, "per": nil}}},
		"per_invalid":          {"limits": object{"l": object{"limit": 1, "per": "day"}}},

		"feature_type_mismatch": {"features": object{"sso": "yes"}},
		"fail_invalid":          {"fail": object{"sso": "ajar"}},
	}
	add("create-product", http.MethodPost, "/v1/products", aProduct, fields)
	add("create-product", http.MethodPost, "/v1/products", aProduct, map[string]object{
		"product_exists": {"code": "pro"}, "free_product_exists": {"free": true}, "tier_invalid": {"tier": -1},
		"guests_per_seat_invalid": {"guests_per_seat": 1001}, "free_seats_invalid": {"free_seats": -1},
	})
	add("change-product", http.MethodPut, "/v1/products/pro", nil, fields)
	add("change-product", http.MethodPut, "/v1/products/none", nil, map[string]object{"product_not_found": nil})
	add("archive-product", http.MethodPost, "/v1/products/none/archive", nil, map[string]object{"product_not_found": nil})
	add("get-product", http.MethodGet, "/v1/products/none", nil, map[string]object{"product_not_found": nil})
	add("create-price", http.MethodPost, "/v1/products/none/prices", aPrice, map[string]object{"product_not_found": nil})
	add("create-price", http.MethodPost, "/v1/products/old/prices", aPrice, map[string]object{"product_archived": nil})
	add("create-price", http.MethodPost, "/v1/products/free/prices", aPrice, map[string]object{"free_product_has_no_prices": nil})
	add("create-price", http.MethodPost, "/v1/products/pro/prices", aPrice, map[string]object{
		"price_exists": {"code": "team-month"}, "name_invalid": {"code": "é"}, "currency_unknown": {"currency": "usd"},
		"interval_invalid": {"interval": "week"}, "interval_count_invalid": {"interval_count": 0}, "scheme_invalid": {"scheme": "package"},
		"unit_amount_required": {"unit_amount": nil}, "unit_amount_not_allowed": {"scheme": "volume", "tiers": []any{aTier}},
		"tiers_required": {"scheme": "volume", "unit_amount": nil}, "tiers_not_allowed": {"tiers": []any{aTier}},
		"tiers_too_many": {"scheme": "volume", "unit_amount": nil, "tiers": manyTiers(101)},
		"up_to_invalid":  {"scheme": "volume", "unit_amount": nil, "tiers": []any{aTier, aTier}},
		"amount_invalid": {"unit_amount": "1e9"}, "trial_days_invalid": {"trial_days": -1}, "min_seats_invalid": {"min_seats": 0},
		"max_seats_invalid": {"min_seats": 5, "max_seats": 4}, "tax_rate_invalid": {"tax_rate": "19"},
		"tax_behavior_invalid": {"tax_behavior": "none"}, "proration_invalid": {"proration": "hour"},
	})
	add("archive-price", http.MethodPost, "/v1/prices/none/archive", nil, map[string]object{"price_not_found": nil})
	add("create-subscription", http.MethodPost, "/v1/workspaces/taken/subscription", aBuy, map[string]object{"subscription_exists": nil})
	add("create-subscription", http.MethodPost, "/v1/workspaces/full/subscription", aBuy, map[string]object{"seats_in_use": nil})
	add("create-subscription", http.MethodPost, "/v1/workspaces/new/subscription", aBuy, map[string]object{
		"price_not_found": {"price": "none"}, "price_archived": {"price": "pro-gone"}, "product_archived": {"price": "old-month"},
		"name_invalid": {"price": "a b"}, "seats_out_of_range": {"seats": 0}, "collection_invalid": {"collection": "cash"},
		"payment_method_not_found": {"payment_method": "card"},
		"coupon_not_found":         {"coupon": "ten"}, "days_until_due_invalid": {"days_until_due": 366}, "time_zone_unknown": {"time_zone": "Mars"},
		"billing_anchor_invalid": {"billing_anchor": "2020-02-30"},
	})
	add("create-coupon", http.MethodPost, "/v1/coupons", aCoupon, map[string]object{
		"coupon_exists": {"code": "euro"}, "name_invalid": {"code": "10 %"}, "percent_or_amount": {"percent_off": nil},
		"percent_off_invalid": {"percent_off": "101"}, "duration_invalid": {"duration": "year"}, "periods_invalid": {"duration": "periods"},
		"display_name_invalid": {"name": ""}, "months_invalid": {"duration": "months"}, "months_not_allowed": {"months": 3},
		"duration_not_allowed": {"percent_off": nil, "amount_off": object{"amount": "1", "currency": "USD"}, "duration": "months", "months": 3},
		"periods_not_allowed":  {"periods": 3}, "amount_off_invalid": {"percent_off": nil, "amount_off": object{"amount": "0.001", "currency": "USD"}},
	})
	add("start-trial", http.MethodPost, "/v1/workspaces/new/trial", aTrial, map[string]object{
		"price_not_found": {"price": "none"}, "price_archived": {"price": "pro-gone"}, "product_archived": {"price": "old-month"},
		"name_invalid": {"price": "a b"}, "no_trial": {"price": "pro-month"}, "seats_out_of_range": {"seats": 0},
		"time_zone_unknown": {"time_zone": "Mars"}, "at_end_invalid": {"at_end": "party"}, "coupon_not_found": {"coupon": "none"},
		"currency_mismatch": {"coupon": "euro"},
	})
	for workspace, code := range map[string]string{"tried": "trial_already_used", "taken": "subscription_exists", "behind": "too_far_behind"} {
		add("start-trial", http.MethodPost, "/v1/workspaces/"+workspace+"/trial", aTrial, map[string]object{code: nil})
	}
	add("start-trial", http.MethodPost, "/v1/workspaces/full/trial", aTrial, map[string]object{"seats_in_use": {"seats": 1}})
	late := object{"end": "2199-01-01T00:00:00Z", "reason": "nice"}
	for workspace, code := range map[string]string{"new": "no_subscription", "taken": "invalid_transition", "behind": "too_far_behind"} {
		add("convert-trial", http.MethodPost, "/v1/workspaces/"+workspace+"/trial/convert", nil, map[string]object{code: nil})
		add("cancel-trial", http.MethodPost, "/v1/workspaces/"+workspace+"/trial/cancel", nil, map[string]object{code: nil})
		add("extend-trial", http.MethodPost, "/v1/workspaces/"+workspace+"/trial/extend", late, map[string]object{code: nil})
	}
	add("convert-trial", http.MethodPost, "/v1/workspaces/trying-waits/trial/convert", nil, map[string]object{"change_in_progress": nil})
	add("convert-trial", http.MethodPost, "/v1/workspaces/trying-ends/trial/convert", nil, map[string]object{"invalid_transition": nil})
	add("extend-trial", http.MethodPost, "/v1/workspaces/trying-waits/trial/extend", late, map[string]object{"change_in_progress": nil})
	add("extend-trial", http.MethodPost, "/v1/workspaces/trying/trial/extend", late, map[string]object{"end_invalid": nil})
	add("convert-trial", http.MethodPost, "/v1/workspaces/trying/trial/convert", nil, map[string]object{
		"price_not_found": {"price": "none"}, "price_archived": {"price": "pro-gone"}, "product_archived": {"price": "old-month"},
		"name_invalid": {"price": ""}, "currency_mismatch": {"price": "team-eur"}, "family_mismatch": {"price": "desk-try"},
		"coupon_not_found": {"coupon": "none"},
		"seats_in_use":     {"seats": 1}, "seats_out_of_range": {"seats": 0}, "collection_invalid": {"collection": "cash"},
		"payment_method_not_found": {"payment_method": "card"}, "anchor_invalid": {"anchor": "never"},
	})
	add("upgrade-subscription", http.MethodPost, "/v1/workspaces/new/subscription/upgrade", nil, map[string]object{"no_subscription": {"price": "team-month"}})
	add("upgrade-subscription", http.MethodPost, "/v1/workspaces/taken/subscription/upgrade", nil, map[string]object{
		"price_not_found": {"price": "none"}, "price_archived": {"price": "pro-gone"}, "product_archived": {"price": "old-month"},
		"name_invalid": {"price": ""}, "quote_not_found": {"price": "team-month", "quote": "q"}, "no_change": {"price": "pro-month"},
		"currency_mismatch": {"price": "team-eur"}, "seats_out_of_range": {"price": "team-many"},
	})
	add("change-seats", http.MethodPost, "/v1/workspaces/new/subscription/seats", nil, map[string]object{"no_subscription": {"seats": 1}})
	add("change-seats", http.MethodPost, "/v1/workspaces/taken/subscription/seats", nil, map[string]object{
		"seats_in_use": {"seats": 1}, "seats_out_of_range": {"seats": 0},
	})
	add("upgrade-subscription", http.MethodPost, "/v1/workspaces/behind/subscription/upgrade", nil, map[string]object{"too_far_behind": {"price": "team-month"}})
	add("change-seats", http.MethodPost, "/v1/workspaces/behind/subscription/seats", nil, map[string]object{"too_far_behind": {"seats": 2}})
	add("upgrade-subscription", http.MethodPost, "/v1/workspaces/owing/subscription/upgrade", nil, map[string]object{"payment_past_due": {"price": "team-month"}})
	add("change-seats", http.MethodPost, "/v1/workspaces/owing/subscription/seats", nil, map[string]object{"payment_past_due": {"seats": 2}})
	add("create-subscription", http.MethodPost, "/v1/workspaces/owing/subscription", aBuy, map[string]object{"payment_past_due": nil})
	add("convert-trial", http.MethodPost, "/v1/workspaces/owing/trial/convert", nil, map[string]object{"payment_past_due": nil})
	add("retry-job", http.MethodPost, "/v1/jobs/subscription:new/retry", nil, map[string]object{"job_not_found": nil})
	add("park-job", http.MethodPost, "/v1/jobs/renewal~subscription:new/park", object{"reason": "why"}, map[string]object{"job_not_found": nil})
	add("park-job", http.MethodPost, "/v1/jobs/renewal~subscription:behind/park", object{"reason": "why"}, map[string]object{"reason_invalid": {"reason": ""}})
	add("resolve-payment", http.MethodPost, "/v1/payments/none/resolve", object{"outcome": "failed", "reference": "r", "reason": "why"}, map[string]object{
		"payment_not_found": nil,
	})
	add("advance-clock", http.MethodPost, "/v1/clock/advance", nil, map[string]object{"clock_not_found": {"to": "2100-01-01T00:00:00Z"}})
	for code, to := range map[string]string{"clock_backwards": "2020-01-01T00:00:00Z", "to_invalid": "2200-12-31T23:59:59Z"} {
		cases = append(cases, refusalCase{"advance-clock", code, func(c *client) *answered {
			c.token = c.sandbox
			return c.post("/v1/clock/advance", object{"to": to})
		}})
	}
	add("get-subscription", http.MethodGet, "/v1/workspaces/new/subscription", nil, map[string]object{"no_subscription": nil})
	// onInvoice does something to the first invoice of a workspace, after it was done so many times.
	onInvoice := func(route, action string, base object) func(code, workspace string, times int, change object) {
		add(route, http.MethodPost, "/v1/invoices/none/"+action, base, map[string]object{"invoice_not_found": nil})
		return func(code, workspace string, times int, change object) {
			cases = append(cases, refusalCase{route, code, func(c *client) *answered {
				path := "/v1/invoices/" + c.get("/v1/workspaces/"+workspace+"/invoices").is(200).text("data.0.id") + "/" + action
				for range times {
					if again := ask(route, code, http.MethodPost, path, base, change).ask(c); again.status >= 300 {
						return again
					}
				}
				return ask(route, code, http.MethodPost, path, base, change).ask(c)
			}})
		}
	}
	payment := onInvoice("record-payment", "record-payment", object{"amount": dollars("1.00"), "reference": "wire"})
	payment("too_far_behind", "behind", 0, nil)
	payment("amount_invalid", "taken", 0, object{"amount": dollars("0.001")})
	payment("currency_mismatch", "taken", 0, object{"amount": object{"amount": "1.00", "currency": "EUR"}})
	payment("reference_invalid", "taken", 0, object{"reference": ""})
	payment("paid_at_invalid", "taken", 0, object{"paid_at": "2200-01-01T00:00:00Z"})
	note := onInvoice("issue-credit-note", "credit-notes", object{"amount": dollars("1.00"), "reason": "sorry"})
	note("too_far_behind", "behind", 0, nil)
	note("invoice_not_finalized", "unissued", 0, nil)
	note("nothing_to_credit", "nothing", 0, nil)
	note("credit_exceeds_invoice", "noted", 0, object{"amount": dollars("24.01")})
	note("reason_invalid", "noted", 0, object{"reason": ""})
	note("amount_or_lines", "noted", 0, object{"amount": nil})
	note("amount_invalid", "noted", 0, object{"amount": dollars("1.001")})
	note("currency_mismatch", "noted", 0, object{"amount": object{"amount": "1.00", "currency": "EUR"}})
	note("line_not_found", "noted", 0, object{"amount": nil, "lines": []any{object{"key": "none"}}})
	void := onInvoice("void-invoice", "void", object{"reason": "wrong"})
	void("too_far_behind", "behind", 0, nil)
	void("invoice_voided", "voided", 1, nil)
	void("reason_invalid", "noted", 0, object{"reason": ""})
	gone := onInvoice("write-off-invoice", "write-off", object{"reason": "gone"})
	gone("too_far_behind", "behind", 0, nil)
	gone("invoice_not_finalized", "unissued", 0, nil)
	gone("invoice_voided", "voided", 0, nil)
	gone("nothing_due", "written", 1, nil)
	gone("reason_invalid", "noted", 0, object{"reason": ""})
	note("invoice_voided", "voided", 0, nil)
	add("get-credit-note", http.MethodGet, "/v1/credit-notes/none", nil, map[string]object{"credit_note_not_found": nil})
	add("print-invoice", http.MethodGet, "/v1/invoices/none/print", nil, map[string]object{"invoice_not_found": nil})
	add("pdf-invoice", http.MethodGet, "/v1/invoices/none/pdf", nil, map[string]object{"invoice_not_found": nil})
	add("print-credit-note", http.MethodGet, "/v1/credit-notes/none/print", nil, map[string]object{"credit_note_not_found": nil})
	add("pdf-credit-note", http.MethodGet, "/v1/credit-notes/none/pdf", nil, map[string]object{"credit_note_not_found": nil})
	credit := object{"amount": dollars("1.00"), "reason": "sorry"}
	add("grant-credit", http.MethodPost, "/v1/workspaces/behind/credits", credit, map[string]object{"too_far_behind": nil})
	add("grant-credit", http.MethodPost, "/v1/workspaces/new/credits", credit, map[string]object{
		"amount_invalid": {"amount": dollars("0.00")}, "reason_invalid": {"reason": ""},
	})
	add("refund-credit", http.MethodPost, "/v1/workspaces/behind/credits/refund", credit, map[string]object{"too_far_behind": nil})
	add("refund-credit", http.MethodPost, "/v1/workspaces/new/credits/refund", credit, map[string]object{
		"amount_invalid": {"amount": dollars("0.00")}, "reason_invalid": {"reason": ""}, "credit_too_small": nil,
	})
	add("get-refund", http.MethodGet, "/v1/refunds/none", nil, map[string]object{"refund_not_found": nil})
	add("record-refund", http.MethodPost, "/v1/refunds/none/record", object{"reference": "wire"}, map[string]object{"refund_not_found": nil})
	add("retry-refund", http.MethodPost, "/v1/refunds/none/retry", nil, map[string]object{"refund_not_found": nil})
	cases = append(append(cases, refundCases...), gatewayRefundCases...)
	add("get-member-payments", http.MethodGet, "/v1/workspaces/taken/member-payments?invoice=none", nil, map[string]object{"invoice_not_found": nil})
	add("get-member-payments", http.MethodGet, "/v1/workspaces/taken/member-payments?credit_note=none", nil, map[string]object{"credit_note_not_found": nil})
	add("link-invoice", http.MethodPost, "/v1/invoices/none/link", nil, map[string]object{"invoice_not_found": nil})
	add("link-credit-note", http.MethodPost, "/v1/credit-notes/none/link", nil, map[string]object{"credit_note_not_found": nil})
	add("get-invoice", http.MethodGet, "/v1/invoices/none", nil, map[string]object{"invoice_not_found": nil})
	add("get-invoice-by-number", http.MethodGet, "/v1/invoices/by-number/none", nil, map[string]object{"invoice_not_found": nil})
	add("get-price", http.MethodGet, "/v1/prices/none", nil, map[string]object{"price_not_found": nil})
	add("get-coupon", http.MethodGet, "/v1/coupons/none", nil, map[string]object{"coupon_not_found": nil})
	add("set-tax", http.MethodPut, "/v1/workspaces/behind/tax", object{"status": "standard"}, map[string]object{"too_far_behind": nil})
	add("set-tax", http.MethodPut, "/v1/workspaces/new/tax", object{"status": "standard"}, map[string]object{
		"status_invalid": {"status": "none"}, "rate_not_allowed": {"status": "exempt", "reason": "x", "rate": "0.1"},
		"tax_rate_invalid": {"rate": "19"}, "reason_required": {"status": "exempt"}, "reason_invalid": {"reason": " "},
	})
	oneOff := object{"currency": "USD", "lines": []any{anItem}}
	for _, name := range []string{"issue-invoice", "add-invoice-item"} {
		path, base := "/v1/workspaces/new/invoices", oneOff
		if name == "add-invoice-item" {
			path, base = "/v1/workspaces/new/invoice-items", object{"currency": "USD", "description": "Setup", "unit_amount": "5.00"}
		}
		bad := func(field string, value any) object {
			if name == "add-invoice-item" {
				return object{field: value}
			}
			line := maps.Clone(anItem)
			line[field] = value
			return object{"lines": []any{line}}
		}
		beyond := bad("unit_amount", "999999999999999999")
		if lines, of := beyond["lines"].([]any); of {
			lines[0].(object)["quantity"] = 1_000_000
		} else {
			beyond["quantity"] = 1_000_000
		}
		add(name, http.MethodPost, path, base, map[string]object{
			"currency_required": {"currency": nil}, "currency_unknown": {"currency": "ABC"}, "description_invalid": bad("description", " "),
			"quantity_invalid": bad("quantity", 0), "unit_amount_invalid": bad("unit_amount", "1.001"), "tax_rate_invalid": bad("tax_rate", "19"),
			"tax_behavior_invalid": bad("tax_behavior", "x"), "amount_out_of_range": beyond,
			"period_invalid": bad("period", object{"start": "2031-01-01T00:00:00Z", "end": "2031-01-01T00:00:00Z"}),
		})
		add(name, http.MethodPost, strings.Replace(path, "/new/", "/behind/", 1), base, map[string]object{"too_far_behind": nil})
	}
	add("issue-invoice", http.MethodPost, "/v1/workspaces/new/invoices", oneOff, map[string]object{
		"lines_invalid": {"lines": []any{}}, "collection_invalid": {"collection": "cash"}, "days_until_due_invalid": {"days_until_due": 366},
	})
	add("add-invoice-item", http.MethodPost, "/v1/workspaces/taken/invoice-items", anItem, map[string]object{"currency_mismatch": {"currency": "EUR"}})
	add("remove-invoice-item", http.MethodDelete, "/v1/workspaces/new/invoice-items/none", nil, map[string]object{"item_not_found": nil})
	add("remove-invoice-item", http.MethodDelete, "/v1/workspaces/behind/invoice-items/none", nil, map[string]object{"too_far_behind": nil})
	add("get-seller", http.MethodGet, "/v1/seller", nil, map[string]object{"seller_not_found": nil})
	add("set-seller", http.MethodPut, "/v1/seller", aSeller, map[string]object{
		"legal_name_invalid": {"legal_name": ""}, "address_invalid": {"address": ""}, "country_invalid": {"country": "gb"},
		"tax_id_invalid": {"tax_id": strings.Repeat("1", 65)}, "registration_invalid": {"registration": " "}, "email_invalid": {"email": "ada"},
		"phone_invalid": {"phone": " "}, "website_invalid": {"website": " "}, "terms_invalid": {"terms": "\n"}, "footer_invalid": {"footer": "\n"},
		"bank_name_invalid": {"bank": object{"name": "", "account": "1"}}, "iban_or_account": {"bank": object{"name": "B"}},
		"iban_invalid": {"bank": object{"name": "B", "iban": "1"}}, "account_invalid": {"bank": object{"name": "B", "account": " "}},
		"bic_invalid": {"bank": object{"name": "B", "account": "1", "bic": "1"}}, "logo_invalid": {"logo": "svg"},
		"logo_too_large": {"logo": strings.Repeat("AAAA", 22_000)}, "invoice_prefix_invalid": {"invoice_prefix": "7"},
		"credit_note_prefix_invalid": {"credit_note_prefix": "7"}, "time_zone_unknown": {"time_zone": "Mars"},
	})
	for kind, path := range map[string]string{
		"billing": "/v1/workspaces/new/billing-details", "member": "/v1/workspaces/new/members/nobody/details",
	} {
		add("get-"+kind+"-details", http.MethodGet, path, nil, map[string]object{"details_not_found": nil})
		add("erase-"+kind+"-details", http.MethodDelete, path, nil, map[string]object{"details_not_found": nil})
		add("set-"+kind+"-details", http.MethodPut, path, nil, map[string]object{
			"details_required": {"name": ""}, "display_name_invalid": {"name": " "}, "email_invalid": {"email": "ada"},
		})
	}
	add("set-billing-details", http.MethodPut, "/v1/workspaces/new/billing-details", nil, map[string]object{
		"address_invalid": {"address": "\n"}, "tax_id_invalid": {"tax_id": strings.Repeat("1", 65)}, "country_invalid": {"country": "de"},
	})
	add("allocate-seat", http.MethodPost, "/v1/workspaces/taken/seats", aSeat, map[string]object{
		"member_exists": {"member": "ada"}, "no_seat_available": nil, "no_guest_seat_available": {"role": "guest"},
		"name_invalid": {"member": "ada@example.com"}, "role_invalid": {"role": "owner"}, "state_invalid": {"state": "gone"},
		"expires_at_not_allowed": {"expires_at": "2200-01-01T00:00:00Z"}, "expires_at_invalid": {"state": "invited", "expires_at": "2020-01-01T00:00:00Z"},
	})
	add("accept-seat", http.MethodPost, "/v1/workspaces/taken/seats/nobody/accept", nil, map[string]object{"member_not_found": nil})
	add("accept-seat", http.MethodPost, "/v1/workspaces/taken/seats/ada/accept", nil, map[string]object{"invalid_transition": nil})
	add("accept-seat", http.MethodPost, "/v1/workspaces/lapsed/seats/late/accept", nil, map[string]object{"invitation_expired": nil})
	add("change-role", http.MethodPut, "/v1/workspaces/lapsed/seats/later", nil, map[string]object{"invitation_expired": {"role": "admin"}})
	add("change-role", http.MethodPut, "/v1/workspaces/taken/seats/nobody", nil, map[string]object{"member_not_found": {"role": "admin"}})
	add("change-role", http.MethodPut, "/v1/workspaces/taken/seats/ada", nil, map[string]object{
		"no_guest_seat_available": {"role": "guest"}, "role_invalid": {"role": "Admin"},
	})
	add("change-role", http.MethodPut, "/v1/workspaces/taken/seats/gil", nil, map[string]object{"no_seat_available": {"role": "admin"}})
	add("release-seat", http.MethodDelete, "/v1/workspaces/taken/seats/nobody", nil, map[string]object{"member_not_found": nil})
	list := func(members ...any) object { return object{"members": members} }
	add("sync-seats", http.MethodPut, "/v1/workspaces/taken/seats", nil, map[string]object{
		"no_seat_available":       list(object{"member": "a", "role": "admin"}, object{"member": "b", "role": "admin"}, object{"member": "c", "role": "admin"}),
		"no_guest_seat_available": list(object{"member": "a", "role": "guest"}, object{"member": "b", "role": "guest"}, object{"member": "c", "role": "guest"}),
		"name_invalid":            list(object{"member": "", "role": "admin"}),
		"duplicate_member":        list(object{"member": "a", "role": "admin"}, object{"member": "a", "role": "admin"}),
		"role_invalid":            list(object{"member": "a", "role": ""}),
		"state_invalid":           list(object{"member": "a", "role": "admin", "state": "free"}),
	})
	squeezed := map[string]object{"pending_change_conflict": {"role": "admin"}}
	add("allocate-seat", http.MethodPost, "/v1/workspaces/squeezed/seats", object{"member": "bob"}, squeezed)
	add("change-role", http.MethodPut, "/v1/workspaces/squeezed/seats/gil", nil, squeezed)
	add("sync-seats", http.MethodPut, "/v1/workspaces/squeezed/seats", nil, map[string]object{
		"pending_change_conflict": list(object{"member": "a", "role": "admin"}, object{"member": "b", "role": "admin"}),
	})
	add("check-seats", http.MethodPost, "/v1/workspaces/taken/seats/check", nil, map[string]object{"role_invalid": {"invite": []any{object{"role": "owner"}}}})
	return append(cases, itemsTooMany, itemOnInvoice, linkIsOver, noteLinkIsOver, lineRepeated, lineExceeded, paidIsNotVoid, creditedIsNotVoid, notAnUpgrade, noReason,
		whileIncomplete("upgrade-subscription", http.MethodPost, "/upgrade", object{"price": "team-month"}),
		whileIncomplete("change-seats", http.MethodPost, "/seats", object{"seats": 3}))
}()

func dollars(amount string) object { return object{"amount": amount, "currency": "USD"} }

func manyTiers(n int) []any {
	tiers := make([]any, n)
	for i := range tiers {
		tiers[i] = object{"up_to": i + 1, "unit_amount": "1"}
	}
	return tiers
}

var notAnUpgrade = refusalCase{"upgrade-subscription", "not_an_upgrade", func(c *client) *answered {
	c.buy("yearly", "pro-year", 1)
	return c.post("/v1/workspaces/yearly/subscription/upgrade", object{"price": "pro-month"}).
		says(object{"available_actions": []any{"upgrade", "downgrade", "change_seats", "remove_unused_seats", "cancel", "pause",
			"change_collection", "apply_discount"}})
}}

// firstLine is a new workspace's invoice and the key of its line.
func firstLine(c *client, workspace string) (invoice, line string) {
	bought := c.buy(workspace, "pro-month", 2)
	invoice = "/v1/invoices/" + bought.text("invoice")
	return invoice, c.get(invoice, bought.position()).is(200).text("lines.0.key")
}

var lineRepeated = refusalCase{"issue-credit-note", "line_repeated", func(c *client) *answered {
	invoice, key := firstLine(c, "repeated")
	return c.post(invoice+"/credit-notes", object{"lines": []any{object{"key": key}, object{"key": key}}, "reason": "sorry"})
}}

var linkIsOver = refusalCase{"link-invoice", "expires_at_invalid", func(c *client) *answered {
	invoice, _ := firstLine(c, "linked")
	return c.post(invoice+"/link", object{"expires_at": "2020-01-01T00:00:00Z"})
}}

var noteLinkIsOver = refusalCase{"link-credit-note", "expires_at_invalid", func(c *client) *answered {
	invoice, _ := firstLine(c, "linked-note")
	note := c.post(invoice+"/credit-notes", object{"amount": dollars("1.00"), "reason": "sorry"}).is(201)
	return c.post("/v1/credit-notes/"+note.text("id")+"/link", object{"expires_at": "2020-01-01T00:00:00Z"})
}}

var anItem = object{"description": "Setup", "unit_amount": "5.00"}

var itemsTooMany = refusalCase{"add-invoice-item", "items_too_many", func(c *client) *answered {
	for range item.WaitingMax {
		c.post("/v1/workspaces/taken/invoice-items", anItem).is(201)
	}
	return c.post("/v1/workspaces/taken/invoice-items", anItem)
}}

var itemOnInvoice = refusalCase{"remove-invoice-item", "item_on_invoice", func(c *client) *answered {
	waits := c.post("/v1/workspaces/item-waits/invoice-items", object{"currency": "USD", "description": "Setup", "unit_amount": "5.00"}).is(201)
	c.post("/v1/workspaces/item-waits/subscription", object{"price": "pro-month", "seats": 1, "collection": "automatic"}).is(202)
	return c.delete("/v1/workspaces/item-waits/invoice-items/" + waits.text("id"))
}}

var lineExceeded = refusalCase{"issue-credit-note", "credit_exceeds_line", func(c *client) *answered {
	invoice, key := firstLine(c, "exceeded")
	return c.post(invoice+"/credit-notes", object{"lines": []any{object{"key": key, "amount": dollars("24.01")}}, "reason": "sorry"}).
		says(object{"errors.0.pointer": "/lines/0/amount"})
}}

var paidIsNotVoid = refusalCase{"void-invoice", "invoice_paid", func(c *client) *answered {
	invoice, _ := firstLine(c, "partly")
	c.post(invoice+"/record-payment", object{"amount": dollars("1.00"), "reference": "wire"}).is(200)
	return c.post(invoice+"/void", nil).says(object{"available_actions": []any{"record_payment", "credit_notes", "write_off"}})
}}

var creditedIsNotVoid = refusalCase{"void-invoice", "invoice_credited", func(c *client) *answered {
	invoice, _ := firstLine(c, "changed")
	c.post("/v1/workspaces/changed/subscription/upgrade", object{"price": "team-month"}).is(200)
	return c.post(invoice+"/void", nil).says(object{"available_actions": []any{"record_payment", "write_off"}})
}}

var noReason = refusalCase{"extend-trial", "reason_invalid", func(c *client) *answered {
	end, err := time.Parse(time.RFC3339, c.get("/v1/workspaces/trying/trial").is(200).text("data.0.end"))
	if err != nil {
		c.t.Fatal(err)
	}
	return c.post("/v1/workspaces/trying/trial/extend", object{"end": end.AddDate(0, 0, 1), "reason": ""})
}}

func TestNoSeatSaysWhy(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 1)
	c.post("/v1/workspaces/acme/seats", object{"member": "ada", "role": "admin", "state": "invited"}).is(201)
	c.post("/v1/workspaces/acme/seats", aSeat).refused(409, "no_seat_available").
		says(object{"purchased": 1, "reserved": 1, "allocated": 0})
}

// refundCases refuse what would pay out more than came, and what can't be recorded of a refund.
var refundCases = []refusalCase{
	{"refund-credit", "refund_exceeds_payments", func(c *client) *answered {
		c.post("/v1/workspaces/gifted/credits", object{"amount": dollars("9.00"), "reason": "gift"}).is(201)
		return c.post("/v1/workspaces/gifted/credits/refund", object{"amount": dollars("1.00"), "reason": "cash"})
	}},
	{"record-refund", "reference_invalid", func(c *client) *answered { return c.recordRefund("backs", object{"reference": ""}) }},
	{"record-refund", "paid_at_invalid", func(c *client) *answered {
		return c.recordRefund("backed", object{"reference": "wire", "paid_at": "2200-01-01T00:00:00Z"})
	}},
	{"record-refund", "refund_settled", func(c *client) *answered {
		body := object{"reference": "wire"}
		return c.post(strings.TrimPrefix(c.recordRefund("settled", body).is(200).what, "POST "+c.base), body)
	}},
}

// gatewayRefundCases refuse what can't be done with refunds of what a gateway took.
var gatewayRefundCases = []refusalCase{
	{"retry-refund", "refund_settled", func(c *client) *answered {
		settled := c.recordRefund("settled-too", object{"reference": "wire"}).is(200)
		return c.post("/v1/refunds/"+settled.text("id")+"/retry", nil)
	}},
	{"retry-refund", "invalid_transition", func(c *client) *answered {
		c.recordRefund("by-hand", object{"reference": ""})
		return c.post("/v1/refunds/"+c.get("/v1/refunds?workspace=by-hand").is(200).text("data.0.id")+"/retry", nil)
	}},
	{"retry-refund", "refund_in_progress", func(c *client) *answered { return c.post(c.openRefund("back-open")+"/retry", nil) }},
	{"record-refund", "refund_in_progress", func(c *client) *answered {
		return c.post(c.openRefund("back-open-too")+"/record", object{"reference": "wire"})
	}},
}

// openRefund lets what a gateway took of a new workspace of the sandbox go back, and gives the path of that refund.
func (c *client) openRefund(workspace string) string {
	c.t.Helper()
	c.token = c.sandbox
	c.attach(workspace, "tok_ok")
	c.post(of(workspace), asks()).is(201)
	ended := c.post(of(workspace)+"/cancel", object{"when": "now", "settlement": "refund"}).is(200)
	return "/v1/refunds/" + c.get("/v1/refunds?workspace="+workspace, ended.position()).is(200).text("data.0.id")
}

// recordRefund lets all that a new workspace paid go back, and records that refund.
func (c *client) recordRefund(workspace string, body object) *answered {
	c.t.Helper()
	bought := c.buy(workspace, "pro-month", 1)
	c.post("/v1/invoices/"+bought.text("invoice")+"/record-payment", object{"amount": dollars("12.00"), "reference": "wire"}).is(200)
	ended := c.post(of(workspace)+"/cancel", object{"when": "now", "settlement": "refund"}).is(200)
	id := c.get("/v1/refunds?workspace="+workspace, ended.position()).is(200).text("data.0.id")
	return c.post("/v1/refunds/"+id+"/record", body)
}
