package api

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway/stripe/stripetest"
)

// furnish makes a ledger in which every GET finds something, and gives the names that lead there and the position that shows it.
func (c *client) furnish() (named map[string]string, shown with) {
	c.t.Helper()
	named = c.followGuide()
	for _, id := range []string{"create-coupon", "set-billing-details", "set-member-details", "set-seller", "set-tax"} {
		r := routeOf(id)
		if made := c.do(r.Method, placed(r.Path, named), r.Example); made.status/100 != 2 {
			c.t.Fatalf("%s: %d %s", made.what, made.status, made.body)
		}
	}
	c.put("/v1/products/pro", object{"features": object{"sso": true}}).is(200)
	c.attach("initech", "tok_ok")
	collected := c.post(of("initech"), asks()).is(201)
	named["payment"] = c.get("/v1/invoices/"+collected.text("invoice"), collected.position()).is(200).text("payment")
	c.advance(c.get("/v1/clock").is(200).text("now"))
	charge := c.get("/v1/sandbox/charges").is(200).text("data.0.id")
	named["dispute"] = c.post("/v1/sandbox/charges/"+charge+"/dispute", object{}).is(201).text("id")
	bought := c.buy("globex", "pro-month", 3)
	invoice := "/v1/invoices/" + bought.text("invoice")
	c.post(invoice+"/record-payment", object{"amount": dollars("12.00"), "reference": "wire"}).is(200)
	note := c.post(invoice+"/credit-notes", object{"amount": c.get(invoice, bought.position()).is(200).at("total"), "reason": "sorry", "refund": true}).is(201)
	named["license"], _ = c.license(object{"product": "pro"})
	named["payment_link"] = c.post("/v1/workspaces/umbrella/payment-links", object{"price": "pro-month", "seats": 3}).is(201).text("id")
	named["credit_note"], named["refund"] = note.text("id"), c.get("/v1/refunds", note.position()).is(200).text("data.0.id")
	body := []byte(`{"id":"evt_1","type":"customer.created"}`)
	heard := c.post("/v1/gateways/stripe/webhooks", object{"secret": signing}).is(201).text("url")
	c.told(strings.TrimPrefix(heard, c.base), body, stripetest.Sign(body, signing, time.Now())).is(200)
	named["gateway_event"] = c.get("/v1/gateway-events").is(200).text("data.0.id")
	for _, document := range []string{"invoices/" + named["invoice"], "credit-notes/" + note.text("id")} {
		link := c.post("/v1/"+document+"/link", nil).is(200).text("url")
		kind, _, _ := strings.Cut(document, "/")
		named[kind] = link[strings.LastIndex(link, "/")+1:]
	}
	hook := c.post("/v1/webhook-endpoints", object{"url": "https://hooks.example/x"}).is(201).text("id")
	tested := c.post("/v1/webhook-endpoints/"+hook+"/test", nil).is(202)
	named["endpoint"] = hook
	named["export"] = c.exported(object{"kind": "events"}).text("id")
	named["delivery"] = c.get("/v1/webhook-endpoints/"+hook+"/deliveries", tested.position()).is(200).text("data.0.id")
	return named, tested.position()
}

// found gives the path of a GET, with all that its query must have.
func found(r *endpoint.Route, named map[string]string) string {
	path := r.Path
	for _, kind := range []string{"invoices", "credit-notes"} {
		path = strings.Replace(path, "/documents/"+kind+"/{link}", "/documents/"+kind+"/"+named[kind], 1)
	}
	path = target(&endpoint.Route{Path: placed(path, named), Parameters: r.Parameters})
	if r.ID == "prove-consistency" {
		path = strings.ReplaceAll(path, "=1", "="+named["size"])
	}
	if r.ID == "get-member-payments" {
		path += "?invoice=" + named["invoice"]
	}
	return path
}

// ask sends a request and gives the answer as it came, without what differs each time.
func (c *client) ask(method, path string, more ...with) (status int, header http.Header, body []byte) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("X-Request-Id", "same")
	for _, change := range more {
		change(request)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		c.t.Fatal(err)
	}
	response.Header.Del("Date")
	return response.StatusCode, response.Header, body
}

// TestHead asks every GET of the table for its headers alone.
func TestHead(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	named, shown := c.furnish()
	named["size"] = b.newSealer().seal()
	same := func(t *testing.T, path string, want int, more ...with) {
		t.Helper()
		for _, coding := range []string{"identity", "gzip"} {
			c.sameHead(t, path, want, append(more, header("Accept-Encoding", coding))...)
		}
	}
	for _, r := range routes {
		if r.Method != http.MethodGet {
			continue
		}
		path := found(&r, named)
		c.run(t, r.ID, func(t *testing.T) {
			same(t, path, 200, shown)
			if r.Roles != nil {
				same(t, path, 401, without("Authorization"))
			}
		})
	}
	for name, one := range map[string]struct {
		path   string
		status int
		more   with
	}{
		"lines":          {"/v1/events", 200, header("Accept", "application/x-ndjson")},
		"a file of docs": {"/docs/swagger-ui.css", 200, header("Accept", "text/css")},
		"no file":        {"/docs/none.css", 404, header("Accept", "text/css")},
		"not found":      {"/v1/invoices/none", 404, header("Accept", "*/*")},
		"bad parameter":  {"/v1/invoices?limit=many", 400, header("Accept", "*/*")},
		"no path":        {"/v2", 404, header("Accept", "*/*")},
	} {
		c.run(t, name, func(t *testing.T) { same(t, one.path, one.status, one.more) })
	}
	c.run(t, "not where there is no GET", func(t *testing.T) {
		if status, header, _ := c.ask(http.MethodHead, "/v1/workspaces/acme/subscription/upgrade"); status != 405 || header.Get("Allow") != "POST" {
			t.Errorf("%d, Allow: %s", status, header.Get("Allow"))
		}
	})
}

// sameHead asks for a body and for its headers alone.
func (c *client) sameHead(t *testing.T, path string, want int, more ...with) {
	t.Helper()
	status, header, body := c.ask(http.MethodGet, path, more...)
	if status != want || len(body) == 0 {
		t.Errorf("GET %s: %d, want %d, and %d bytes", path, status, want, len(body))
	}
	headStatus, headHeader, nothing := c.ask(http.MethodHead, path, more...)
	if headStatus != status || len(nothing) > 0 || !maps.EqualFunc(headHeader, header, slices.Equal) {
		t.Errorf("HEAD %s: %d %v with %d bytes, but GET: %d %v", path, headStatus, headHeader, len(nothing), status, header)
	}
}
