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
