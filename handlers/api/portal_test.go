package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/handlers/access"
)

// at opens one of the customer's pages below the first.
func (p *person) at(first, below string) { p.t.Helper(); p.open(first+below, 200) }

// refusedBy sends the form, and expects the page with a refusal.
func (p *person) refusedBy(fields url.Values, status int, code string) {
	p.t.Helper()
	fields.Set("key", p.find(keyOf))
	response, text := p.request(http.MethodPost, p.page, fields.Encode())
	if response.StatusCode != status || !strings.Contains(text, `data-code="`+code+`"`) {
		p.t.Fatalf("the form of %s is answered by %d, want %d with %s: %s", p.page, response.StatusCode, status, code, text)
	}
}

// TestPortal: a customer does every task on the pages, by the rules of the API.
func TestPortal(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.collect("acme", "pro-month", 3)
	c.buy("birch", "pro-month", 1)
	home := c.post("/v1/workspaces/acme/portal", object{"return_url": "https://example.com/"}).is(201).says(object{"expires_at": "2026-01-01T01:00:00Z"}).text("url")
	other := c.post("/v1/workspaces/birch/portal", object{"page": "invoices"}).is(201).text("url")
	p := &person{t: t}
	p.at(home, "")
	if !strings.Contains(p.text, `data-page="home"`) || !strings.Contains(p.text, "3 seats") && !strings.Contains(p.text, "of 3 in use") {
		t.Error(p.text)
	}

	p.at(home, "/payment-methods")
	p.refusedBy(url.Values{"do": {"add"}, "token": {"tok_refused"}}, 402, "payment_method_declined")
	p.send(url.Values{"do": {"add"}, "token": {"tok_ok"}}, 200)
	p.send(url.Values{"do": {"add"}, "token": {"tok_pending_ok"}}, 200)
	second := c.get("/v1/workspaces/acme/payment-methods", c.post("/v1/workspaces/acme/portal", object{}).is(201).position()).is(200).says(object{"data.0.default": true}).text("data.1.id")
	p.send(url.Values{"do": {"default"}, "payment_method": {second}}, 200)
	p.send(url.Values{"do": {"remove"}, "payment_method": {second}}, 200)
	p.refusedBy(url.Values{"do": {"remove"}, "payment_method": {"none"}}, 404, "payment_method_not_found")
	first := c.get("/v1/workspaces/acme/payment-methods", c.post("/v1/workspaces/acme/portal", object{}).is(201).position()).is(200).says(object{"data.1": nil}).text("data.0.id")
	p.send(url.Values{"do": {"default"}, "payment_method": {first}}, 200)

	p.open(home+"/seats?seats=5", 200)
	quote := hiddenIn(p.text, "quote")
	p.send(url.Values{"do": {"change"}, "seats": {"5"}, "quote": {quote}}, 200)
	p.at(home, "")
	if !strings.Contains(p.text, "of 5 in use") {
		t.Error(p.text)
	}
	p.at(home, "/upgrade")
	if !strings.Contains(p.text, "?price=team-month") {
		t.Error(p.text)
	}
	p.open(home+"/upgrade?price=team-month", 200)
	p.refusedBy(url.Values{"do": {"change"}, "price": {"none"}}, 404, "price_not_found")
	p.send(url.Values{"do": {"change"}, "price": {"team-month"}, "quote": {hiddenIn(p.text, "quote")}}, 200)
	done := c.post("/v1/workspaces/acme/portal", object{}).is(201)
	c.get("/v1/workspaces/acme/subscription", done.position()).is(200).says(object{"price": "team-month", "seats": 5, "pending_update": nil})

	p.at(home, "/billing-details")
	p.refusedBy(url.Values{"name": {"Ada"}, "country": {"Germany"}}, 422, "country_invalid")
	p.send(url.Values{"name": {"Ada <b>Ltd</b>"}, "address": {"1 High Street\r\nLondon"}, "country": {"GB"}}, 200)
	c.get("/v1/workspaces/acme/billing-details").is(200).says(object{"name": "Ada <b>Ltd</b>", "address": "1 High Street\nLondon"})
	if strings.Contains(p.text, "<b>Ltd") {
		t.Error("what a person wrote became markup")
	}

	p.at(home, "/invoices")
	if !strings.Contains(p.text, "INV-000003") {
		t.Error(p.text)
	}
	mine := c.get("/v1/workspaces/acme/invoices").is(200).text("data.0.id")
	theirs := c.get("/v1/workspaces/birch/invoices").is(200).text("data.0.id")
	if response, pdf := p.request(http.MethodGet, home+"/invoices/"+mine+"/pdf", ""); response.StatusCode != http.StatusOK || !strings.HasPrefix(pdf, "%PDF-") {
		t.Errorf("%d %.100s", response.StatusCode, pdf)
	}
	if response, _ := p.request(http.MethodGet, home+"/invoices/"+theirs+"/pdf", ""); response.StatusCode != http.StatusNotFound {
		t.Errorf("the invoice of another workspace: %d", response.StatusCode)
	}
	p.open(strings.TrimSuffix(other, "/invoices")+"/cancel", 200)
	p.at(home, "/cancel")
	p.send(url.Values{"do": {"cancel"}, "when": {"period_end"}}, 200)
	p.refusedBy(url.Values{"do": {"cancel"}, "when": {"tomorrow"}}, 422, "when_invalid")
	p.send(url.Values{"do": {"uncancel"}}, 200)
	p.send(url.Values{"do": {"cancel"}, "when": {"period_end"}}, 200)
	c.get("/v1/workspaces/acme/subscription", c.post("/v1/workspaces/acme/portal", object{}).is(201).position()).is(200).says(object{"cancel_at": "2026-02-01T00:00:00Z"})

	c.advance("2026-01-01T01:00:00Z")
	for _, below := range []string{"", "/upgrade", "/invoices", "/payment-methods", "/billing-details", "/cancel", "/seats"} {
		p.open(home+below, 410)
		if p.find(stateOf) != "" || !strings.Contains(p.text, `data-state="expired"`) || strings.Contains(p.text, "<form") {
			t.Error(p.text)
		}
	}
	if response, _ := p.request(http.MethodGet, home+"/invoices/"+mine+"/pdf", ""); response.StatusCode != http.StatusGone {
		t.Errorf("the PDF of an expired link: %d", response.StatusCode)
	}
}

// TestRevokedPagesOpenNothing: once the ledger's secret is replaced for good, no page that was handed out before shows or does
// anything, and later ones do.
func TestRevokedPagesOpenNothing(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	c.buy("acme", "pro-month", 3)
	home := c.post("/v1/workspaces/acme/portal", object{}).is(201).text("url")
	pages := map[string]url.Values{
		home: nil, home + "/upgrade": {"do": {"change"}, "price": {"team-month"}}, home + "/seats": {"do": {"change"}, "seats": {"9"}},
		home + "/cancel": {"do": {"cancel"}, "when": {"period_end"}}, home + "/invoices": nil,
		home + "/payment-methods": {"do": {"add"}, "token": {"tok_ok"}}, home + "/billing-details": {"name": {"Mallory"}},
		c.link("birch", nil).text("url"): payBy("tok_ok"),
		c.post("/v1/workspaces/acme/payment-methods/setup", object{}).is(201).text("url"): {"token": {"tok_ok"}},
	}
	p := &person{t: t}
	for page := range pages {
		p.open(page, 200)
	}
	before := len(b.events())
	if err := b.operator().RotateSecret(t.Context(), b.ledger, 0, access.Settled, b.now); err != nil {
		t.Fatal(err)
	}
	for page, form := range pages {
		p.open(page, 404)
		if strings.Contains(p.text, "acme") || strings.Contains(p.text, "birch") {
			t.Errorf("%s shows whose it was: %s", page, p.text)
		}
		if form == nil {
			continue
		}
		form.Set("key", "again")
		if response, text := p.request(http.MethodPost, page, form.Encode()); response.StatusCode != http.StatusNotFound {
			t.Errorf("the form of %s: %d %s", page, response.StatusCode, text)
		}
	}
	if after := len(b.events()); after != before {
		t.Errorf("%d events were written", after-before)
	}
	b.advance(2 * time.Second) // a server knows a key, with its ledger's secret, for a second
	p.open(c.post("/v1/workspaces/birch/portal", object{}).is(201).text("url"), 200)
}

// hiddenIn gives the value of a hidden field.
func hiddenIn(text, name string) string {
	_, after, _ := strings.Cut(text, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}
