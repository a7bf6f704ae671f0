package api

import (
	"testing"
	"time"
)

// TestRecordPayment: money that comes completes what waited for it, and what is too much becomes credit.
func TestRecordPayment(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	waits := c.post("/v1/workspaces/acme/subscription", object{"price": "pro-month", "seats": 2, "collection": "automatic"}).is(202)
	path := "/v1/invoices/" + waits.text("invoice") + "/record-payment"
	pay := func(amount string) object {
		return object{"amount": object{"amount": amount, "currency": "USD"}, "reference": "wire"}
	}
	c.post(path, pay("20.00")).is(200).says(object{"status": "open", "number": nil, "payment_status": "pending", "amount_paid.amount": "20.00"})
	c.post(path+"?dry_run=true", pay("5.00")).is(200)
	paid := c.post(path, pay("5.00")).is(200).
		says(object{"status": "finalized", "number": "INV-000001", "payment_status": "succeeded", "amount_paid.amount": "24.00"})
	c.get("/v1/invoices/"+waits.text("invoice"), paid.position()).is(200).says(object{"amount_paid.amount": "24.00"})
	c.get("/v1/workspaces/acme/subscription", paid.position()).is(200).says(object{"status": "active", "pending_update": nil})
	c.get("/v1/workspaces/acme/seats", paid.position()).is(200).says(object{"purchased": 2})
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"credit.amount": "1.00", "receivable.amount": "0.00"})
	more := c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 3}).is(202).says(object{"subscription.seats": 2, "subscription.pending_update.seats": 3})
	c.post("/v1/invoices/"+more.text("invoice")+"/record-payment", pay("11.00")).is(200).says(object{"credit_applied.amount": "1.00", "status": "finalized"})
}

// TestInvoices: what is bought is billed, and the bill says all of it.
func TestInvoices(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.post("/v1/products/pro/prices", object{
		"code": "pro-taxed", "currency": "USD", "interval": "month", "unit_amount": "10", "tax_rate": "0.19",
	}).is(201)
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"currency": nil, "credit": nil, "receivable": nil, "overdue": nil})
	bought := c.buy("acme", "pro-taxed", 3)
	shown := c.get("/v1/invoices/"+bought.text("invoice"), bought.position()).is(200).says(object{
		"number": "INV-000001", "workspace": "acme", "subscription": bought.text("subscription.id"), "reason": "create",
		"status": "finalized", "payment_status": "pending", "currency": "USD", "lines.0.kind": "charge", "lines.0.quantity": 3,
		"lines.0.amount": object{"amount": "30.00", "currency": "USD"}, "lines.0.tax.amount": "5.70", "lines.0.ratio": nil,
		"lines.0.source_line": nil, "subtotal.amount": "30.00", "discount.amount": "0.00", "tax.amount": "5.70",
		"total.amount": "35.70", "credit_applied.amount": "0.00", "amount_due.amount": "35.70", "amount_paid.amount": "0.00",
		"amount_credited.amount": "0.00", "period.end": bought.text("subscription.current_period.end"), "overdue": false,
	})
	if shown.header.Get("ETag") != `"v2"` || shown.text("issued_at") >= shown.text("due_at") {
		t.Errorf("%v %s", shown.header, shown.body)
	}
	waits := c.post("/v1/workspaces/birch/subscription", object{"price": "pro-month", "seats": 1, "collection": "automatic"}).is(202)
	c.get("/v1/invoices/"+waits.text("invoice"), waits.position()).is(200).
		says(object{"number": nil, "status": "open", "payment_status": "pending", "issued_at": nil, "due_at": nil, "amount_due.amount": "12.00"})
	more := c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 4}).is(200)
	ids := func(query string) (found []any) {
		t.Helper()
		for _, one := range c.get(query, more.position()).is(200).at("data").([]any) {
			found = append(found, one.(object)["id"])
		}
		return found
	}
	expect := func(query string, want ...string) {
		t.Helper()
		got := ids(query)
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Fatalf("%s: %v, want %v", query, got, want)
			}
		}
	}
	first, second, third := bought.text("invoice"), waits.text("invoice"), more.text("invoice")
	expect("/v1/invoices", first, second, third)
	expect("/v1/invoices?status=open", second)
	expect("/v1/invoices?workspace=acme&payment_status=pending", first, third)
	expect("/v1/workspaces/acme/invoices", first, third)
	expect("/v1/workspaces/acme/invoices?overdue=true")
	expect("/v1/invoices?overdue=false", first, second, third)
	page := c.get("/v1/workspaces/acme/invoices?limit=1").is(200)
	expect("/v1/workspaces/acme/invoices?limit=1&cursor="+page.text("page.next"), third)
	c.get("/v1/invoices?limit=1&cursor="+page.text("page.next")).refused(400, "cursor_invalid")
	c.get("/v1/workspaces/acme/balance").is(200).
		says(object{"currency": "USD", "credit.amount": "0.00", "receivable.amount": "47.60", "overdue.amount": "0.00"})
	b.advance(31 * 24 * time.Hour)
	expect("/v1/invoices?overdue=true", first, third)
	c.get("/v1/invoices/" + first).is(200).says(object{"overdue": true})
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"receivable.amount": "47.60", "overdue.amount": "47.60"})
}
