package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// TestPaper finds the invoice on paper, under a policy that lets it load nothing and run nothing.
func TestPaper(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	auditor := &client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleAuditor)}
	c.openShop()
	bought := c.buy("acme", "pro-month", 3)
	invoice := "/v1/invoices/" + bought.text("invoice")
	noted := c.post(invoice+"/credit-notes", object{"amount": dollars("6.00"), "reason": `<script>"sorry"</script>`}).is(201)

	page := auditor.get(invoice+"/print", noted.position()).is(200)
	if page.header.Get("Content-Type") != "text/html; charset=utf-8" || page.header.Get("ETag") != noted.header.Get("ETag") {
		t.Errorf("headers %v", page.header)
	}
	for _, text := range []string{"test", "INV-000001", "acme", "3 × pro", "12.00 a seat", "36.00", "CN-000001", "&lt;script&gt;", "USD\u00a030.00<"} {
		if !bytes.Contains(page.body, []byte(text)) {
			t.Errorf("the page has no %s\n%s", text, page.body)
		}
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindSubmatch(page.body)
	hash := sha256.Sum256(style[1])
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if policy := page.header.Get("Content-Security-Policy"); policy != want || bytes.Contains(page.body, []byte("<script")) {
		t.Errorf("policy %s, want %s", policy, want)
	}

	file := auditor.get(invoice+"/pdf", noted.position()).is(200)
	if file.header.Get("Content-Type") != "application/pdf" || file.header.Get("Content-Disposition") != `inline; filename="INV-000001.pdf"` {
		t.Errorf("headers %v", file.header)
	}
	if !bytes.HasPrefix(file.body, []byte("%PDF-")) || !bytes.Equal(file.body, auditor.get(invoice+"/pdf").body) {
		t.Errorf("%d bytes of another PDF", len(file.body))
	}

	waits := c.post("/v1/workspaces/birch/subscription", object{"price": "pro-month", "seats": 1, "collection": "automatic"}).is(202)
	open := "/v1/invoices/" + waits.text("invoice")
	draft := c.get(open+"/print", waits.position()).is(200)
	voided := c.post(open+"/void", nil).is(200)
	void := c.get(open+"/print", voided.position()).is(200)
	if !strings.Contains(string(draft.body), ">PRO FORMA<") || !strings.Contains(string(void.body), ">VOID<") {
		t.Errorf("no marks:\n%s\n%s", draft.body, void.body)
	}
	if named := c.get(open + "/pdf").is(200).header.Get("Content-Disposition"); named != `inline; filename="`+waits.text("invoice")+`.pdf"` {
		t.Errorf("named %s", named)
	}
}

// TestCustomerOnPaper: details that were in force when an invoice was issued stay on it, those that came late are better
// than none, and what was erased is on none.
func TestCustomerOnPaper(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	early := "/v1/invoices/" + c.buy("acme", "pro-month", 1).text("invoice") + "/print"
	on := func(path, name string) {
		t.Helper()
		page := c.get(path).is(200)
		for _, other := range []string{"Acme Ltd", "Acme Inc"} {
			if bytes.Contains(page.body, []byte(other)) != (other == name) {
				t.Errorf("%s: %s is on it, or not, where it should be %q", path, other, name)
			}
		}
	}
	details := func(name string) {
		t.Helper()
		c.put("/v1/workspaces/acme/billing-details", object{"name": name, "address": "1 High Street\nLeeds", "country": "GB"}).is(200)
	}
	c.advance("2026-01-02")
	on(early, "")
	details("Acme Ltd")
	c.advance("2026-01-03")
	late := "/v1/invoices/" + c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 2}).is(200).text("invoice") + "/print"
	c.advance("2026-01-04")
	details("Acme Inc")
	on(early, "Acme Inc")
	on(late, "Acme Ltd")
	c.delete("/v1/workspaces/acme/billing-details").is(200)
	on(early, "")
	on(late, "")
}

// TestPaperSays finds on paper what the lines alone don't tell: names as they were then, the seller as it was then, payments,
// what a credit takes back, and why it is less.
func TestPaperSays(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.post("/v1/products", object{"code": "team", "name": "Team", "tier": 1}).is(201)
	c.post("/v1/products", object{"code": "firm", "name": "Firm", "tier": 2}).is(201)
	c.post("/v1/products/team/prices", object{"code": "tm", "currency": "USD", "interval": "month", "unit_amount": "31", "tax_rate": "0.2"}).is(201)
	c.post("/v1/products/firm/prices", object{"code": "fm", "currency": "USD", "interval": "month", "unit_amount": "62"}).is(201)
	c.put("/v1/seller", object{
		"legal_name": "Early Ltd", "address": "1 High Street", "country": "GB", "bank": object{"name": "A Bank", "iban": "GB33BUKB20201555555555"},
	}).is(200)
	bought := c.buy("acme", "tm", 2)
	first := "/v1/invoices/" + bought.text("invoice")
	c.advance("2026-01-02")
	c.put("/v1/seller", object{"legal_name": "Late Ltd", "address": "2 High Street", "country": "GB"}).is(200)
	c.put("/v1/products/team", object{"name": "Crew"}).is(200)
	page := func(path string, position with, wanted, absent []string) {
		t.Helper()
		_, body, _ := strings.Cut(string(c.get(path+"/print", position).is(200).body), "</style>")
		for _, text := range wanted {
			if !strings.Contains(body, text) {
				t.Errorf("%s has no %s:\n%s", path, text, body)
			}
		}
		for _, text := range absent {
			if strings.Contains(body, text) {
				t.Errorf("%s has %s:\n%s", path, text, body)
			}
		}
		if file := c.get(path + "/pdf").is(200).body; !bytes.HasPrefix(file, []byte("%PDF-")) {
			t.Errorf("%s has no PDF", path)
		}
	}
	page(first, bought.position(), []string{"Early Ltd", "2 × Team", "31.00 a seat, 1 – 31 Jan 2026", "Tax 20\u00a0% on 62.00", "USD\u00a074.40<", "Due by 31 January 2026",
		"GB33\u00a0BUKB", "United Kingdom"}, []string{"Late Ltd", "Crew", ">PAID<"})

	paid := c.post(first+"/record-payment", object{"amount": dollars("74.40"), "reference": "wire 4711"}).is(200)
	page(first, paid.position(), []string{">PAID<", "Paid on 2 January 2026", "wire 4711"}, []string{"How to pay"})

	noted := c.post(first+"/credit-notes", object{"amount": dollars("60.00"), "reason": "two days of outage"}).is(201)
	page("/v1/credit-notes/"+noted.text("id"), noted.position(), []string{"<h1>Credit note</h1>", "CN-000001", "INV-000001", "Late Ltd", "Credit for 2 × Team",
		"two days of outage", "Tax 20\u00a0% on 50.00", "Added to your credit", "USD\u00a060.00<"}, []string{"How to pay", "Early Ltd"})

	c.advance("2026-01-11")
	changed := c.post("/v1/workspaces/acme/subscription/upgrade", object{"price": "fm"}).is(200)
	page("/v1/invoices/"+changed.text("invoice"), changed.position(), []string{"Unused time of 2 × Crew", "11 – 31 Jan 2026, 21 of 31 days of 62.00, billed on INV-000001",
		"50.00 of it was credited before, on CN-000001", "2 × Firm", "62.00 a seat, 11 – 31 Jan 2026, 21 of 31 days", "Paid from credit"}, nil)
}

// TestMoneyOnPaper finds what documents are settled against, what is written off, and refunds until they are recorded.
func TestMoneyOnPaper(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.post("/v1/products", object{"code": "team", "name": "Team", "tier": 1}).is(201)
	c.post("/v1/products/team/prices", object{"code": "tm", "currency": "USD", "interval": "month", "unit_amount": "10", "tax_rate": "0.2"}).is(201)
	c.post("/v1/products/team/prices", object{"code": "ty", "currency": "USD", "interval": "year", "unit_amount": "1200"}).is(201)
	c.post("/v1/products", object{"code": "solo", "name": "Solo", "tier": 2}).is(201)
	c.post("/v1/products/solo/prices", object{"code": "sm", "currency": "USD", "interval": "month", "unit_amount": "10"}).is(201)
	page := func(path string, position with, wanted ...string) {
		t.Helper()
		_, body, _ := strings.Cut(string(c.get(path+"/print", position).is(200).body), "</style>")
		for _, text := range wanted {
			if !strings.Contains(body, text) {
				t.Errorf("%s has no %s:\n%s", path, text, body)
			}
		}
	}
	c.post("/v1/coupons", object{"code": "spring", "name": "Spring sale", "percent_off": "10", "duration": "forever"}).is(201)
	sold := c.post("/v1/workspaces/elm/subscription", object{"price": "tm", "seats": 2, "collection": "send_invoice", "coupon": "spring"}).is(201)
	page("/v1/invoices/"+sold.text("invoice"), sold.position(), "less 2.00, coupon Spring sale", "Discount, Spring sale", "USD\u00a021.60<")
	once := c.post("/v1/workspaces/elm/invoices", object{"lines": []any{
		object{"description": "Workshop", "quantity": 2, "unit_amount": "500.00"}, object{"description": "Travel", "unit_amount": "1.50"},
	}}).is(201)
	page("/v1/invoices/"+once.text("id"), once.position(), "2 × Workshop", "500.00 each", "<bdi>Travel</bdi></td>", "USD\u00a01\u202f001.50<")
	refunded := c.buy("acme", "tm", 3).text("invoice")
	year := c.buy("birch", "ty", 1).text("invoice")
	lost := c.buy("cedar", "tm", 1).text("invoice")
	waits := c.post("/v1/workspaces/dogwood/subscription", object{"price": "tm", "seats": 1, "collection": "automatic"}).is(202)
	page("/v1/invoices/"+waits.text("invoice"), waits.position(), "Pro forma invoice", "is collected with your payment method")
	pay := func(invoice, amount string) {
		t.Helper()
		c.post("/v1/invoices/"+invoice+"/record-payment", object{"amount": dollars(amount), "reference": "wire"}).is(200)
	}
	pay(refunded, "30.00")
	pay(year, "100.00")
	pay(lost, "2.00")
	given := c.post("/v1/invoices/"+lost+"/write-off", nil).is(200)
	page("/v1/invoices/"+lost, given.position(), "UNCOLLECTIBLE", "Written off", "USD\u00a010.00<", "−2.00<", "−10.00<")

	c.advance("2026-01-16")
	ended := c.post("/v1/workspaces/acme/subscription/cancel", object{"when": "now", "settlement": "refund"}).is(200)
	note := "/v1/credit-notes/" + ended.at("credit_notes").([]any)[0].(string)
	page(note, ended.position(), "Unused time of 3 × Team", "16 – 31 Jan 2026, 16 of 31 days of 30.00", "The subscription was cancelled on 16 January 2026.", "USD\u00a018.58<", "Set off against INV-000003", ">6.00<",
		"Refund, to be paid back", ">12.58<")
	page("/v1/invoices/"+refunded, ended.position(), "Refunds", "To be paid back", "CN-000001")
	refund := c.get("/v1/refunds", ended.position()).is(200).at("data").([]any)[0].(object)["id"].(string)
	back := c.post("/v1/refunds/"+refund+"/record", object{"reference": "wire"}).is(200)
	page(note, back.position(), "Refund, paid back on 16 Jan 2026")

	changed := c.post("/v1/workspaces/birch/subscription/upgrade", object{"price": "sm"}).is(200)
	page("/v1/invoices/"+changed.text("invoice"), changed.position(), "<h1>Credit note</h1>", "Unused time of 1 × Team", "Set off against INV-000004", "1\u202f100.00<",
		"Added to your credit", "Nothing is to be paid.")
	page("/v1/invoices/"+year, changed.position(), "Credit from INV-000006", "−1\u202f100.00<", "PAID", "The rest was settled by credit.")
}
