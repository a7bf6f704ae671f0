package api

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// visit opens an address as a browser does, without any credential.
func (c *client) visit(url string) *answered {
	c.t.Helper()
	path, ours := strings.CutPrefix(url, c.base)
	if !ours {
		c.t.Fatalf("%s is not of %s", url, c.base)
	}
	return c.get(path, without("Authorization"), without("Idempotency-Key"))
}

// page expects a page, and gives its text back.
func (a *answered) page(status int) string {
	a.t.Helper()
	a.is(status)
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
	} {
		if a.header.Get(name) != want {
			a.t.Errorf("%s: %s is %q, want %q", a.what, name, a.header.Get(name), want)
		}
	}
	if !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
		a.t.Errorf("%s: Content-Security-Policy is %q", a.what, a.header.Get("Content-Security-Policy"))
	}
	return string(a.body)
}

// TestLinks: a link opens one document as page and as PDF, until it expires, to whoever has it.
func TestLinks(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	bought := c.buy("acme", "pro-month", 2)
	invoice := "/v1/invoices/" + bought.text("invoice")
	events := len(b.events())
	for _, role := range []endpoint.Role{endpoint.RoleClient, endpoint.RoleFinance} {
		c.run(t, string(role), func(t *testing.T) {
			other := client{t: t, base: c.base, token: b.token(b.ledger, role)}
			link := other.post(invoice+"/link", nil).is(200).says(object{"expires_at": "2026-01-31T00:00:00Z"})
			if page := other.visit(link.text("url")).page(200); !strings.Contains(page, "INV-000001") {
				t.Errorf("the page is another one: %s", page)
			}
			pdf := other.visit(link.text("pdf_url")).is(200)
			if pdf.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(string(pdf.body), "%PDF-") || pdf.header.Get("X-Robots-Tag") == "" {
				t.Errorf("no PDF: %v", pdf.header)
			}
		})
	}
	auditor := client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleAuditor)}
	auditor.post(invoice+"/link", nil).refused(403, "role_not_allowed")
	long := c.post(invoice+"/link", object{"expires_at": "2026-03-01T00:00:00Z"}).is(200).says(object{"expires_at": "2026-03-01T00:00:00Z"})
	short := c.post(invoice+"/link", object{"expires_at": "2026-01-01T00:00:00.000001Z"}, key("one")).is(200)
	if again := c.post(invoice+"/link", object{"expires_at": "2026-01-01T00:00:00.000001Z"}, key("one")).is(200); again.text("url") != short.text("url") {
		t.Error("a repeat is another link")
	}
	c.visit(short.text("url")).page(200)
	if len(b.events()) != events {
		t.Error("a link wrote something")
	}
	c.advance("2026-01-01T00:00:00.000001Z")
	if page := c.visit(short.text("url")).page(410); !strings.Contains(page, "expired") {
		t.Errorf("page: %s", page)
	}
	c.visit(short.text("pdf_url")).page(410)
	c.advance("2026-02-28T23:59:59Z")
	c.visit(long.text("url")).page(200)
	c.advance("2026-03-01")
	c.visit(long.text("url")).page(410)
	c.post(invoice+"/link", object{"expires_at": "2026-03-01T00:00:00Z"}).refused(422, "expires_at_invalid")
}

// TestLinksToCreditNotes: a credit note has a link as soon as it is issued, and the links of the two kinds are apart.
func TestLinksToCreditNotes(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	invoice := "/v1/invoices/" + c.buy("acme", "pro-month", 2).text("invoice")
	client := client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleClient)}
	for range 5 {
		note := c.post(invoice+"/credit-notes", object{"amount": dollars("1.00"), "reason": "sorry"}).is(201)
		link := client.post("/v1/credit-notes/"+note.text("id")+"/link", nil).is(200)
		if page := c.visit(link.text("url")).page(200); !strings.Contains(page, note.text("number")) {
			t.Errorf("the page is another one: %s", page)
		}
		if pdf := c.visit(link.text("pdf_url")).is(200); !strings.HasPrefix(string(pdf.body), "%PDF-") {
			t.Errorf("no PDF: %v", pdf.header)
		}
		c.visit(strings.Replace(link.text("url"), "/credit-notes/", "/invoices/", 1)).page(404)
	}
	c.post("/v1/credit-notes/none/link", nil).refused(404, "credit_note_not_found")
	url := c.post(invoice+"/link", nil).is(200).text("url")
	c.visit(strings.Replace(url, "/invoices/", "/credit-notes/", 1)).page(404)
}

// TestNobodyMakesALinkUp alters a link in every place, and turns it to other documents and ledgers.
func TestNobodyMakesALinkUp(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	one, other := c.buy("acme", "pro-month", 2), c.buy("birch", "pro-month", 2)
	url := c.post("/v1/invoices/"+one.text("invoice")+"/link", nil).is(200).text("url")
	c.visit(url).page(200)
	page, token := url[:strings.LastIndex(url, "/")+1], url[strings.LastIndex(url, "/")+1:]
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := append([]byte{}, raw...)
		changed[i] ^= 1
		c.visit(page + base64.RawURLEncoding.EncodeToString(changed)).page(404)
	}
	turned := append(append([]byte{}, raw[:len(raw)-len(one.text("invoice"))]...), other.text("invoice")...)
	foreign := b.newLedger("other", eventstore.ModeLive)
	moved := append(append([]byte{}, foreign.ID[:]...), raw[len(foreign.ID):]...)
	for name, bad := range map[string]string{
		"another document": base64.RawURLEncoding.EncodeToString(turned), "another ledger": base64.RawURLEncoding.EncodeToString(moved),
		"cut": token[:len(token)-1], "longer": token + "A", "padded": token + "=", "nothing of it": "x", "an id": one.text("invoice"),
		"very long": strings.Repeat("A", 4_000), "no text": "%00%ff", "another alphabet": base64.StdEncoding.EncodeToString(raw),
	} {
		c.run(t, name, func(*testing.T) {
			if a := c.visit(page + bad); a.status != 404 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	// A link opens nothing of the API, and a key opens no page.
	c.get("/v1/invoices/"+one.text("invoice"), without("Authorization"), header("Authorization", "Bearer "+token)).refused(401, "unauthenticated")
	c.get("/documents/invoices/" + one.text("invoice")).page(404)
}

// TestLinksOfASecret: when the ledger's secret is replaced for good, no earlier link opens anything.
func TestLinksOfASecret(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	invoice := "/v1/invoices/" + c.buy("acme", "pro-month", 2).text("invoice")
	link := c.post(invoice+"/link", nil).is(200)
	if err := b.operator().RotateSecret(t.Context(), b.ledger, 0, access.Settled, b.now); err != nil {
		t.Fatal(err)
	}
	c.visit(link.text("url")).page(404)
}

// TestLinksBeginWithThePublicURL, never with what a client calls the server.
func TestLinksBeginWithThePublicURL(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.start(endpoint.Options{PublicURL: "https://billing.example.com/tally/"}), endpoint.RoleAdmin)
	c.openShop()
	invoice := "/v1/invoices/" + c.buy("acme", "pro-month", 2).text("invoice")
	link := c.post(invoice+"/link", nil, func(r *http.Request) { r.Host = "evil.example.com" }).is(200)
	for _, url := range []string{link.text("url"), link.text("pdf_url")} {
		if !strings.HasPrefix(url, "https://billing.example.com/tally/documents/invoices/") {
			t.Errorf("it begins otherwise: %s", url)
		}
	}
	if document := c.get("/openapi.json").is(200).body; !bytes.Contains(document, []byte(`url=https://billing.example.com/tally key=`)) {
		t.Error("the guide tells another address")
	}
}
