package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/stripe"
	"github.com/tallystick/tallystick/handlers/gateway/stripe/stripetest"
)

// signing signs what the Stripe of a test sends.
const signing = "whsec_of_the_test"

// merchant is a sandbox that takes money through a Stripe of the test's own.
type merchant struct {
	*client
	b       *bench
	stripe  *stripetest.Server
	webhook string // the path of the endpoint
}

func stripes(t *testing.T) *merchant {
	t.Helper()
	b := setup(t)
	other, err := stripetest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	b.stripeURL = other.URL
	m := &merchant{client: b.openSandbox(), b: b, stripe: other}
	m.openShop()
	m.put("/v1/gateways/stripe", object{"secret_key": "sk_test_1"}).is(200).says(object{"gateway": "stripe", "configured": true, "live": false})
	m.webhook = strings.TrimPrefix(m.post("/v1/gateways/stripe/webhooks", object{"secret": signing}).is(201).text("url"), m.base)
	return m
}

// pays lets a workspace pay by a card that behaves so.
func (m *merchant) pays(workspace string, behaviours ...stripetest.Behaviour) {
	m.t.Helper()
	m.post("/v1/workspaces/"+workspace+"/payment-methods", object{"gateway": "stripe", "token": m.stripe.Method(behaviours...)}).
		is(201).says(object{"gateway": "stripe", "brand": "visa", "last4": "4242", "default": true})
}

// hear sends a message to the endpoint, signed at the present of the server.
func (m *merchant) hear(body []byte) *answered {
	m.t.Helper()
	return m.told(m.webhook, body, stripetest.Sign(body, signing, m.b.now()))
}

// told sends a message with a signature, without any key.
func (c *client) told(path string, body []byte, signature string) *answered {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if signature != "" {
		request.Header.Set("Stripe-Signature", signature)
	}
	a, err := c.send(request)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// TestStripe charges a renewal through Stripe, with an approval by the customer, and hears of it.
func TestStripe(t *testing.T) {
	t.Parallel()
	m := stripes(t)
	m.get("/v1/gateways").is(200).says(object{
		"data.0.gateway": "sandbox", "data.0.configured": true, "data.1.gateway": "stripe", "data.1.configured": true, "data.1.live": false, "data.2": nil,
	})
	m.collect("acme", "pro-month", 3)
	m.pays("acme", stripetest.Approval)
	renewed := m.advance("2026-02-01T00:00:00Z")
	waiting := m.get("/v1/workspaces/acme/payments?gateway=stripe", renewed.position()).is(200).says(object{
		"data.0.status": "requires_action", "data.0.gateway": "stripe", "data.0.next_action.expires_at": "2026-02-01T23:00:00Z", "data.1": nil,
	})
	intents, _ := m.stripe.Intents(waiting.text("data.0.id"), "1")
	if len(intents) != 1 || waiting.text("data.0.gateway_reference") != intents[0] {
		t.Fatalf("the intents are %v", intents)
	}
	back := m.stripe.ReturnURL(intents[0])
	guest := &person{t: t}
	guest.open(back, 200)
	if guest.sees("requires_action", ""); !strings.Contains(guest.text, m.stripe.URL+"/approve/"+intents[0]) || strings.Contains(guest.text, "<form") {
		t.Errorf("the page does not lead to the bank: %s", guest.text)
	}
	if err := m.stripe.Approve(intents[0]); err != nil {
		t.Fatal(err)
	}
	guest.open(back+"?redirect_status=succeeded", 200)
	guest.sees("processing", "")
	events := m.stripe.Events()
	for _, e := range events {
		m.hear(e.Body).is(200).says(object{"received": true})
	}
	listed := m.get("/v1/gateway-events").is(200).says(object{
		"data.0.type": "payment_intent.payment_failed", "data.0.result": "ignored",
		"data.1.type": "payment_intent.requires_action", "data.1.result": "stale", "data.1.payment": waiting.text("data.0.id"),
		"data.2.type": "payment_intent.succeeded", "data.2.result": "applied", "data.2.gateway_id": events[2].ID, "data.3": nil,
	})
	m.get("/v1/payments/"+waiting.text("data.0.id"), listed.position()).is(200).says(object{"status": "succeeded"})
	guest.open(back+"?redirect_status=succeeded", 200)
	guest.sees("paid", "")
	asked := m.advance("2026-02-01T00:00:00Z")
	m.get("/v1/payments/"+waiting.text("data.0.id"), asked.position()).is(200).says(object{"status": "succeeded", "fee.amount": "1.34"})
	m.get("/v1/finance/general-ledger?account=5000", asked.position()).is(200).says(object{"data.1.debit": "1.34"})
	m.get("/v1/workspaces/acme/balance", listed.position()).is(200).says(object{"receivable.amount": "0.00", "credit.amount": "0.00"})
	raw := m.get("/v1/gateway-events/" + listed.text("data.2.id") + "/raw").is(200)
	if !bytes.Equal(raw.body, events[2].Body) {
		t.Errorf("the raw message is %s, want %s", raw.body, events[2].Body)
	}
	m.hear(events[2].Body).is(200)
	m.get("/v1/gateway-events?result=duplicate&gateway=stripe&payment=" + waiting.text("data.0.id")).is(200).says(object{
		"data.0.gateway_id": events[2].ID, "data.1": nil,
	})
	m.get("/v1/gateway-events/none/raw").refused(404, "gateway_event_not_found")
}

// TestStripeSignatures: only what a live secret of the ledger signed lately, byte by byte, is taken.
func TestStripeSignatures(t *testing.T) {
	t.Parallel()
	m := stripes(t)
	body, now := []byte(`{"id": "evt_1", "type": "customer.created", "data": {"object": {}}}`), m.b.now()
	sign := func(secret string, at time.Time) string { return stripetest.Sign(body, secret, at) }
	second := strings.TrimPrefix(m.post("/v1/gateways/stripe/webhooks", object{"secret": "whsec_second"}).is(201).text("url"), m.base)
	m.post("/v1/gateways/stripe/webhooks", object{"secret": "whsec_second"}).is(201)
	m.get("/v1/gateways/stripe/webhooks").is(200).says(object{"data.0.url": m.base + m.webhook, "data.1.url": m.base + second, "data.2": nil})
	for name, c := range map[string]struct {
		path, signature string
		body            []byte
		status          int
		code            string
	}{
		"good":                   {m.webhook, sign(signing, now), body, 200, ""},
		"299 seconds old":        {m.webhook, sign(signing, now.Add(-299*time.Second)), body, 200, ""},
		"too old":                {m.webhook, sign(signing, now.Add(-302*time.Second)), body, 400, "signature_invalid"},
		"of the future":          {m.webhook, sign(signing, now.Add(302*time.Second)), body, 400, "signature_invalid"},
		"missing":                {m.webhook, "", body, 400, "signature_invalid"},
		"no signature at all":    {m.webhook, "nonsense", body, 400, "signature_invalid"},
		"another scheme":         {m.webhook, strings.Replace(sign(signing, now), "v1=", "v0=", 1), body, 400, "signature_invalid"},
		"another secret":         {m.webhook, sign("whsec_other", now), body, 400, "signature_invalid"},
		"the other live secret":  {m.webhook, sign("whsec_second", now), body, 200, ""},
		"two signatures":         {m.webhook, sign("whsec_other", now) + strings.TrimLeft(sign(signing, now), "t=0123456789"), body, 200, ""},
		"a byte more":            {m.webhook, sign(signing, now), append(bytes.Clone(body), '\n'), 400, "signature_invalid"},
		"another endpoint":       {second, sign(signing, now), body, 200, ""},
		"an unknown endpoint":    {m.webhook[:len(m.webhook)-1] + "_", sign(signing, now), body, 404, "endpoint_unknown"},
		"no endpoint":            {"/v1/webhooks/stripe/none", sign(signing, now), body, 404, "endpoint_unknown"},
		"not JSON":               {m.webhook, stripetest.Sign([]byte("\xff\x00"), signing, now), []byte("\xff\x00"), 200, ""},
		"too large":              {m.webhook, "", make([]byte, 256<<10+1), 413, "body_too_large"},
		"as large as it may be":  {m.webhook, stripetest.Sign(make([]byte, 256<<10), signing, now), make([]byte, 256<<10), 200, ""},
		"an object that is none": {m.webhook, stripetest.Sign([]byte(`{"id":"evt_\u0000","type":"charge.refunded","data":{"object":7}}`), signing, now), []byte(`{"id":"evt_\u0000","type":"charge.refunded","data":{"object":7}}`), 200, ""},
	} {
		m.run(t, name, func(t *testing.T) {
			a := m.told(c.path, c.body, c.signature)
			if c.code != "" {
				a.refused(c.status, c.code)
				return
			}
			a.is(c.status).says(object{"received": true})
		})
	}
	m.delete("/v1/gateways/stripe/webhooks/" + strings.TrimPrefix(second, "/v1/webhooks/stripe/")).is(200)
	m.told(second, body, sign(signing, now)).refused(404, "endpoint_unknown")
	m.told(m.webhook, body, sign("whsec_second", now)).refused(400, "signature_invalid")
}

// TestStripeSendsNUL: a character that the database can't hold is no reason to lose a message.
func TestStripeSendsNUL(t *testing.T) {
	t.Parallel()
	m := stripes(t)
	m.hear([]byte(`{"id": "evt_\u0000nul", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_\\\u0000", "status": "succeeded"}}}`)).is(200)
	m.get("/v1/gateway-events").is(200).says(object{"data.0.gateway_id": "evt_nul", "data.0.result": "unmatched", "data.1": nil})
}

// TestStripeKeys: keys and secrets are where they belong, and nowhere else.
func TestStripeKeys(t *testing.T) {
	t.Parallel()
	m := stripes(t)
	m.put("/v1/gateways/stripe", object{"secret_key": "sk_live_1"}).refused(422, "gateway_mode_mismatch")
	m.put("/v1/gateways/stripe", object{"secret_key": "pk_test_1"}).refused(422, "secret_key_invalid")
	m.post("/v1/gateways/stripe/webhooks", object{"secret": "with space"}).refused(422, "secret_invalid")
	m.put("/v1/gateways/stripe", object{"secret_key": "rk_test_2"}, without("Idempotency-Key"), header("Idempotency-Key", "second")).is(200)
	m.put("/v1/gateways/stripe", object{"secret_key": "rk_test_2"}, without("Idempotency-Key"), header("Idempotency-Key", "second")).is(200)
	m.delete("/v1/gateways/stripe/webhooks/none").refused(404, "endpoint_unknown")
	live := m.b.newLedger("live", "live")
	l := client{t: t, base: m.base, token: m.b.token(live, endpoint.RoleAdmin)}
	l.put("/v1/gateways/stripe", object{"secret_key": "sk_test_1"}).refused(422, "gateway_mode_mismatch")
	l.get("/v1/gateways").is(200).says(object{"data.0.gateway": "stripe", "data.0.configured": false, "data.1": nil})
	l.post("/v1/workspaces/acme/payment-methods", object{"gateway": "stripe", "token": "pm_1"}).refused(422, "gateway_not_configured")
	var secrets, plain int
	if err := m.b.admin.QueryRow(t.Context(), `
		SELECT (SELECT count(*) FROM tallystick.secrets),
		       (SELECT count(*) FROM tallystick.secrets WHERE position('_test'::bytea in sealed) > 0)
		     + (SELECT count(*) FROM tallystick.events WHERE convert_from(data, 'UTF8') ~ 'sk_|rk_|whsec')
		     + (SELECT count(*) FROM tallystick.idempotency WHERE convert_from(answer, 'UTF8') ~ 'sk_|rk_|whsec')`).Scan(&secrets, &plain); err != nil {
		t.Fatal(err)
	}
	if secrets != 2 || plain != 0 {
		t.Errorf("%d secrets are kept, %d can be read", secrets, plain)
	}
}

// TestStripeCheckout: a setup and a link that were used on Stripe's own pages are told, in whatever order and number.
func TestStripeCheckout(t *testing.T) {
	t.Parallel()
	m := stripes(t)
	link := m.post("/v1/workspaces/acme/payment-links", object{"price": "pro-month", "seats": 3}).is(201).text("id")
	pages := stripe.New(stripe.Options{Secrets: plainKey("sk_test_1"), URL: m.stripe.URL})
	amount, err := money.FromMinor("USD", 3600)
	if err != nil {
		t.Fatal(err)
	}
	paid, err := pages.PaymentPage(t.Context(), m.b.ledger, gateway.PaymentPage{
		Key: "link:" + link, Link: link, Workspace: "acme", Title: "Pro", Amount: amount, Save: true, ReturnURL: "https://shop.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	given, err := pages.SetupPage(t.Context(), m.b.ledger, gateway.SetupPage{Key: "setup:s", Setup: "s", Workspace: "acme", ReturnURL: "https://shop.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, session := range []string{paid.Reference, given.Reference} {
		if err := m.stripe.Complete(session); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		for _, e := range slices.Backward(m.stripe.Events()) {
			m.hear(e.Body).is(200)
		}
	}
	told := m.get("/v1/gateway-events?result=applied").is(200)
	m.get("/v1/workspaces/acme/subscription", told.position()).is(200).says(object{"status": "active", "seats": 3})
	m.get("/v1/workspaces/acme/balance", told.position()).is(200).says(object{"receivable.amount": "0.00", "credit.amount": "0.00"})
	m.get("/v1/payment-links/"+link, told.position()).is(200).says(object{"status": "completed"})
	asked := m.advance("2026-01-01T00:00:00Z")
	m.get("/v1/payments?workspace=acme", asked.position()).is(200).says(object{"data.0.status": "succeeded", "data.0.fee.amount": "1.34", "data.1": nil})
	m.get("/v1/workspaces/acme/payment-methods", told.position()).is(200).says(object{
		"data.0.gateway": "stripe", "data.0.brand": "mastercard", "data.1.brand": "mastercard", "data.2": nil,
	})
}

// TestStripeCheckoutOfALiveLedger: links and setups lead to pages of Stripe's own, which are told when they were used.
func TestStripeCheckoutOfALiveLedger(t *testing.T) {
	t.Parallel()
	m := stripes(t)
	live := m.b.newLedger("live", eventstore.ModeLive)
	l := &client{t: t, base: m.base, token: m.b.token(live, endpoint.RoleAdmin)}
	l.openShop()
	for path, body := range map[string]object{"payment-links": {"price": "pro-month", "seats": 3}, "payment-methods/setup": {}} {
		l.post("/v1/workspaces/acme/"+path, body).refused(422, "gateway_not_configured")
	}
	customer := l.post("/v1/workspaces/acme/portal", object{"page": "payment-methods"}).is(201).text("url")
	guest := &person{t: t}
	if guest.open(customer, 200); strings.Contains(guest.text, "<form") || !strings.Contains(guest.text, "No payment method can be added") {
		t.Errorf("without a key a customer is offered %s", guest.text)
	}
	l.put("/v1/gateways/stripe", object{"secret_key": "sk_live_1"}).is(200)
	hook := strings.TrimPrefix(l.post("/v1/gateways/stripe/webhooks", object{"secret": signing}).is(201).text("url"), m.base)
	session := func(url string) string {
		id, is := strings.CutPrefix(url, m.stripe.URL+"/checkout/")
		if !is {
			t.Fatalf("the page is %s", url)
		}
		return id
	}
	hear := func() {
		for _, e := range m.stripe.Events() {
			l.told(hook, e.Body, stripetest.Sign(e.Body, signing, m.b.now())).is(200)
		}
	}
	made := l.post("/v1/workspaces/acme/payment-links", object{"price": "pro-month", "seats": 3}).is(201)
	id, page := made.text("id"), session(made.text("url"))
	l.get("/v1/payment-links/" + id).is(200).says(object{"url": made.text("url"), "status": "open", "amount.amount": "36.00"})
	canceled := l.post("/v1/workspaces/birch/payment-links", object{"price": "pro-month", "seats": 1}).is(201)
	l.post("/v1/payment-links/"+canceled.text("id")+"/cancel", object{}).is(200)
	if err := m.stripe.Complete(session(canceled.text("url"))); err == nil {
		t.Error("the page of a canceled link takes money")
	}
	given := l.post("/v1/workspaces/acme/payment-methods/setup", object{"return_url": "https://shop.example"}).is(201)
	guest.open(customer, 200)
	for _, used := range []string{page, session(given.text("url")), session(guest.find(checkoutOf))} {
		if err := m.stripe.Complete(used); err != nil {
			t.Fatal(err)
		}
	}
	hear()
	told := l.get("/v1/gateway-events?result=applied").is(200)
	l.get("/v1/payment-links/"+id, told.position()).is(200).says(object{"status": "completed"})
	l.get("/v1/workspaces/acme/subscription", told.position()).is(200).says(object{"status": "active", "seats": 3})
	l.get("/v1/workspaces/acme/payment-methods", told.position()).is(200).says(object{"data.0.gateway": "stripe", "data.1.gateway": "stripe", "data.2.gateway": "stripe", "data.3": nil})
}

// checkoutOf finds the page of Checkout that a page leads to.
var checkoutOf = regexp.MustCompile(`href="([^"]+/checkout/[^"]+)"`)

// TestStripeCheckoutOpensAnew: a link outlives the page that it was made with, and opens another one, which is paid once. Whoever comes
// back before Stripe says so waits for its word.
func TestStripeCheckoutOpensAnew(t *testing.T) {
	t.Parallel()
	m := stripes(t)
	live := m.b.newLedger("live", eventstore.ModeLive)
	l := &client{t: t, base: m.base, token: m.b.token(live, endpoint.RoleAdmin)}
	l.openShop()
	l.put("/v1/gateways/stripe", object{"secret_key": "sk_live_1"}).is(200)
	hook := strings.TrimPrefix(l.post("/v1/gateways/stripe/webhooks", object{"secret": signing}).is(201).text("url"), m.base)
	now := time.Now().Truncate(time.Microsecond)
	m.b.clock.Store(&now)
	made := l.post("/v1/workspaces/acme/payment-links", object{"price": "pro-month", "seats": 3, "expires_at": now.AddDate(0, 0, 3)}).is(201)
	first := strings.TrimPrefix(made.text("url"), m.stripe.URL+"/checkout/")
	later := now.Add(25 * time.Hour)
	m.b.clock.Store(&later)
	if err := m.stripe.Expire(first); err != nil {
		t.Fatal(err)
	}
	ours := l.get("/v1/payment-links/" + made.text("id")).is(200).says(object{"status": "open"}).text("url")
	guest := &person{t: t}
	guest.open(ours, 200)
	guest.sees("open", "")
	second := strings.TrimPrefix(guest.find(checkoutOf), m.stripe.URL+"/checkout/")
	if second == "" || second == first {
		t.Fatalf("the page leads to %q, after %q: %s", second, first, guest.text)
	}
	if guest.open(ours, 200); strings.TrimPrefix(guest.find(checkoutOf), m.stripe.URL+"/checkout/") != second {
		t.Error("each look opens another page")
	}
	if err := m.stripe.Complete(second); err != nil {
		t.Fatal(err)
	}
	back, paid := m.stripe.Back(second)
	if back != ours {
		t.Errorf("whoever did not pay comes back to %s", back)
	}
	guest.open(paid, 200)
	guest.sees("processing", "")
	for _, e := range m.stripe.Events() {
		l.told(hook, e.Body, stripetest.Sign(e.Body, signing, later)).is(200)
	}
	told := l.get("/v1/gateway-events?result=applied").is(200)
	l.get("/v1/payment-links/"+made.text("id"), told.position()).is(200).says(object{"status": "completed"})
	l.get("/v1/payments?workspace=acme", told.position()).is(200).says(object{"data.0.status": "succeeded", "data.0.amount.amount": "36.00", "data.1": nil})
	guest.open(paid, 200)
	guest.sees("paid", "")
}

// plainKey is the secret key of every ledger.
type plainKey string

func (k plainKey) SecretKey(context.Context, eventstore.Ledger, string) (string, error) {
	return string(k), nil
}

// stripeRefusals are those of a server, and of one without a key that seals.
func stripeRefusals(b *bench, keyless *client) []refusalCase {
	const key, webhooks = "/v1/gateways/stripe", "/v1/gateways/stripe/webhooks"
	unsealed := func(route, method, path string, body object) refusalCase {
		return refusalCase{route, "secret_key_missing", func(*client) *answered { return keyless.do(method, path, body) }}
	}
	// live asks a new live ledger with a key for a Stripe where nobody is, or without one.
	live := func(route, code, path string, body object) refusalCase {
		return refusalCase{route, code, func(c *client) *answered {
			c.token = b.token(b.newLedger("live-"+route+code, eventstore.ModeLive), endpoint.RoleAdmin)
			c.openShop()
			if code == "gateway_not_configured" {
				return c.post("/v1/workspaces/acme/"+path, body)
			}
			c.post("/v1/products/pro/prices", object{"code": "fils", "currency": "KWD", "interval": "month", "unit_amount": "1.234"}).is(201)
			c.put(key, object{"secret_key": "sk_live_1"}).is(200)
			return c.post("/v1/workspaces/acme/"+path, body)
		}}
	}
	return []refusalCase{
		live("add-payment-method", "gateway_not_configured", "payment-methods", object{"gateway": "stripe", "token": "pm_1"}),
		live("create-payment-link", "gateway_not_configured", "payment-links", object{"price": "pro-month", "seats": 1}),
		live("set-up-payment-method", "gateway_not_configured", "payment-methods/setup", object{}),
		live("create-payment-link", "gateway_unreachable", "payment-links", object{"price": "pro-month", "seats": 1}),
		live("create-payment-link", "gateway_refused", "payment-links", object{"price": "fils", "seats": 1}),
		live("set-up-payment-method", "gateway_unreachable", "payment-methods/setup", object{}),
		ask("set-stripe-key", "gateway_mode_mismatch", http.MethodPut, key, nil, object{"secret_key": "sk_test_1"}),
		ask("set-stripe-key", "secret_key_invalid", http.MethodPut, key, nil, object{"secret_key": "key"}),
		unsealed("set-stripe-key", http.MethodPut, key, object{"secret_key": "sk_live_1"}),
		ask("add-stripe-webhook", "secret_invalid", http.MethodPost, webhooks, nil, object{"secret": ""}),
		unsealed("add-stripe-webhook", http.MethodPost, webhooks, object{"secret": "whsec_1"}),
		{"add-stripe-webhook", "endpoints_full", func(c *client) *answered {
			c.token = c.sandbox
			for n := range 20 {
				c.post(webhooks, object{"secret": fmt.Sprint("whsec_", n)}).is(201)
			}
			return c.post(webhooks, object{"secret": "whsec_more"})
		}},
		ask("remove-stripe-webhook", "endpoint_unknown", http.MethodDelete, webhooks+"/none", nil, nil),
		ask("get-gateway-event-raw", "gateway_event_not_found", http.MethodGet, "/v1/gateway-events/none/raw", nil, nil),
	}
}
