package api

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// person opens pages and sends their forms, as a browser without scripts does.
type person struct {
	t    testing.TB
	page string // the address of the page that is open
	text string // the page
}

// readReply holds an answer whose body was read and closed.
type readReply struct{ *http.Response }

// request sends one request, and gives the answer with its body.
func (p *person) request(method, address, body string, more ...with) (readReply, string) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, change := range more {
		change(request)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"} {
		if got := response.Header.Get(name); got != want {
			p.t.Errorf("%s %s: %s is %q, want %q", method, address, name, got, want)
		}
	}
	return readReply{response}, string(text)
}

// open opens a page.
func (p *person) open(address string, status int) {
	p.t.Helper()
	response, text := p.request(http.MethodGet, address, "")
	if response.StatusCode != status {
		p.t.Fatalf("%s is answered by %d, want %d: %s", address, response.StatusCode, status, text)
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script") {
		p.t.Errorf("%s: Content-Security-Policy is %q", address, policy)
	}
	p.page, p.text = address, text
}

var (
	stateOf = regexp.MustCompile(`<main data-state="([a-z_]+)"`)
	keyOf   = regexp.MustCompile(`name="key" value="([^"]+)"`)
	codeOf  = regexp.MustCompile(`role="alert" data-code="([a-z_]+)"`)
)

func (p *person) find(what *regexp.Regexp) string {
	if found := what.FindStringSubmatch(p.text); found != nil {
		return found[1]
	}
	return ""
}

// sees expects that the page is in a state, and shows the code of a refusal, or none.
func (p *person) sees(state, code string) {
	p.t.Helper()
	if got, said := p.find(stateOf), p.find(codeOf); got != state || said != code {
		p.t.Fatalf("%s is %q with %q, want %q with %q: %s", p.page, got, said, state, code, p.text)
	}
}

// send sends the page's form, and follows the answer to a page with a status.
func (p *person) send(fields url.Values, status int) {
	p.t.Helper()
	if fields.Get("key") == "" {
		fields.Set("key", p.find(keyOf))
	}
	response, text := p.request(http.MethodPost, p.page, fields.Encode())
	if response.StatusCode != http.StatusSeeOther {
		p.t.Fatalf("the form of %s is answered by %d: %s", p.page, response.StatusCode, text)
	}
	to, err := response.Location()
	if err != nil {
		p.t.Fatal(err)
	}
	p.open(to.String(), status)
}

func payBy(token string) url.Values { return url.Values{"do": {"pay"}, "token": {token}} }

// link makes a payment link for a subscription of three seats, or of what more says.
func (c *client) link(workspace string, more object) *answered {
	c.t.Helper()
	body := object{"price": "pro-month", "seats": 3}
	if more["invoice"] != nil {
		body = object{}
	}
	for name, value := range more {
		body[name] = value
	}
	return c.post("/v1/workspaces/"+workspace+"/payment-links", body).is(201)
}

// TestPaySubscription: a decline leaves the link open and the workspace as it was; money begins what was offered, at the price
// of then.
func TestPaySubscription(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	l := c.link("acme", nil).says(object{
		"kind": "subscription", "price": "pro-month", "seats": 3, "invoice": nil, "amount.amount": "36.00", "status": "open",
		"expires_at": "2026-01-02T00:00:00Z", "payment": nil, "subscription": nil, "completed_at": nil,
	})
	path := "/v1/payment-links/" + l.text("id")
	c.get(path).is(200).says(object{"url": l.text("url"), "status": "open"})
	c.get("/v1/workspaces/acme/subscription").refused(404, "no_subscription")
	p := &person{t: t}
	p.open(l.text("url"), 200)
	p.sees("open", "")
	for token, code := range map[string]string{"tok_nonsense": "token_unknown", "tok_refused": "payment_method_declined"} {
		p.send(payBy(token), 200)
		p.sees(map[string]string{"token_unknown": "open"}[code]+map[string]string{"payment_method_declined": "declined"}[code], code)
	}
	p.send(url.Values{"do": {"nothing"}, "token": {"tok_ok"}}, 200)
	p.sees("open", "")
	for _, token := range []string{"tok_insufficient_funds.lost_card", "tok_insufficient_funds.lost_card"} {
		p.send(payBy(token), 200)
	}
	p.sees("declined", "lost_card")
	c.post("/v1/products/pro/prices/pro-month/archive", object{})
	c.do("PUT", "/v1/workspaces/acme/tax", object{"treatment": "standard", "rate": "0.5"})
	key := p.find(keyOf)
	sent := payBy("tok_ok")
	sent.Set("key", key)
	p.send(sent, 200)
	p.sees("paid", "")
	p.send(sent, 200) // sent twice
	p.sees("paid", "")
	done := c.get(path).is(200).says(object{"status": "completed", "amount.amount": "36.00"})
	payment := c.get("/v1/payments/"+done.text("payment"), done.position()).is(200).says(object{"status": "succeeded", "amount.amount": "36.00"})
	c.get("/v1/invoices/"+payment.text("invoice"), done.position()).is(200).says(object{"payment_status": "succeeded", "total.amount": "36.00", "tax.amount": "0.00"})
	c.get("/v1/workspaces/acme/subscription", done.position()).is(200).says(object{"status": "active", "id": done.text("subscription"), "seats": 3, "collection": "automatic"})
	c.get("/v1/workspaces/acme/payment-methods", done.position()).is(200).says(object{"data.0.default": true, "data.1": nil})
	c.get("/v1/sandbox/totals").is(200).says(object{"captured.0.amount": "36.00"})
	c.post(path+"/cancel", object{}).refused(409, "link_completed")
	p.open(l.text("url"), 200)
	p.sees("paid", "")
	c.advance("2026-01-03")
	p.open(l.text("url"), 200)
	p.sees("paid", "")
}

// TestPayInvoice: an invoice's link pays that invoice alone, and is out of date once it is paid otherwise.
func TestPayInvoice(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	first := c.buy("acme", "pro-month", 2).text("invoice")
	second := c.buy("birch", "pro-month", 2).text("invoice")
	l, other, void := c.link("acme", object{"invoice": first}), c.link("birch", object{"invoice": second}), c.link("birch", object{"invoice": second})
	l.says(object{"kind": "invoice", "price": nil, "seats": nil, "invoice": first, "amount.amount": "24.00"})
	c.post("/v1/invoices/"+first+"/record-payment", object{"amount": object{"amount": "4.00", "currency": "USD"}, "reference": "wire"}).is(200)
	p := &person{t: t}
	p.open(l.text("url"), 200)
	if !strings.Contains(p.text, "A part was paid") {
		t.Error(p.text)
	}
	p.send(payBy("tok_ok"), 200)
	p.sees("paid", "")
	seen := c.get("/v1/payment-links/" + l.text("id")).is(200).position()
	c.get("/v1/workspaces/acme/balance", seen).is(200).says(object{"credit.amount": "4.00", "receivable.amount": "0.00"})
	c.get("/v1/workspaces/acme/payment-methods", seen).is(200).says(object{"data": []any{}})
	c.post("/v1/workspaces/acme/payment-links", object{"invoice": first}).refused(409, "invoice_paid")
	c.post("/v1/workspaces/birch/payment-links", object{"invoice": first}).refused(404, "invoice_not_found")
	keeping := payBy("tok_ok")
	keeping.Set("keep", "on")
	p.open(other.text("url"), 200)
	p.send(keeping, 200)
	p.sees("paid", "")
	c.get("/v1/workspaces/birch/payment-methods", c.get("/v1/payment-links/"+other.text("id")).is(200).position()).is(200).says(object{"data.0.default": true})
	p.open(void.text("url"), 200)
	p.sees("out_of_date", "")
	p.send(payBy("tok_ok"), 200)
	p.sees("out_of_date", "")
}

// TestPayWaits: what the bank has not answered for good is shown as it is, and nothing is charged twice.
func TestPayWaits(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	for token, test := range map[string]struct{ state, later string }{
		"tok_pending_ok": {"processing", "paid"}, "tok_pending_failed": {"processing", "declined"}, "tok_timeout_ok": {"processing", "paid"},
	} {
		t.Run(token, func(t *testing.T) {
			l := c.link("w-"+token, object{"expires_at": "2026-01-20T00:00:00Z"})
			p := &person{t: t}
			p.open(l.text("url"), 200)
			p.send(payBy(token), 200)
			p.sees(test.state, "")
			p.send(url.Values{"do": {"pay"}, "token": {"tok_ok"}, "key": {"another"}}, 200)
			p.sees(test.state, "")
			c.post("/v1/payment-links/"+l.text("id")+"/cancel", object{}).refused(409, "payment_in_progress")
		})
	}
}

// TestConfirm: the customer of the sandbox gateway approves, denies, or does not answer.
func TestConfirm(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	ways := map[string]*person{}
	for _, outcome := range []string{"approve", "deny", ""} {
		l := c.link("w-"+outcome, object{"expires_at": "2026-01-20T00:00:00Z"})
		p := &person{t: t}
		p.open(l.text("url"), 200)
		p.send(payBy("tok_requires_action"), 200)
		p.sees("requires_action", "")
		pay := p.page
		found := c.get("/v1/payment-links/" + l.text("id")).is(200)
		action := c.get("/v1/payments/"+found.text("payment"), found.position()).is(200).says(object{"status": "requires_action", "next_action.expires_at": "2026-01-01T23:00:00Z"}).
			text("next_action.url")
		if !strings.Contains(p.text, action) {
			t.Fatalf("no way to %s: %s", action, p.text)
		}
		p.open(action, 200)
		p.sees("requires_action", "")
		p.send(url.Values{"outcome": {"perhaps"}}, 200)
		p.sees("requires_action", "")
		if outcome != "" {
			p.send(url.Values{"outcome": {outcome}}, 200)
		}
		ways[outcome] = p
		switch outcome {
		case "approve":
			p.sees("paid", "")
			p.send(url.Values{"outcome": {"deny"}, "key": {"x"}}, 200)
			p.sees("paid", "")
			p.open(pay, 200)
			p.sees("paid", "")
		case "deny":
			p.sees("declined", "")
			p.open(pay, 200)
			p.sees("declined", "action_denied")
		}
	}
	c.advance("2026-01-01T23:00:00Z")
	ways[""].open(ways[""].page, 200)
	ways[""].sees("declined", "")
}

// TestPayReturned: a link whose money the bank took back says so, and takes no other.
func TestPayReturned(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	p := &person{t: t}
	p.open(c.link("acme", object{"expires_at": "2026-01-20T00:00:00Z"}).text("url"), 200)
	p.send(payBy("tok_returned"), 200)
	p.sees("paid", "")
	c.advance("2026-01-06T00:00:00Z")
	p.open(p.page, 200)
	if p.sees("declined", ""); strings.Contains(p.text, "<form") || !strings.Contains(p.text, "took the money back") {
		t.Error(p.text)
	}
}

// TestLinksEnd: unknown links are found nowhere, and those that expired or were canceled are gone.
func TestLinksEnd(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	p := &person{t: t}
	canceled, expired, late := c.link("acme", nil), c.link("acme", object{"expires_at": "2026-01-01T12:00:00Z"}), c.link("birch", object{"expires_at": "2026-01-20T00:00:00Z"})
	c.post("/v1/payment-links/"+canceled.text("id")+"/cancel", object{}).is(200).says(object{"status": "canceled"})
	c.post("/v1/payment-links/"+canceled.text("id")+"/cancel", object{}).is(200).says(object{"status": "canceled"})
	p.open(canceled.text("url"), 410)
	p.sees("canceled", "")
	p.send(payBy("tok_ok"), 410)
	p.sees("canceled", "")
	p.open(late.text("url"), 200)
	p.send(payBy("tok_pending_ok"), 200)
	c.advance("2026-01-01T12:00:00Z")
	p.open(expired.text("url"), 410)
	p.sees("expired", "")
	p.send(payBy("tok_ok"), 410)
	c.get("/v1/payment-links/" + expired.text("id")).is(200).says(object{"status": "expired"})
	c.post("/v1/payment-links/"+expired.text("id")+"/cancel", object{}).is(200).says(object{"status": "expired"})
	found := 0
	for _, event := range b.events() {
		if event.Type == "paymentlink.expired.v1" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d links expired", found)
	}
	for _, wrong := range []string{"/pay/nonsense", strings.TrimSuffix(expired.text("url"), "A")[len(c.base):] + "B", "/pay/action/nonsense", "/setup/nonsense"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if response, text := p.request(method, c.base+wrong, "key=1&do=pay"); response.StatusCode != http.StatusNotFound || !strings.Contains(text, "<h1>") {
				t.Errorf("%s %s: %d %s", method, wrong, response.StatusCode, text)
			}
		}
	}
	// The tokens of one kind of page open no other.
	if response, _ := p.request(http.MethodGet, strings.Replace(late.text("url"), "/pay/", "/setup/", 1), ""); response.StatusCode != http.StatusNotFound {
		t.Errorf("a payment link opens a setup page: %d", response.StatusCode)
	}
	for path, body := range map[string]object{
		"price_or_invoice": {}, "price_or_invoice ": {"price": "pro-month", "seats": 1, "invoice": "x"}, "seats_out_of_range": {"price": "pro-month"},
		"coupon_not_found": {"price": "pro-month", "seats": 1, "coupon": "none"}, "expires_at_invalid": {"price": "pro-month", "seats": 1, "expires_at": "2026-03-01T00:00:00Z"},
	} {
		c.post("/v1/workspaces/acme/payment-links", body).refused(422, strings.TrimSpace(path))
	}
	c.post("/v1/workspaces/acme/payment-links", object{"price": "nothing", "seats": 1}).refused(404, "price_not_found")
	c.buy("cedar", "pro-month", 1)
	c.post("/v1/workspaces/cedar/payment-links", object{"price": "pro-month", "seats": 1}).refused(409, "subscription_exists")
	c.get("/v1/payment-links/none").refused(404, "payment_link_not_found")
	c.post("/v1/payment-links/none/cancel", object{}).refused(404, "payment_link_not_found")
}

// TestSetup: a setup page adds one method, and leads back.
func TestSetup(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	const path = "/v1/workspaces/acme/payment-methods"
	events := len(b.events())
	s := c.post(path+"/setup", object{"return_url": "https://example.com/billing?a=b"}).is(201).says(object{"expires_at": "2026-01-01T01:00:00Z"})
	unused := c.post(path+"/setup", object{}).is(201)
	if len(b.events()) != events {
		t.Error("a setup page wrote something")
	}
	p := &person{t: t}
	p.open(s.text("url"), 200)
	p.sees("open", "")
	p.send(url.Values{"token": {"tok_refused"}}, 200)
	p.sees("declined", "payment_method_declined")
	p.send(url.Values{"token": {"tok_ok"}, "default": {"on"}}, 200)
	p.sees("done", "")
	if !strings.Contains(p.text, `href="https://example.com/billing?a=b"`) {
		t.Error(p.text)
	}
	p.send(url.Values{"token": {"tok_pending_ok"}, "key": {"again"}}, 200)
	p.sees("done", "")
	added := c.post(path+"/setup", object{}).is(201)
	c.get(path, added.position()).is(200).says(object{"data.0.default": true, "data.0.last4": "4242", "data.1": nil})
	c.advance("2026-01-01T01:00:00Z")
	p.open(unused.text("url"), 410)
	p.sees("expired", "")
	p.send(url.Values{"token": {"tok_ok"}, "key": {"late"}}, 410)
	for _, wrong := range []string{"javascript:alert(1)", "http://example.com", "https://user@example.com", "/billing", "https://"} {
		c.post(path+"/setup", object{"return_url": wrong}).refused(422, "return_url_invalid")
	}
}
