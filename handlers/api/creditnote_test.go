package api

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// TestCreditNotes: what was paid becomes credit, or goes back, and each note can be found again.
func TestCreditNotes(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	finance := &client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleFinance)}
	c.openShop()
	c.post("/v1/products/pro/prices", object{
		"code": "pro-taxed", "currency": "USD", "interval": "month", "unit_amount": "10", "tax_rate": "0.19",
	}).is(201)
	bought := c.buy("acme", "pro-taxed", 3)
	invoice := "/v1/invoices/" + bought.text("invoice")
	line := c.get(invoice, bought.position()).is(200).text("lines.0.key")
	finance.post(invoice+"/credit-notes?dry_run=true", object{"amount": dollars("1.00"), "reason": "sorry"}).is(200)
	first := finance.post(invoice+"/credit-notes", object{"amount": dollars("5.70"), "reason": "two days of outage"}).is(201).says(object{
		"number": "CN-000001", "invoice": bought.text("invoice"), "workspace": "acme", "reason": "two days of outage", "currency": "USD",
		"lines.0.key": line, "lines.0.amount.amount": "4.79", "lines.0.tax.amount": "0.91", "tax.amount": "0.91", "total.amount": "5.70",
		"reduced.amount": "5.70", "credit.amount": "0.00", "refund.amount": "0.00",
	})
	finance.post(invoice+"/record-payment", object{"amount": dollars("30.00"), "reference": "wire"}).is(200).says(object{"payment_status": "succeeded"})
	finance.post(invoice+"/credit-notes", object{"lines": []any{object{"key": line, "amount": dollars("2.00")}}, "reason": "sorry"}).is(201).
		says(object{"number": "CN-000002", "total.amount": "2.38", "credit.amount": "2.38", "refund.amount": "0.00"})
	last := finance.post(invoice+"/credit-notes", object{"lines": []any{object{"key": line}}, "reason": "sorry", "refund": true}).is(201).
		says(object{"number": "CN-000003", "total.amount": "27.62", "credit.amount": "0.00", "refund.amount": "27.62"})
	if last.header.Get("ETag") != `"v6"` {
		t.Errorf("ETag is %s", last.header.Get("ETag"))
	}
	finance.post(invoice+"/credit-notes", object{"amount": dollars("0.01"), "reason": "sorry"}).refused(409, "nothing_to_credit")
	c.get(invoice, last.position()).is(200).says(object{"amount_credited.amount": "35.70", "amount_paid.amount": "30.00"})
	c.get("/v1/workspaces/acme/balance", last.position()).is(200).says(object{"credit.amount": "2.38", "receivable.amount": "0.00"})
	if shown := c.get("/v1/credit-notes/"+first.text("id"), last.position()).is(200); !bytes.Equal(shown.body, first.body) {
		t.Errorf("shown %s\nmade  %s", shown.body, first.body)
	}
	another := c.buy("birch", "pro-taxed", 1)
	note := c.post("/v1/invoices/"+another.text("invoice")+"/credit-notes", object{"amount": dollars("1.00"), "reason": "sorry"}).is(201)
	for query, want := range map[string]string{
		"":                                   "CN-000001 CN-000002 CN-000003 CN-000004",
		"?workspace=birch":                   "CN-000004",
		"?workspace=":                        "CN-000001 CN-000002 CN-000003 CN-000004",
		"?invoice=" + bought.text("invoice"): "CN-000001 CN-000002 CN-000003",
		"?workspace=birch&invoice=" + bought.text("invoice"): "",
	} {
		c.run(t, "list"+query, func(t *testing.T) {
			var numbers []string
			for _, one := range c.get("/v1/credit-notes"+query, note.position()).is(200).at("data").([]any) {
				numbers = append(numbers, one.(object)["number"].(string))
			}
			if got := strings.Join(numbers, " "); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		})
	}
	if got := c.pages("/v1/credit-notes", "data", "number", 3, note.position()); len(got) != 4 || got[3] != "CN-000004" {
		t.Errorf("pages %v", got)
	}
}

// TestVoid: what was billed is owed no more, and what waited for an open invoice does not happen.
func TestVoid(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	bought := c.buy("acme", "pro-month", 2)
	invoice := "/v1/invoices/" + bought.text("invoice")
	voided := c.post(invoice+"/void", nil).is(200).says(object{
		"status": "voided", "number": "INV-000001", "payment_status": "not_required", "total.amount": "24.00", "amount_paid.amount": "0.00",
	})
	c.get("/v1/workspaces/acme/balance", voided.position()).is(200).says(object{"receivable.amount": "0.00"})
	c.post(invoice+"/void", object{"reason": "again"}).refused(409, "invoice_voided").says(object{"available_actions": []any{}})
	// Nothing of it is credited by a change: the new price is charged in full.
	upgraded := c.post("/v1/workspaces/acme/subscription/upgrade", object{"price": "team-month"}).is(200)
	c.get("/v1/invoices/"+upgraded.text("invoice"), upgraded.position()).is(200).says(object{"number": "INV-000002", "total.amount": "40.00", "lines.1": nil})

	waits := c.post("/v1/workspaces/birch/subscription", object{"price": "pro-month", "seats": 2, "collection": "automatic"}).is(202)
	c.post("/v1/invoices/"+waits.text("invoice")+"/record-payment", object{"amount": dollars("4.00"), "reference": "wire"}).is(200)
	last := c.post("/v1/invoices/"+waits.text("invoice")+"/void", object{"reason": "changed their mind"}).is(200).
		says(object{"status": "voided", "number": nil})
	c.get("/v1/workspaces/birch/subscription", last.position()).is(200).says(object{"status": "canceled", "pending_update": nil})
	c.get("/v1/workspaces/birch/balance", last.position()).is(200).says(object{"credit.amount": "4.00"})
	again := c.post("/v1/workspaces/birch/subscription", object{"price": "pro-month", "seats": 1, "collection": "automatic"}).is(202)
	c.get("/v1/invoices/"+again.text("invoice"), again.position()).is(200).says(object{"credit_applied.amount": "4.00", "amount_due.amount": "8.00"})
}

// TestWriteOff: what is given up is expected no more, and may still come.
func TestWriteOff(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	bought := c.buy("acme", "pro-month", 2)
	invoice := "/v1/invoices/" + bought.text("invoice")
	c.post(invoice+"/write-off?dry_run=true", nil).is(200).says(object{"events.0.data.reason": "by hand"})
	gone := c.post(invoice+"/write-off", object{"reason": "insolvent"}).is(200).says(object{"status": "finalized", "payment_status": "uncollectible"})
	c.get("/v1/workspaces/acme/balance", gone.position()).is(200).says(object{"receivable.amount": "0.00"})
	c.post(invoice+"/record-payment", object{"amount": dollars("24.00"), "reference": "wire"}).is(200).says(object{"payment_status": "succeeded"})
}

// TestCredits: what is given by hand pays for the next invoice.
func TestCredits(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	finance := &client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleFinance)}
	given := finance.post("/v1/workspaces/acme/credits", object{"amount": dollars("5.00"), "reason": "thank you"}, key("once")).is(201).
		says(object{"workspace": "acme", "amount.amount": "5.00", "reason": "thank you", "credit.amount": "5.00"})
	same(t, given, finance.post("/v1/workspaces/acme/credits", object{"amount": dollars("5.00"), "reason": "thank you"}, key("once")))
	more := finance.post("/v1/workspaces/acme/credits", object{"amount": dollars("2.50"), "reason": "more"}).is(201).says(object{"credit.amount": "7.50"})
	if more.header.Get("ETag") != `"v2"` {
		t.Errorf("ETag is %s", more.header.Get("ETag"))
	}
	bought := c.buy("acme", "pro-month", 1)
	c.get("/v1/invoices/"+bought.text("invoice"), bought.position()).is(200).says(object{"credit_applied.amount": "7.50", "amount_due.amount": "4.50"})
	for _, wrong := range []struct{ amount, currency, detail string }{
		{"1.00", "XXY", "amount: currency must be an active ISO 4217 code in upper case, such as USD"},
		{"1.00", "JPY", `amount must be a plain decimal such as "12.30", after the point with no more digits than the currency has (JPY has 0)`},
	} {
		finance.post("/v1/workspaces/acme/credits", object{"amount": object{"amount": wrong.amount, "currency": wrong.currency}, "reason": "r"}).
			refused(422, "amount_invalid").says(object{"detail": wrong.detail})
	}
}
