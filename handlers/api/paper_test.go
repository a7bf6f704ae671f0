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
	for _, text := range []string{"test", "INV-000001", "acme", "3 seats of pro-month", "36.00", "CN-000001", "&lt;script&gt;", ">30.00<"} {
		if !bytes.Contains(page.body, []byte(text)) {
			t.Errorf("the page has no %s\n%s", text, page.body)
		}
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindSubmatch(page.body)
	hash := sha256.Sum256(style[1])
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
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
	if !strings.Contains(string(draft.body), ">DRAFT<") || !strings.Contains(string(void.body), ">VOID<") {
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
