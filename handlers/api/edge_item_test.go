package api

import (
	"strings"
	"testing"
)

func (c *client) oneOff(workspace string, body object) *answered {
	c.t.Helper()
	return c.post("/v1/workspaces/"+workspace+"/invoices", body)
}

func (c *client) addItem(workspace string, body object) string {
	c.t.Helper()
	return c.post("/v1/workspaces/"+workspace+"/invoice-items", body).is(201).text("id")
}

// One-off invoices are issued at once, for a workspace with or without a subscription.
func TestOneOffInvoices(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	lines := []any{
		object{"description": "Setup", "unit_amount": "150.00", "tax_rate": "0.2"},
		object{"description": "Hours", "quantity": 3, "unit_amount": "80", "tax_behavior": "inclusive", "tax_rate": "0.2",
			"period": object{"start": "2025-12-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}},
		object{"description": "Gift", "unit_amount": "0"},
	}
	c.oneOff("new", object{"lines": lines}).refused(422, "currency_required").says(object{"errors.0.pointer": "/currency"})
	issued := c.oneOff("new", object{"currency": "EUR", "lines": lines}).is(201).says(object{
		"number": "INV-000001", "reason": "manual", "status": "finalized", "payment_status": "pending", "subscription": nil, "currency": "EUR",
		"lines.0.kind": "item", "lines.0.description": "Setup", "lines.0.quantity": 1, "lines.0.unit_amount": "150.00", "lines.0.tax.amount": "30.00",
		"lines.1.amount.amount": "240.00", "lines.1.tax.amount": "40.00", "lines.1.period.start": "2025-12-01T00:00:00Z", "lines.2.amount.amount": "0.00",
		"subtotal.amount": "350.00", "tax.amount": "70.00", "total.amount": "420.00", "amount_due.amount": "420.00", "due_at": "2026-01-31T00:00:00Z",
	})
	c.get("/v1/invoices/"+issued.text("id"), issued.position()).is(200).says(object{"total.amount": "420.00", "reason": "manual"})
	c.get("/v1/workspaces/new/balance", issued.position()).is(200).says(object{"currency": "EUR", "receivable.amount": "420.00"})
	c.post("/v1/invoices/"+issued.text("id")+"/record-payment", object{"amount": object{"amount": "420.00", "currency": "EUR"}, "reference": "wire"}).is(200).
		says(object{"payment_status": "succeeded"})
	c.post("/v1/invoices/"+issued.text("id")+"/credit-notes", object{"lines": []any{object{"key": issued.text("lines.0.key")}}, "reason": "sorry"}).is(201).
		says(object{"total.amount": "180.00", "tax.amount": "30.00", "credit.amount": "180.00"})
	// Credit pays the next one as far as it goes.
	c.oneOff("new", object{"currency": "EUR", "lines": []any{object{"description": "More", "unit_amount": "200.00"}}, "days_until_due": 10}).is(201).says(object{
		"credit_applied.amount": "180.00", "amount_due.amount": "20.00", "due_at": "2026-01-11T00:00:00Z",
	})
	// With a subscription its currency and its terms hold.
	c.buy("acme", "one", 1)
	c.tax("acme", exempt)
	c.oneOff("acme", object{"lines": lines[:1]}).is(201).says(object{
		"currency": "USD", "lines.0.tax_treatment": "exempt", "tax.amount": "0.00", "total.amount": "150.00", "due_at": "2026-01-31T00:00:00Z",
	})
	c.oneOff("acme", object{"lines": lines[:1], "collection": "automatic"}).is(201).says(object{"status": "finalized", "due_at": "2026-01-01T00:00:00Z"})
	printed := c.get("/v1/invoices/"+issued.text("id")+"/print", issued.position()).is(200)
	for _, text := range []string{"Setup", "Hours", "420.00"} {
		if !strings.Contains(string(printed.body), text) {
			t.Errorf("%s is not on paper: %s", text, printed.body)
		}
	}
	c.post("/v1/invoices/"+c.oneOff("voids", object{"currency": "USD", "lines": lines[:1]}).is(201).text("id")+"/void", nil).is(200).
		says(object{"status": "voided"})
	c.post("/v1/workspaces/dry/invoices?dry_run=true", object{"currency": "USD", "lines": lines[:1]}).is(200).says(object{"invoice.total.amount": "180.00"})
}

// Items wait for the next renewal or beginning, are shown by the upcoming invoice, and have no discount.
func TestItemsJoinTheNextInvoice(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	c.waitForMoney()
	c.post("/v1/coupons", object{"code": "half", "percent_off": "50", "duration": "forever"}).is(201)
	setup := object{"description": "Setup", "unit_amount": "30.00"}
	c.post("/v1/workspaces/acme/invoice-items", setup).refused(422, "currency_required")
	first := c.addItem("acme", object{"currency": "USD", "description": "Setup", "unit_amount": "30.00"})
	other := c.addItem("acme", object{"currency": "EUR", "description": "Abroad", "unit_amount": "7.00"})
	c.get("/v1/workspaces/acme/invoice-items?limit=1").is(200).says(object{"data.0.id": first, "data.1": nil, "page.has_more": true})
	bought := c.post(of("acme"), object{"price": "one", "seats": 1, "collection": "send_invoice", "coupon": "half"}).is(201)
	c.billOf(bought).says(object{
		"reason": "create", "lines.0.kind": "charge", "lines.0.discount.amount": "50.00", "lines.1.kind": "item", "lines.1.key": first,
		"lines.1.amount.amount": "30.00", "lines.1.discount.amount": "0.00", "total.amount": "90.00", "period.end": "2026-02-01T00:00:00Z",
	})
	c.get("/v1/workspaces/acme/invoice-items").is(200).says(object{"data.0.id": other, "data.0.amount": object{"amount": "7.00", "currency": "EUR"}, "data.1": nil})
	c.post("/v1/workspaces/acme/invoice-items", object{"currency": "EUR", "description": "Abroad", "unit_amount": "7.00"}).refused(422, "currency_mismatch")

	second := c.addItem("acme", setup)
	third := c.addItem("acme", object{"description": "Hours", "unit_amount": "10.00", "quantity": 2, "tax_rate": "0.1"})
	c.get(of("acme") + "/upcoming-invoice").is(200).says(object{"lines.1.key": second, "lines.2.key": third, "total.amount": "112.00"})
	c.delete("/v1/workspaces/acme/invoice-items/" + second).is(200).says(object{"id": second, "amount.amount": "30.00"})
	c.delete("/v1/workspaces/acme/invoice-items/"+second).refused(404, "item_not_found")
	// A change in the middle takes none with it.
	c.advance("2026-01-15")
	c.billOf(c.post(of("acme")+"/seats", object{"seats": 2}).is(200)).says(object{"lines.0.kind": "seats", "lines.1": nil})
	renewed := c.advance("2026-02-01")
	c.get("/v1/workspaces/acme/invoices?limit=100", renewed.position()).is(200).says(object{
		"data.2.reason": "renewal", "data.2.lines.1.key": third, "data.2.lines.2": nil, "data.2.total.amount": "142.00", "data.2.period.end": "2026-03-01T00:00:00Z",
	})
	c.delete("/v1/workspaces/acme/invoice-items/"+third).refused(404, "item_not_found")
	// A credit of what is in force leaves the item alone.
	c.advance("2026-02-15")
	c.billOf(c.post(of("acme")+"/upgrade", object{"price": "two"}).is(200)).says(object{"lines.0.kind": "credit", "lines.1.kind": "charge", "lines.2": nil})
}

// What waits when a subscription ends is billed by an invoice of its own; what waits for money keeps its items.
func TestItemsAtTheEnd(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	c.addItem("acme", object{"currency": "EUR", "description": "Abroad", "unit_amount": "7.00"})
	c.buy("acme", "one", 1)
	c.addItem("acme", object{"description": "Hours", "unit_amount": "10.00"})
	c.post(of("acme")+"/cancel", object{"when": "period_end"}).is(200)
	ended := c.advance("2026-02-01")
	c.get("/v1/workspaces/acme/invoices", ended.position()).is(200).says(object{
		"data.1.reason": "manual", "data.1.currency": "EUR", "data.1.total.amount": "7.00", "data.1.issued_at": "2026-02-01T00:00:00Z",
		"data.2.reason": "manual", "data.2.currency": "USD", "data.2.total.amount": "10.00", "data.3": nil,
	})
	c.get("/v1/workspaces/acme/invoice-items").is(200).says(object{"data": []any{}})

	item := c.addItem("waits", object{"currency": "USD", "description": "Setup", "unit_amount": "30.00"})
	waiting := c.post(of("waits"), object{"price": "one", "seats": 1, "collection": "automatic"}).is(202)
	c.billOf(waiting).says(object{"status": "open", "total.amount": "150.00"})
	c.delete("/v1/workspaces/waits/invoice-items/"+item).refused(409, "item_on_invoice")
	c.advance("2026-02-02")
	c.get("/v1/workspaces/waits/invoice-items").is(200).says(object{"data.0.id": item})
	again := c.post(of("waits"), object{"price": "one", "seats": 1, "collection": "automatic"}).is(202)
	paid := c.post("/v1/invoices/"+again.text("invoice")+"/record-payment", object{"amount": dollars("150.00"), "reference": "wire"}).is(200).
		says(object{"payment_status": "succeeded", "lines.1.key": item})
	c.get("/v1/workspaces/waits/invoice-items", paid.position()).is(200).says(object{"data": []any{}})

	c.addItem("tries", object{"currency": "USD", "description": "Setup", "unit_amount": "30.00"})
	c.tryOut("tries", "one", 1)
	c.post("/v1/workspaces/tries/trial/convert", object{"collection": "send_invoice"}).is(200)
	c.get("/v1/workspaces/tries/invoice-items").is(200).says(object{"data": []any{}})
	c.addItem("gone", object{"currency": "USD", "description": "Setup", "unit_amount": "30.00"})
	c.tryOut("gone", "one", 1)
	last := c.advance("2026-03-01")
	c.get("/v1/workspaces/gone/invoices", last.position()).is(200).says(object{"data.0.reason": "manual", "data.0.total.amount": "30.00"})
}

// Items that come to too much together are billed one invoice after the other, and keep none from being issued.
func TestItemsBeyondOneInvoice(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	c.waitForMoney()
	c.buy("acme", "one", 1)
	huge := object{"description": "Tower", "unit_amount": "400000000000000000.00"}
	var items []string
	for range 4 {
		items = append(items, c.addItem("acme", huge))
	}
	c.post("/v1/workspaces/acme/invoice-items", object{"description": "Tower", "unit_amount": "500000000000000000.00"}).
		refused(422, "amount_out_of_range").says(object{"errors.0.pointer": "/unit_amount"})
	setup := c.addItem("acme", object{"description": "Setup", "unit_amount": "30.00"})
	c.get(of("acme") + "/upcoming-invoice").is(200).says(object{"lines.1.key": items[0], "lines.2.key": setup, "lines.3": nil})
	renewed := c.advance("2026-02-01")
	c.get("/v1/workspaces/acme/invoices", renewed.position()).is(200).says(object{
		"data.1.reason": "renewal", "data.1.lines.1.key": items[0], "data.1.lines.2.key": setup, "data.1.lines.3": nil,
	})
	c.tax("acme", object{"status": "standard", "rate": "0.99"})
	c.post(of("acme")+"/cancel", object{"when": "2026-03-05T00:00:00Z", "settlement": "none"}).is(200)
	ended := c.advance("2026-03-05")
	c.get("/v1/workspaces/acme/invoices", ended.position()).is(200).says(object{
		"data.2.reason": "renewal", "data.2.lines.1.key": items[1], "data.2.lines.2": nil,
		"data.3.reason": "manual", "data.3.lines.0.key": items[2], "data.3.lines.1": nil,
		"data.4.reason": "manual", "data.4.lines.0.key": items[3], "data.5": nil,
	})
	c.get("/v1/workspaces/acme/invoice-items").is(200).says(object{"data": []any{}})
}

// A one-off invoice that is collected and not paid keeps the workspace from buying more, and its subscription as it is.
func TestOneOffPastDue(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	c.buy("acme", "one", 1)
	owed := c.oneOff("acme", object{"lines": []any{object{"description": "Setup", "unit_amount": "30.00"}}, "collection": "automatic"}).is(201)
	c.post(of("acme")+"/seats", object{"seats": 2}).is(200)
	c.advance("2026-01-01T23:00:00Z")
	c.post(of("acme")+"/upgrade", object{"price": "two"}).refused(402, "payment_past_due").says(object{"invoices": []any{owed.text("id")}})
	c.get(of("acme")).is(200).says(object{"status": "active"})
	c.post("/v1/invoices/"+owed.text("id")+"/record-payment", object{"amount": dollars("30.00"), "reference": "wire"}).is(200)
	c.post(of("acme")+"/upgrade", object{"price": "two"}).is(200)
}

// Credit of the currency pays an item's invoice like any other.
func TestCreditPaysOneOffs(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	owed := c.oneOff("acme", object{"currency": "USD", "lines": []any{object{"description": "Setup", "unit_amount": "30.00"}}}).is(201)
	granted := c.post("/v1/workspaces/acme/credits", object{"amount": dollars("40.00"), "reason": "sorry"}).is(201)
	c.get("/v1/invoices/"+owed.text("id"), granted.position()).is(200).says(object{
		"credit_applied.amount": "30.00", "amount_due.amount": "0.00", "payment_status": "not_required",
	})
	c.get("/v1/workspaces/acme/balance", granted.position()).is(200).says(object{"credit.amount": "10.00", "receivable.amount": "0.00"})
}
