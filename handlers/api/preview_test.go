package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// rawAt gives the bytes of a value by names and indexes.
func rawAt(t testing.TB, body []byte, path ...any) jsontext.Value {
	t.Helper()
	for _, step := range path {
		var err error
		switch step := step.(type) {
		case string:
			inside := map[string]jsontext.Value{}
			err = json.Unmarshal(body, &inside)
			body = inside[step]
		case int:
			inside := []jsontext.Value{}
			if err = json.Unmarshal(body, &inside); err == nil && step < len(inside) {
				body = inside[step]
			}
		}
		if err != nil || body == nil {
			t.Fatalf("no %v: %v", path, err)
		}
	}
	return body
}

// sameLines expects a preview and an invoice to have the same lines and sums, to the last byte.
func sameLines(t testing.TB, preview, invoice *answered) {
	t.Helper()
	for _, name := range []string{"lines", "currency", "subtotal", "discount", "tax", "total", "credit_applied", "amount_due"} {
		if quoted, billed := rawAt(t, preview.body, name), rawAt(t, invoice.body, name); string(quoted) != string(billed) {
			t.Errorf("%s: quoted %s\nbilled %s", name, quoted, billed)
		}
	}
}

// TestPreviewIsExecution compares each preview with the invoice of the change by its quote, however much later in its life, and also
// of a day that is over by then.
func TestPreviewIsExecution(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	c.post("/v1/coupons", object{"code": "third", "percent_off": "33.33", "duration": "forever"}).is(201)
	c.post("/v1/coupons", object{"code": "voucher", "amount_off": object{"amount": "29.00", "currency": "USD"}, "duration": "once"}).is(201)
	c.post("/v1/coupons", object{"code": "rest", "amount_off": object{"amount": "50.00", "currency": "USD"}, "duration": "periods", "periods": 2}).is(201)
	coupons := []string{"third", "voucher", "rest"}
	c.post("/v1/products/pro/prices", object{"code": "from", "currency": "USD", "interval": "month", "unit_amount": "9.99", "tax_rate": "0.19"}).is(201)
	c.post("/v1/products/team/prices", object{
		"code": "to", "currency": "USD", "interval": "month", "unit_amount": "17.77", "tax_rate": "0.19", "tax_behavior": "inclusive",
	}).is(201)
	c.post("/v1/products/team/prices", object{"code": "cheap", "currency": "USD", "interval": "month", "unit_amount": "0.01"}).is(201)
	c.post("/v1/products/pro/prices", object{"code": "second", "currency": "USD", "interval": "month", "unit_amount": "9.99", "proration": "second"}).is(201)
	for i, tt := range []struct {
		from, path string
		change     object
	}{
		{"from", "/upgrade", object{"price": "to"}},
		{"from", "/upgrade", object{"price": "pro-year"}},
		{"from", "/upgrade", object{"price": "cheap"}},
		{"from", "/seats", object{"seats": 7}},
		{"second", "/seats", object{"seats": 7}},
		{"second", "/upgrade", object{"price": "to"}},
	} {
		c.run(t, tt.from+tt.path+encode(tt.change), func(t *testing.T) {
			workspace := fmt.Sprint("w", i)
			c.post(of(workspace), object{
				"price": tt.from, "seats": 3, "collection": "send_invoice", "time_zone": "Asia/Kathmandu", "coupon": coupons[i%3],
			}).is(201)
			b.advance(5*24*time.Hour + 7*time.Hour)
			preview := c.post(of(workspace)+"/proration-preview", tt.change, without("Idempotency-Key")).is(200)
			if preview.header.Get("Ledger-Position") != fmt.Sprint(len(b.events())) || preview.header.Get("ETag") != fmt.Sprintf(`"v%d"`, preview.number("version")) {
				t.Errorf("headers %v", preview.header)
			}
			asOf, err := time.Parse(time.RFC3339, preview.text("as_of"))
			if err != nil || preview.text("expires_at") != asOf.Add(time.Hour).Format(time.RFC3339Nano) {
				t.Errorf("as of %s until %s", preview.text("as_of"), preview.text("expires_at"))
			}
			preview.says(object{"effective_at": preview.at("as_of")})
			b.advance(59 * time.Minute)
			body := object{"quote": preview.at("quote")}
			for name, value := range tt.change {
				body[name] = value
			}
			tried := c.post(of(workspace)+tt.path+"?dry_run=true", body).is(200)
			done := c.post(of(workspace)+tt.path, body, header("If-Match", preview.header.Get("ETag"))).is(200)
			invoice := c.get("/v1/invoices/"+done.text("invoice"), done.position()).is(200)
			sameLines(t, preview, invoice)
			if tried.at("invoice") == nil || len(preview.at("lines").([]any)) == 0 {
				t.Errorf("%s: nothing was billed", preview.body)
			}
		})
	}
}

// TestPreviewOfWhatWaits shows the renewal that a change leads to, and when it happens. Nothing is due for it now.
func TestPreviewOfWhatWaits(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	bought := c.buy("acme", "team-month", 4)
	for _, tt := range []struct {
		change object
		total  string
	}{
		{object{"price": "pro-month"}, "48.00"}, {object{"seats": 2}, "40.00"}, {object{"seats": 4}, "80.00"},
		{object{"price": "pro-month", "seats": 2}, "24.00"},
	} {
		c.run(t, encode(tt.change), func(t *testing.T) {
			c.post(of("acme")+"/proration-preview", tt.change).is(200).says(object{
				"total.amount": tt.total, "lines.0.amount.amount": tt.total, "credit_applied.amount": "0.00", "amount_due.amount": "0.00",
				"currency": "USD", "effective_at": bought.at("subscription.current_period.end"),
			})
		})
	}
	quote := c.quote("acme", object{"seats": 2})
	c.post(of("acme")+"/seats", object{"seats": 2, "quote": quote}).is(200).says(object{"subscription.pending_change.seats": 2})
	at := b.now().AddDate(0, 0, 3).UTC().Format(time.RFC3339)
	c.post(of("acme")+"/proration-preview", object{"seats": 5, "at": at}).is(200).
		says(object{"quote": nil, "expires_at": nil, "as_of": at, "effective_at": at, "lines.0.kind": "seats", "lines.0.period.start": at})
	c.post(of("acme")+"/proration-preview", object{"seats": 5, "at": bought.at("subscription.current_period.end")}).
		refused(422, "at_invalid").says(object{"errors.0.pointer": "/at"})
}

// TestPreviewIsOfNow: it knows of what no read model has heard, of the credit, and of what is due by now.
func TestPreviewIsOfNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	c.buy("acme", "team-month", 4)
	p.stopProjecting()
	waits := c.post(of("acme")+"/downgrade", object{"price": "pro-month"}).is(200)
	upcoming := c.get(of("acme")+"/upcoming-invoice", waits.position()).is(200).says(object{"lines.0.quantity": 4, "total.amount": "48.00"})
	if upcoming.header.Get("Ledger-Position") != waits.header.Get("Ledger-Position") || upcoming.header.Get("ETag") != waits.header.Get("ETag") {
		t.Errorf("headers %v", upcoming.header)
	}
	c.get(of("acme")+"/upcoming-invoice", header("Min-Position", "1000000")).refused(503, "read_model_behind")
	c.get(of("acme")+"/upcoming-invoice", header("Min-Position", "x")).refused(400, "parameter_invalid")
	before := len(b.events())
	b.advance(33 * 24 * time.Hour)
	// The period that began meanwhile is nobody's to write by asking; but it is what the change is of.
	preview := c.post(of("acme")+"/proration-preview", object{"price": "team-month"}).is(200).
		says(object{"version": waits.number("subscription.version"), "lines.0.kind": "credit", "lines.1.kind": "charge"})
	if preview.header.Get("ETag") != waits.header.Get("ETag") {
		t.Errorf("ETag %s, and what is stored has %s", preview.header.Get("ETag"), waits.header.Get("ETag"))
	}
	c.get(of("acme") + "/upcoming-invoice").is(200).says(object{"total.amount": "48.00"})
	if after := len(b.events()); after != before {
		t.Errorf("%d events were written by asking", after-before)
	}
	// Whoever carries out first what is due, the quote holds.
	if lines := rawAt(t, preview.body, "lines"); !strings.Contains(string(lines), "/renewal/") {
		t.Errorf("the credit is of another period: %s", lines)
	}
	c.post(of("acme")+"/uncancel", nil).refused(409, "invalid_transition")
	c.post(of("acme")+"/upgrade", object{"price": "team-month", "quote": preview.at("quote")}).is(200).
		says(object{"subscription.price": "team-month"})
}

// TestQuotes: a quote is worth something to the workspace that it was given to, as it was given.
func TestQuotes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	other := b.newLedger("other", eventstore.ModeLive)
	elsewhere := &client{t: t, base: c.base, token: b.token(other, endpoint.RoleAdmin)}
	for _, c := range []*client{c, elsewhere} {
		c.openShop()
		c.buy("acme", "pro-month", 2)
		c.buy("beta", "pro-month", 2)
	}
	quote := c.quote("acme", object{"seats": 3})
	refuse := func(what, quote string) {
		t.Helper()
		for path, body := range map[string]object{"/seats": {"seats": 3}, "/upgrade": {"price": "team-month"}} {
			body["quote"] = quote
			a := c.post(of("acme")+path, body)
			if a.status != 422 || a.text("code") != "quote_not_found" || a.text("errors.0.pointer") != "/quote" {
				t.Errorf("%s: %d %s", what, a.status, a.body)
			}
		}
	}
	refuse("of another workspace", c.quote("beta", object{"seats": 3}))
	refuse("of another ledger", elsewhere.quote("acme", object{"seats": 3}))
	raw, err := base64.RawURLEncoding.DecodeString(quote)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		forged := append([]byte{}, raw...)
		forged[i] ^= 1
		if i%7 == 0 || i < 2 || i > len(raw)-2 {
			refuse(fmt.Sprint("forged at ", i), base64.RawURLEncoding.EncodeToString(forged))
		}
	}
	content := string(raw[32:])
	earlier := strings.Replace(content, `"as_of":"20`, `"as_of":"19`, 1)
	if earlier == content {
		t.Fatalf("no as_of in %s", content)
	}
	refuse("with another time", base64.RawURLEncoding.EncodeToString(append(raw[:32:32], earlier...)))
	for _, garbled := range []string{"", "q", quote + "A", quote + "=", quote[1:], " " + quote, strings.ToLower(quote), quote[:43], quote + "\n"} {
		if !strings.HasSuffix(garbled, "\n") {
			refuse("garbled", garbled)
		}
	}
	c.post(of("acme")+"/upgrade", object{"price": "team-month", "quote": quote}).refused(422, "quote_mismatch").says(object{"errors.0.pointer": "/quote"})
	c.post(of("acme")+"/seats", object{"seats": 4, "quote": quote}).refused(422, "quote_mismatch")
	b.advance(time.Hour)
	c.post(of("acme")+"/seats", object{"seats": 3, "quote": quote}).refused(410, "quote_expired")
	quote = c.quote("acme", object{"seats": 3})
	b.advance(time.Hour - time.Minute)
	c.post(of("acme")+"/seats", object{"seats": 3, "quote": quote}, key("once")).is(200)
	// A repeat is answered before the quote is looked at; a second use is of a subscription that changed.
	b.advance(time.Hour)
	c.post(of("acme")+"/seats", object{"seats": 3, "quote": quote}, key("once")).is(200)
	again := c.quote("acme", object{"seats": 4})
	c.post(of("acme")+"/seats", object{"seats": 4, "quote": again}).is(200)
	c.post(of("acme")+"/seats", object{"seats": 4, "quote": again}).refused(409, "quote_stale")
	// Nothing that is shown has the secret in it.
	var secret []byte
	if err := b.admin.QueryRow(t.Context(), `SELECT secret FROM tallystick.ledgers WHERE name = 'test'`).Scan(&secret); err != nil {
		t.Fatal(err)
	}
	if raw, _ := base64.RawURLEncoding.DecodeString(again); strings.Contains(string(raw), string(secret)) {
		t.Error("the quote shows the secret")
	}
}

// TestQuotesOutliveARotation: what the secret before signed is good for a while, unless it leaked.
func TestQuotesOutliveARotation(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 2)
	rotate := func(keep time.Duration) {
		t.Helper()
		settle := func(context.Context) error { b.advance(time.Second); return nil }
		if err := b.operator().RotateSecret(t.Context(), b.ledger, keep, settle, b.now); err != nil {
			t.Fatal(err)
		}
		b.advance(time.Second)
	}
	before := c.quote("acme", object{"seats": 3})
	rotate(time.Hour)
	c.post(of("acme")+"/seats", object{"seats": 3, "quote": before}).is(200)
	after := c.quote("acme", object{"seats": 4})
	c.post(of("acme")+"/seats", object{"seats": 4, "quote": after}).is(200)
	leaked := c.quote("acme", object{"seats": 5})
	rotate(0)
	c.post(of("acme")+"/seats", object{"seats": 5, "quote": leaked}).refused(422, "quote_not_found")
}

// TestUpcomingInvoice compares the upcoming invoice with the one that the renewal makes.
func TestUpcomingInvoice(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.get(of("acme")+"/upcoming-invoice").refused(404, "no_subscription")
	c.post("/v1/products/pro/prices", object{"code": "taxed", "currency": "USD", "interval": "month", "unit_amount": "9.99", "tax_rate": "0.19"}).is(201)
	bought := c.post(of("acme"), object{"price": "taxed", "seats": 3, "collection": "send_invoice", "time_zone": "Europe/Berlin", "days_until_due": 10}).is(201)
	// A payment that is too high is credit, which the next invoice takes.
	c.post("/v1/invoices/"+bought.text("invoice")+"/record-payment", object{"amount": object{"amount": "40.00", "currency": "USD"}, "reference": "wire"}).is(200)
	upcoming := c.get(of("acme") + "/upcoming-invoice").is(200).says(object{
		"subscription": bought.text("subscription.id"), "period.start": bought.at("subscription.current_period.end"),
		"issued_at": bought.at("subscription.current_period.end"), "total.amount": "35.66", "credit_applied.amount": "4.34", "amount_due.amount": "31.32",
	})
	b.advance(32 * 24 * time.Hour)
	last := c.put(of("acme")+"/collection", object{"collection": "automatic"}).is(200)
	renewal := c.get("/v1/workspaces/acme/invoices", last.position()).is(200)
	for _, name := range []string{"subscription", "lines", "subtotal", "discount", "tax", "total", "credit_applied", "amount_due", "period", "issued_at", "due_at"} {
		if said, billed := rawAt(t, upcoming.body, name), rawAt(t, renewal.body, "data", 1, name); string(said) != string(billed) {
			t.Errorf("%s: %s, billed %s", name, said, billed)
		}
	}
}
