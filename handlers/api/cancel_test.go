package api

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// TestCancel: at the period's end it costs nothing, and until then it can be taken back.
func TestCancel(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	path := of("acme")
	bought := c.buy("acme", "pro-month", 2)
	end := bought.text("subscription.current_period.end")
	c.post(path+"/cancel?dry_run=true", object{"when": "period_end"}).is(200).says(object{"events.0.type": "subscription.cancellation_scheduled.v1"})
	c.post(path+"/cancel", object{"when": "period_end"}).is(200).
		says(object{"subscription.cancel_at": end, "subscription.status": "active", "invoice": nil})
	c.get(path+"/upcoming-invoice").refused(404, "no_upcoming_invoice")
	c.post(path+"/uncancel?dry_run=true", nil).is(200)
	c.post(path+"/uncancel", nil).is(200).says(object{"subscription.cancel_at": nil})
	at := b.now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
	c.post(path+"/cancel", object{"when": at}).refused(422, "settlement_required").says(object{"errors.0.pointer": "/settlement"})
	last := c.post(path+"/cancel", object{"when": at, "settlement": "credit"}).is(200).says(object{"subscription.cancel_at": at})
	b.advance(49 * time.Hour)
	c.get(path, last.position()).is(200).says(object{"status": "canceled", "cancel_at": nil, "available_actions": []any{"create"}})
	c.post(path+"/uncancel", nil).refused(409, "invalid_transition").says(object{"available_actions": []any{"create"}})
	again := c.buy("acme", "pro-month", 2).says(object{"subscription.previous": bought.text("subscription.id")})
	c.get("/v1/workspaces/acme/invoices", again.position()).is(200).
		says(object{"data.1.reason": "create", "data.2": nil})
	c.get("/v1/credit-notes?workspace=acme", again.position()).is(200).says(object{"data.0.invoice": bought.text("invoice"), "data.1": nil})
}

// TestCancelSettles: what is not used is kept, or lowers what is owed and then becomes credit or goes back.
func TestCancelSettles(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	for workspace, tt := range map[string]struct{ settlement, paid, credit, refunded string }{
		"none":   {"none", "24.00", "0.00", ""},
		"credit": {"credit", "24.00", "24.00", ""},
		"refund": {"refund", "24.00", "0.00", "24.00"},
		"partly": {"refund", "10.00", "0.00", "10.00"},
		"unpaid": {"refund", "", "0.00", ""},
	} {
		c.run(t, workspace, func(t *testing.T) {
			bought := c.buy(workspace, "pro-month", 2)
			if tt.paid != "" {
				c.post("/v1/invoices/"+bought.text("invoice")+"/record-payment",
					object{"amount": object{"amount": tt.paid, "currency": "USD"}, "reference": "wire"}).is(200)
			}
			before := len(b.events())
			body := object{"when": "now", "settlement": tt.settlement}
			c.post(of(workspace)+"/cancel?dry_run=true", body).is(200).says(object{"events.0.type": "subscription.canceled.v1"})
			ended := c.post(of(workspace)+"/cancel", body).is(200).
				says(object{"subscription.status": "canceled", "subscription.available_actions": []any{"create"}})
			if notes := ended.at("credit_notes").([]any); ended.at("invoice") != nil || (len(notes) == 0) != (tt.settlement == "none") {
				t.Errorf("%s: %s", workspace, ended.body)
			}
			c.get("/v1/workspaces/"+workspace+"/balance", ended.position()).is(200).says(object{"credit.amount": tt.credit})
			c.get("/v1/workspaces/"+workspace+"/current-plan", ended.position()).is(200).says(object{"status": "free", "product": "free"})
			refunded := ""
			for _, e := range b.events()[before:] {
				if fact, ok := e.Fact.(refund.Created); ok {
					refunded = fact.Amount.Plain()
				}
			}
			if refunded != tt.refunded {
				t.Errorf("%s: refunded %q, want %q", workspace, refunded, tt.refunded)
			}
		})
	}
}

// TestCancelBeforeThePayment: what was never paid for is gone at once, with its invoice.
func TestCancelBeforeThePayment(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	waits := c.post(of("acme"), object{"price": "pro-month", "seats": 2, "collection": "automatic"}).is(202)
	later := b.now().AddDate(0, 0, 7).UTC().Format(time.RFC3339)
	c.post(of("acme")+"/cancel", object{"when": later}).refused(422, "when_invalid")
	ended := c.post(of("acme")+"/cancel", object{"when": "period_end"}).is(200).says(object{"subscription.status": "canceled", "invoice": nil})
	c.get("/v1/invoices/"+waits.text("invoice"), ended.position()).is(200).says(object{"status": "voided"})
	c.get(of("acme")+"/upcoming-invoice").refused(404, "no_upcoming_invoice")
}

// TestPause: what is left becomes credit, nobody gets a seat, and service begins again with what it costs.
func TestPause(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.collect("acme", "pro-month", 2)
	path := of("acme")
	c.seat("acme", "ada", "admin")
	c.post(path+"/pause?dry_run=true", nil).is(200).says(object{"events.0.type": "subscription.paused.v1"})
	paused := c.post(path+"/pause", nil).is(200).says(object{"subscription.status": "paused"})
	c.get("/v1/workspaces/acme/balance", paused.position()).is(200).says(object{"credit.amount": "24.00"})
	c.get(path+"/upcoming-invoice").refused(404, "no_upcoming_invoice")
	c.post("/v1/workspaces/acme/seats", object{"member": "bob", "role": "member"}).refused(409, "no_seat_available")
	c.post(path+"/resume?dry_run=true", object{"anchor": "unchanged"}).is(200)
	// The credit covers all of it, so that nothing waits.
	c.post(path+"/resume", nil).is(200).says(object{"subscription.status": "active"})
	c.seat("acme", "bob", "member")
	b.advance(10 * 24 * time.Hour)
	c.post(path+"/pause", nil).is(200)
	waits := c.post(path+"/resume", object{"anchor": "now"}).is(202).
		says(object{"subscription.status": "paused", "subscription.pending_update.kind": "resume"})
	b.advance(23 * time.Hour)
	c.get(path, waits.position()).is(200).says(object{"status": "paused", "pending_update": nil})
	waits = c.post(path+"/resume", nil).is(202)
	paid := c.settle(waits)
	c.get(path, paid.position()).is(200).says(object{"status": "active", "pending_update": nil})
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"credit.amount": "0.00"})
}

// TestChangeCollection: the next invoices are paid as it says.
func TestChangeCollection(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 2)
	path := of("acme")
	c.put(path+"/collection", object{"collection": "automatic"}).is(200).
		says(object{"subscription.collection": "automatic", "subscription.days_until_due": 0, "invoice": nil})
	c.post(path+"/seats", object{"seats": 3}).is(202)
	c.delete(path + "/pending-update").is(200)
	c.put(path+"/collection?dry_run=true", object{"collection": "send_invoice", "days_until_due": 7}).is(200)
	c.put(path+"/collection", object{"collection": "send_invoice", "days_until_due": 7}).is(200).says(object{"subscription.days_until_due": 7})
	same := c.put(path+"/collection", object{"collection": "send_invoice", "days_until_due": 7}).is(200)
	upcoming := c.get(path+"/upcoming-invoice", same.position()).is(200)
	issued, err := time.Parse(time.RFC3339, upcoming.text("issued_at"))
	if err != nil || upcoming.text("due_at") != issued.AddDate(0, 0, 7).Format(time.RFC3339) {
		t.Errorf("%v %s", err, upcoming.body)
	}
	c.post(path+"/seats", object{"seats": 3}).is(200)
}

// TestDiscount: a coupon takes something off the periods to come.
func TestDiscount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	b.coupon(p, catalog.CreateCoupon{Code: "half", PercentOff: new("50"), Duration: "once"})
	b.coupon(p, catalog.CreateCoupon{Code: "tenth", PercentOff: new("10"), Duration: "forever"})
	c.buy("acme", "pro-month", 2)
	path := of("acme")
	c.post(path+"/discount?dry_run=true", object{"coupon": "half"}).is(200)
	c.post(path+"/discount", object{"coupon": "half"}).is(200).says(object{"subscription.discount.coupon": "half", "invoice": nil})
	c.get(path + "/upcoming-invoice").is(200).says(object{"subtotal.amount": "24.00", "discount.amount": "12.00", "total.amount": "12.00"})
	c.post(path+"/discount", object{"coupon": "tenth"}).is(200).says(object{"subscription.discount.coupon": "tenth"})
	upcoming := c.get(path + "/upcoming-invoice").is(200).says(object{"discount.amount": "2.40", "amount_due.amount": "21.60"})
	b.advance(32 * 24 * time.Hour)
	// What was said is what comes, and more seats have it too.
	preview := c.post(path+"/proration-preview", object{"seats": 3}).is(200)
	more := c.post(path+"/seats", object{"seats": 3, "quote": preview.at("quote")}).is(200)
	bills := c.get("/v1/workspaces/acme/invoices", more.position()).is(200)
	if got := string(rawAt(t, bills.body, "data", 1, "lines")); got != string(rawAt(t, upcoming.body, "lines")) {
		t.Errorf("upcoming %s\nbilled %s", upcoming.body, bills.body)
	}
	bills.says(object{"data.1.issued_at": upcoming.at("issued_at"), "data.1.due_at": upcoming.at("due_at"), "data.1.amount_due.amount": "21.60"})
	if preview.text("discount.amount") == "0.00" {
		t.Errorf("no discount: %s", preview.body)
	}
	c.delete(path + "/discount?dry_run=true").is(200)
	last := c.delete(path + "/discount").is(200).says(object{"subscription.discount": nil})
	c.get(path+"/upcoming-invoice", last.position()).is(200).says(object{"discount.amount": "0.00", "total.amount": "36.00"})
}
