package api

import (
	"fmt"
	"strings"
	"testing"
)

var financeRefusals = []refusalCase{
	{"report-journal", "as_of_unknown", func(c *client) *answered { return c.get("/v1/finance/journal?as_of=999999999") }},
	{"report-journal", "not_acceptable", func(c *client) *answered { return c.get("/v1/finance/journal", header("Accept", "image/png")) }},
	{"report-trial-balance", "as_of_unknown", func(c *client) *answered { return c.get("/v1/finance/trial-balance?as_of=999999999") }},
	{"report-trial-balance", "not_acceptable", func(c *client) *answered { return c.get("/v1/finance/trial-balance", header("Accept", "image/png")) }},
}

func TestBooksOfAPaidInvoice(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	bought := c.buy("acme", "pro-month", 5).is(201)
	id := c.get("/v1/invoices?workspace=acme", bought.position()).is(200).text("data.0.id")
	paid := c.post("/v1/invoices/"+id+"/record-payment", object{"amount": object{"amount": "60.00", "currency": "USD"}, "reference": "wire"}).is(200)
	books := c.get("/v1/finance/journal", paid.position()).is(200).says(object{
		"report": "journal", "data.0.event_type": "invoice.finalized.v1", "data.0.lines.0.account_code": "1100", "data.0.lines.0.debit": "60.00",
		"data.0.lines.0.credit": nil, "data.0.lines.0.amount_minor": 6000, "data.0.lines.1.account_code": "2000", "data.0.lines.1.credit": "60.00",
		"data.0.lines.1.product": "pro", "data.1.event_type": "invoice.payment_recorded.v1", "data.1.lines.0.account_name": "Cash",
		"totals.0.currency": "USD", "totals.0.debit": "120.00", "totals.0.credit": "120.00", "page.has_more": false,
	})
	if id := books.text("data.0.entry_id"); id != fmt.Sprintf("%d-1", books.number("data.0.position")) {
		t.Error(id)
	}
	c.get("/v1/finance/trial-balance", paid.position()).is(200).says(object{
		"data.0.account_code": "1000", "data.0.balance": "60.00", "data.1.account_code": "1100", "data.1.debit": "60.00", "data.1.balance": "0.00",
		"data.2.account_code": "2000", "data.2.type": "liability", "data.2.balance": "-60.00", "totals.0.balance": "0.00",
	})
	issued := books.number("data.0.position")
	past := c.get(fmt.Sprintf("/v1/finance/trial-balance?as_of=%d", issued), paid.position()).is(200).says(object{
		"as_of.position": issued, "data.0.account_code": "1100", "data.0.balance": "60.00", "data.1.account_code": "2000", "data.2": nil,
	})
	if past.header.Get("Ledger-Position") != fmt.Sprint(issued) || past.header.Get("ETag") == "" {
		t.Errorf("%v", past.header)
	}
	c.get(fmt.Sprintf("/v1/finance/trial-balance?as_of=%d", issued), header("If-None-Match", past.header.Get("ETag"))).is(304)
	first := c.get("/v1/finance/journal?limit=1", paid.position()).is(200).says(object{"page.has_more": true, "data.1": nil})
	c.get("/v1/finance/journal?limit=1&cursor="+first.text("page.next"), paid.position()).is(200).says(object{
		"page.has_more": false, "data.0.event_type": "invoice.payment_recorded.v1",
	})
	rows := strings.Split(string(c.get("/v1/finance/journal", paid.position(), header("Accept", "text/csv")).is(200).body), "\r\n")
	if len(rows) != 6 || !strings.HasPrefix(rows[0], "entry_id,position,event_id,") || !strings.Contains(rows[1], ",1100,Accounts receivable,60.00,,6000,2,USD,acme,") {
		t.Errorf("%q", rows)
	}
	c.inForm("/v1/finance/trial-balance", "text/csv", paid, "1000,Cash,asset,USD,60.00,0.00,60.00\r\n")
	c.inForm("/v1/finance/journal", "text/x-hledger", paid, "assets:1100 Accounts receivable  USD 60.00")
	c.inForm("/v1/finance/journal", "text/x-beancount", paid, "60.00 USD")
	c.get("/v1/finance/trial-balance", header("Accept", "text/x-hledger")).refused(406, "not_acceptable")
	c.get("/v1/finance/journal?account=2000", paid.position()).is(200).says(object{"data.0.lines.0.account_code": "2000", "data.0.lines.1": nil, "data.1": nil})
}

// inForm asks for a report in another form than JSON, and wants some text to be in it.
func (c *client) inForm(path, form string, shown *answered, want string) {
	c.t.Helper()
	if text := c.get(path, shown.position(), header("Accept", form)).is(200).body; !strings.Contains(string(text), want) {
		c.t.Errorf("%s as %s has no %q:\n%s", path, form, want, text)
	}
}

func init() {
	financeRefusals = append(financeRefusals,
		refusalCase{"set-book-policy", "time_zone_unknown", func(c *client) *answered { return c.put("/v1/finance/policy", object{"time_zone": "Mars"}) }},
		refusalCase{"set-book-policy", "recognition_invalid", func(c *client) *answered { return c.put("/v1/finance/policy", object{"recognition": "hour"}) }},
		refusalCase{"set-book-policy", "books_in_use", func(c *client) *answered { return c.put("/v1/finance/policy", object{"time_zone": "Europe/Berlin"}) }},
		refusalCase{"close-book-period", "period_not_found", func(c *client) *answered { return c.post("/v1/finance/periods/soon/close", nil) }},
		refusalCase{"close-book-period", "period_not_over", func(c *client) *answered { return c.post("/v1/finance/periods/9998-01/close", nil) }},
		refusalCase{"close-book-period", "period_closed", func(c *client) *answered {
			c.post("/v1/finance/periods/2001-01/close", nil).is(200)
			return c.post("/v1/finance/periods/2001-01/close", nil)
		}},
		refusalCase{"close-book-period", "earlier_period_open", func(c *client) *answered {
			c.post("/v1/finance/periods/2001-01/close", nil)
			return c.post("/v1/finance/periods/2001-03/close", nil)
		}},
	)
}

// TestRevenueIsRecognised goes through the months of a period that begins on the 15th, and closes the first.
func TestRevenueIsRecognised(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.post("/v1/products/pro/prices", object{"code": "pro-31", "currency": "USD", "interval": "month", "unit_amount": "31"}).is(201)
	c.advance("2031-01-15T00:00:00Z")
	c.buy("acme", "pro-31", 1)
	ends := c.post("/v1/workspaces/acme/subscription/cancel", object{"when": "period_end"}).is(200)
	c.get("/v1/finance/policy", ends.position()).is(200).says(object{"time_zone": "UTC", "recognition": "day", "write_off_tax_relief": false})
	c.post("/v1/finance/periods/2031-01/close", nil).refused(409, "period_not_over")
	over := c.advance("2031-02-01T00:00:00Z")
	earned := c.get("/v1/finance/journal?account=4000", over.position()).is(200).says(object{
		"data.0.event_type": "books.month_ended.v1", "data.0.entry_date": "2031-01-31", "data.0.lines.0.credit": "17.00", "data.1": nil,
	})
	if earned.text("data.0.entry_id") == "" {
		t.Error("no entry")
	}
	c.get("/v1/finance/periods", over.position()).is(200).says(object{"data.0.period": "2031-01", "data.0.status": "open", "data.0.entries": 2, "data.1": nil})
	c.post("/v1/finance/periods/2031-02/close", nil).refused(409, "period_not_over")
	shut := c.post("/v1/finance/periods/2031-01/close", nil).is(200).says(object{"period": "2031-01", "totals.0.currency": "USD", "totals.0.debit": "48.00", "totals.0.credit": "48.00"})
	c.get("/v1/finance/periods", shut.position()).is(200).says(object{"data.0.status": "closed", "data.0.position": shut.number("position")})
	c.put("/v1/finance/policy", object{"time_zone": "Europe/Berlin"}).refused(409, "books_in_use")
	// What comes later with a day in the closed period is a correction.
	invoice := c.get("/v1/invoices?workspace=acme", shut.position()).is(200).text("data.0.id")
	paid := c.post("/v1/invoices/"+invoice+"/record-payment", object{
		"amount": object{"amount": "31.00", "currency": "USD"}, "reference": "wire", "paid_at": "2031-01-20T00:00:00Z",
	}).is(200)
	c.get("/v1/finance/journal?account=1000", paid.position()).is(200).says(object{
		"data.0.entry_date": "2031-02-01", "data.0.correction_of_period": "2031-01", "data.0.lines.0.debit": "31.00",
	})
	later := c.advance("2031-03-01T00:00:00Z")
	c.get("/v1/finance/trial-balance", later.position()).is(200).says(object{
		"data.0.account_code": "1000", "data.0.balance": "31.00", "data.1.balance": "0.00", "data.2.account_code": "2000", "data.2.balance": "0.00",
		"data.3.account_code": "4000", "data.3.balance": "-31.00",
	})
	c.get("/v1/finance/trial-balance?as_of=2031-02-15T00:00:00Z", later.position()).is(200).says(object{"data.2.balance": "-14.00", "data.3.balance": "-17.00"})
	c.get("/v1/finance/trial-balance?date=2031-01-31", later.position()).is(200).says(object{"data.0.account_code": "1100", "data.0.balance": "31.00"})
}

// TestReports follows a workspace that buys with tax, pays a part, buys more, and leaves with a refund.
func TestReports(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.post("/v1/products/pro/prices", object{"code": "pro-31", "currency": "USD", "interval": "month", "unit_amount": "31", "tax_rate": "0.2"}).is(201)
	c.advance("2031-07-01T00:00:00Z")
	c.buy("acme", "pro-31", 1)
	bought := c.buy("lazy", "pro-month", 2)
	invoice := c.get("/v1/invoices?workspace=acme", bought.position()).is(200).text("data.0.id")
	c.post("/v1/invoices/"+invoice+"/record-payment", object{"amount": object{"amount": "30.00", "currency": "USD"}, "reference": "wire"}).is(200)
	c.advance("2031-07-21T00:00:00Z")
	gone := c.post("/v1/workspaces/acme/subscription/cancel", object{"when": "now", "settlement": "refund"}).is(200)
	refund := c.get("/v1/refunds?workspace=acme", gone.position()).is(200).text("data.0.id")
	c.post("/v1/refunds/"+refund+"/record", object{"reference": "wire back"}).is(200)
	last := c.advance("2031-08-20T00:00:00Z").position()
	report := func(path string, says object) {
		t.Helper()
		c.get("/v1/finance/"+path, last).is(200).says(says)
		c.get("/v1/finance/"+path, last, header("Accept", "text/csv")).is(200)
	}
	report("general-ledger?account=1000&from=2031-07-10", object{
		"data.0.entry_id": "opening", "data.0.balance": "30.00", "data.1.credit": "6.00", "data.1.balance": "24.00", "data.2": nil,
	})
	report("income-statement?from=2031-07-01&to=2031-08-01", object{"data.0.account_code": "4000", "data.0.product": "pro", "data.0.amount": "44.00"})
	report("balance-sheet?date=2031-07-31", object{"data.0.section": "assets", "data.0.amount": "24.00", "totals.0.assets": "48.00", "totals.0.liabilities": "4.00", "totals.0.equity": "44.00"})
	report("receivables?date=2031-08-20", object{
		"data.0.workspace": "lazy", "data.0.outstanding": "24.00", "data.0.days_overdue": 20, "data.0.bucket": "1-30", "totals.0.outstanding": "48.00",
	})
	report("deferred-revenue?from=2031-07-01&to=2031-08-01", object{
		"data.0.product": "pro", "data.0.opening": "0.00", "data.0.billed": "55.00", "data.0.recognized": "44.00", "data.0.credited": "11.00", "data.0.closing": "0.00",
	})
	report("deferred-revenue?view=waterfall", object{"data.0.booked_month": "2031-07", "data.0.recognition_month": "2031-07", "data.0.amount": "44.00"})
	report("invoice-register?from=2031-07-01&to=2031-08-01", object{
		"data.0.number": "INV-000001", "data.0.subtotal": "31.00", "data.0.tax": "6.20", "data.0.total": "37.20", "data.0.paid": "30.00", "data.0.credited": "13.20",
		"data.0.outstanding": "0.00", "data.1.number": "INV-000002", "data.2": nil, "totals.0.total": "61.20",
	})
	report("credit-note-register", object{
		"data.0.net": "11.00", "data.0.tax": "2.20", "data.0.total": "13.20", "data.0.set_off": "7.20", "data.0.refunded": "6.00", "data.1": nil,
	})
	report("tax-summary?to=2031-08-01", object{
		"data.0.tax_rate": "0", "data.1.tax_rate": "0.2", "data.1.taxable": "31.00", "data.1.tax": "6.20", "data.1.credited_tax": "2.20", "data.1.net_tax": "4.00",
	})
	report("mrr?from=2031-07-01&to=2031-09-01", object{
		"data.0.month": "2031-07", "data.0.opening": "0.00", "data.0.new": "55.00", "data.0.churn": "-31.00", "data.0.closing": "24.00", "data.1.opening": "24.00",
		"data.1.closing": "24.00", "data.2": nil,
	})
	report("mrr?view=movements", object{"data.0.kind": "new", "data.2.workspace": "acme", "data.2.kind": "churn", "data.2.amount": "-31.00", "data.3": nil})
	c.get("/v1/finance/trial-balance?date=2031-07-31", last).is(200).says(object{"totals.0.balance": "0.00"})
}

func init() {
	for _, report := range []string{"general-ledger", "income-statement", "balance-sheet", "receivables", "deferred-revenue", "invoice-register", "credit-note-register", "payment-reconciliation", "tax-summary", "mrr"} {
		financeRefusals = append(financeRefusals,
			refusalCase{"report-" + report, "as_of_unknown", func(c *client) *answered { return c.get("/v1/finance/" + report + "?as_of=999999999") }},
			refusalCase{"report-" + report, "not_acceptable", func(c *client) *answered { return c.get("/v1/finance/"+report, header("Accept", "image/png")) }})
	}
}
