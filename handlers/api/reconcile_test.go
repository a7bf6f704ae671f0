package api

import (
	"fmt"
	"strconv"
	"testing"
)

// TestMonthsToCome follows a year that is billed at once: in which months it was earned, and in which the rest will be.
func TestMonthsToCome(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.post("/v1/products/pro/prices", object{"code": "pro-365", "currency": "USD", "interval": "year", "unit_amount": "365"}).is(201)
	c.advance("2031-01-15T00:00:00Z")
	bought := c.buy("acme", "pro-365", 1)
	waterfall := func(query string, shown *answered) (rows []string) {
		t.Helper()
		for _, row := range c.get("/v1/finance/deferred-revenue?view=waterfall&limit=100"+query, shown.position()).is(200).at("data").([]any) {
			row := row.(object)
			rows = append(rows, fmt.Sprint(row["booked_month"], " ", row["recognition_month"], " ", row["amount"]))
		}
		return rows
	}
	year := []string{
		"2031-01 2031-01 17.00", "2031-01 2031-02 28.00", "2031-01 2031-03 31.00", "2031-01 2031-04 30.00", "2031-01 2031-05 31.00", "2031-01 2031-06 30.00",
		"2031-01 2031-07 31.00", "2031-01 2031-08 31.00", "2031-01 2031-09 30.00", "2031-01 2031-10 31.00", "2031-01 2031-11 30.00", "2031-01 2031-12 31.00",
		"2031-01 2032-01 14.00",
	}
	same := func(what string, got, want []string) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	c.post("/v1/invoices/"+bought.text("invoice")+"/record-payment", object{"amount": object{"amount": "365.00", "currency": "USD"}, "reference": "wire"}).is(200)
	same("as it is bought", waterfall("", bought), year)
	c.get("/v1/finance/deferred-revenue?view=waterfall", bought.position()).is(200).says(object{"report": "deferred-revenue-waterfall", "totals.0.amount": "365.00"})
	later := c.advance("2031-04-10T00:00:00Z")
	same("some months later", waterfall("", later), year)
	same("before", waterfall("&as_of=2031-01-20T00:00:00Z", later), year)
	same("by the dates of entries", waterfall("&date=2031-02-10", later), year)
	gone := c.post("/v1/workspaces/acme/subscription/cancel", object{"when": "now", "settlement": "credit"}).is(200)
	same("after its end", waterfall("", gone), append(year[:3:3], "2031-01 2031-04 9.00"))
	same("before its end", waterfall("&as_of=2031-04-09T00:00:00Z", gone), year)
	same("up to the day before its end", waterfall("&date=2031-04-09", gone), year)
	c.get("/v1/finance/deferred-revenue?view=waterfall&date=2030-12-31", gone.position()).is(200).says(object{"data": []any{}, "totals": []any{}})
}

// TestTaxByCountry: the country is that of the billing details as the invoice was issued, until they are erased.
func TestTaxByCountry(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.post("/v1/products/pro/prices", object{"code": "taxed", "currency": "USD", "interval": "month", "unit_amount": "10", "tax_rate": "0.2"}).is(201)
	c.put("/v1/workspaces/acme/billing-details", object{"name": "Acme", "country": "FR"}).is(200)
	c.put("/v1/workspaces/birch/billing-details", object{"name": "Birch", "country": "DE"}).is(200)
	for i, workspace := range []string{"acme", "birch", "cedar", "dune"} {
		c.buy(workspace, "taxed", i+1)
	}
	c.advance("2026-01-02T00:00:00Z")
	c.put("/v1/workspaces/acme/billing-details", object{"name": "Acme", "country": "IT"}).is(200)
	shown := c.put("/v1/workspaces/cedar/billing-details", object{"name": "Cedar", "country": "DE"}).is(200)
	c.get("/v1/finance/tax-summary", shown.position()).is(200).says(object{
		"data.0.country": nil, "data.0.tax": "8.00", "data.1.country": "DE", "data.1.taxable": "50.00", "data.1.tax": "10.00", "data.2.country": "FR",
		"data.2.tax": "2.00", "data.3": nil, "totals.0.tax": "20.00",
	})
	erased := c.delete("/v1/workspaces/birch/billing-details").is(200)
	c.get("/v1/finance/tax-summary", erased.position()).is(200).says(object{
		"data.0.country": nil, "data.0.tax": "12.00", "data.1.country": "DE", "data.1.tax": "6.00", "data.2.country": "FR", "data.3": nil,
	})
}

// TestReconciliation takes money by a gateway and by hand, sends some back, and loses some. What the report leaves is cash.
func TestReconciliation(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.put("/v1/sandbox/gateway", object{"fee_rate": "0.1", "fee_fixed": "0.30", "settle_days": 2}).is(200)
	payments := map[string]string{}
	for _, token := range []string{"ok", "dispute", "returned", "insufficient_funds"} {
		c.collect("w-"+token, "pro-month", 3)
		c.attach("w-"+token, "tok_"+token)
	}
	hand := c.buy("byhand", "pro-month", 1)
	c.post("/v1/invoices/"+hand.text("invoice")+"/record-payment", object{"amount": object{"amount": "15.00", "currency": "USD"}, "reference": "wire 1"}).is(200)
	taken := c.advance("2026-02-01T00:00:00Z")
	for _, token := range []string{"ok", "dispute", "returned"} {
		payments[token] = c.get("/v1/payments?workspace=w-"+token+"&gateway=sandbox", taken.position()).is(200).text("data.0.id")
	}
	balances := func(shown *answered) {
		t.Helper()
		off := map[string]float64{}
		for _, row := range c.get("/v1/finance/trial-balance", shown.position()).is(200).at("data").([]any) {
			row := row.(object)
			off[row["account_code"].(string)], _ = strconv.ParseFloat(row["balance"].(string), 64)
		}
		var cash, transit float64
		all := c.get("/v1/finance/payment-reconciliation?limit=100", shown.position()).is(200)
		for _, row := range all.at("data").([]any) {
			amount := func(column string) float64 {
				amount, err := strconv.ParseFloat(row.(object)[column].(string), 64)
				if err != nil {
					t.Fatalf("%s: %s", column, all.body)
				}
				return amount
			}
			transit += amount("in_transit")
			cash -= amount("refunded") + amount("disputed")
			if row.(object)["settled_on"] != nil {
				cash += amount("net")
			}
		}
		if fmt.Sprintf("%.2f %.2f", cash, transit) != fmt.Sprintf("%.2f %.2f", off["1000"], off["1010"]) {
			t.Errorf("cash %.2f and in transit %.2f, but the books have %.2f and %.2f: %s", cash, transit, off["1000"], off["1010"], all.body)
		}
	}
	byPayment := func(token string, shown *answered, says object) {
		t.Helper()
		for _, row := range c.get("/v1/finance/payment-reconciliation?limit=100", shown.position()).is(200).at("data").([]any) {
			if row := row.(object); row["payment"] == payments[token] && row["gateway"] == "sandbox" {
				for name, want := range says {
					if fmt.Sprint(row[name]) != fmt.Sprint(want) {
						t.Errorf("%s: %s is %v, want %v", token, name, row[name], want)
					}
				}
				return
			}
		}
		t.Errorf("%s has no row", token)
	}
	balances(taken)
	byPayment("ok", taken, object{
		"amount": "36.00", "fee": "3.90", "net": "32.10", "succeeded_on": "2026-02-01", "settled_on": nil, "in_transit": "36.00", "refunded": "0.00",
		"disputed": "0.00", "status": "succeeded", "workspace": "w-ok", "currency": "USD",
	})
	settled := c.advance("2026-02-10T00:00:00Z")
	balances(settled)
	byPayment("ok", settled, object{"settled_on": "2026-02-03", "in_transit": "0.00"})
	byPayment("dispute", settled, object{"disputed": "36.00", "status": "succeeded"})
	byPayment("returned", settled, object{"disputed": "36.00", "status": "reversed"})
	c.post("/v1/payments/"+payments["ok"]+"/refund", object{"amount": object{"amount": "10.00", "currency": "USD"}, "reason": "goodwill"}).is(201)
	lost := c.post("/v1/sandbox/disputes/"+c.get("/v1/disputes", settled.position()).is(200).text("data.0.id")+"/close", object{"outcome": "lost"})
	last := c.advance("2026-02-20T00:00:00Z")
	if lost.status >= 400 {
		t.Fatalf("%s", lost.body)
	}
	balances(last)
	byPayment("ok", last, object{"refunded": "10.00", "net": "32.10"})
	byPayment("dispute", last, object{"disputed": "36.00", "status": "reversed"})
	c.get("/v1/finance/payment-reconciliation?to=2026-02-01", last.position()).is(200).says(object{
		"data.4.gateway": "manual", "data.4.gateway_reference": "wire 1", "data.4.amount": "15.00", "data.4.fee": nil, "data.4.settled_on": "2026-01-01",
		"data.4.in_transit": "0.00", "data.5": nil,
	})
	then := c.get("/v1/finance/payment-reconciliation?as_of=2026-02-02T12:00:00Z", last.position()).is(200).says(object{"totals.0.refunded": "0.00"})
	if then.text("totals.0.in_transit") == "0.00" {
		t.Errorf("as of the day after nothing is in transit: %s", then.body)
	}
	c.inForm("/v1/finance/payment-reconciliation", "text/csv", last, "payment,gateway,gateway_reference,workspace,invoice_number,succeeded_on,settled_on,currency,amount,fee,net,refunded,disputed,in_transit,status\r\n")
}
