package api

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// guided makes, in the guide's order, what the guide makes.
var guided = []string{"create-product", "create-price", "create-subscription", "allocate-seat", "record-payment"}

// needed brings about what an example says that it needs, by the id of its route, and may name another workspace for it.
var needed = map[string]struct{ script, workspace string }{
	"upgrade-subscription":    {script: `[["POST","/v1/products/pro/prices",{year}]]`},
	"downgrade-subscription":  {script: `[["POST","/v1/products/pro/prices",{year}],["POST","/v1/workspaces/acme/subscription/upgrade",{"price":"pro-year"}]]`},
	"apply-discount":          {script: `[["POST","/v1/coupons",{coupon}]]`},
	"resume-subscription":     {script: `[["POST","/v1/workspaces/acme/subscription/pause",{}]]`},
	"void-invoice":            {script: `[["POST","/v1/workspaces/acme/subscription/seats",{"seats":6}]]`},
	"change-webhook-endpoint": {script: `[["POST","/v1/webhook-endpoints",{"url":"https://hooks.example/x"}]]`},
	"replay-webhook-endpoint": {script: `[["POST","/v1/webhook-endpoints",{"url":"https://hooks.example/x"}]]`},
	"link-credit-note":        {script: `[["POST","/v1/workspaces/acme/subscription/seats",{"seats":6}],["POST","/v1/invoices/{invoice}/credit-notes",{"amount":{"amount":"1.00","currency":"USD"},"reason":"outage"}]]`},
	"pay-invoice":             {script: `[["POST","/v1/workspaces/acme/payment-methods",{"gateway":"sandbox","token":"tok_ok"}],["POST","/v1/workspaces/acme/subscription/seats",{"seats":6}]]`},
	"refund-credit":           {script: `[["POST","/v1/workspaces/acme/subscription/cancel",{"when":"now","settlement":"credit"}]]`},
	"use-feature":             {script: `[["PUT","/v1/products/pro",{"limits":{"sso":{"limit":5,"per":null}}}]]`},
	"override-feature":        {script: `[["PUT","/v1/products/pro",{"features":{"sso":false}}]]`},
	"record-refund":           {script: `[["POST","/v1/workspaces/acme/subscription/cancel",{"when":"now","settlement":"refund"}],["GET","/v1/refunds"]]`},
	"refund-payment":          {script: charging("tok_ok", "/v1/payments?gateway=sandbox")},
	"resolve-payment":         {script: charging("tok_timeout_silent", "/v1/payments?gateway=sandbox")},
	"park-job": {script: `[["POST","/v1/workspaces/acme/payment-methods",{"gateway":"sandbox","token":"tok_ok"}],["POST","/v1/workspaces/acme/subscription/seats",{"seats":6}],
		["PUT","/v1/sandbox/gateway",{"available":false}],["POST","/v1/invoices/{invoice}/pay",{}],["GET","/v1/jobs"]]`},
	"dispute-sandbox-charge":  {script: charging("tok_ok", "/v1/sandbox/charges")},
	"refund-sandbox-charge":   {script: charging("tok_ok", "/v1/sandbox/charges")},
	"close-sandbox-dispute":   {script: charging("tok_dispute", "/v1/disputes")},
	"start-trial":             {script: `[["POST","/v1/products/pro/prices",{year}]]`, workspace: "globex"},
	"convert-trial":           {script: `[["POST","/v1/products/pro/prices",{year}],["POST","/v1/workspaces/globex/trial",{trial}]]`, workspace: "globex"},
	"extend-trial":            {script: `[["POST","/v1/products/pro/prices",{year}],["POST","/v1/workspaces/globex/trial",{trial}]]`, workspace: "globex"},
	"change-license-seats":    {script: licensed},
	"preview-license-seats":   {script: `[["POST","/v1/licenses",{"licensee":"Acme Ltd","product":"pro","price":"pro-month","workspace":"globex","seats":50}]]`},
	"change-license-features": {script: licensed},
	"suspend-license":         {script: licensed},
	"renew-license":           {script: licensed},
	"revoke-license":          {script: licensed},
	"add-license-instance":    {script: licensed},
	"make-license-file": {script: `[["POST","/v1/licenses",{"licensee":"Acme Ltd","product":"pro","seats":50}],
		["POST","/v1/licenses/{license}/instances",{"instance":"berlin","fingerprint":"f00d"}]]`},
	"link-workspace-license":   {script: `[["GET","/v1/products"]]`, workspace: "globex"},
	"upload-workspace-license": {script: `[["GET","/v1/products"]]`, workspace: "globex"},
	"create-payment-link":      {script: `[["GET","/v1/products"]]`, workspace: "globex"},
}

const licensed = `[["POST","/v1/licenses",{"licensee":"Acme Ltd","product":"pro","seats":50}]]`

// charging has the gateway take money by a token, and gives what is listed then.
func charging(token, listed string) string {
	return `[["POST","/v1/workspaces/acme/payment-methods",{"gateway":"sandbox","token":"` + token + `"}],["POST","/v1/workspaces/acme/subscription/seats",{"seats":6}],
		["POST","/v1/invoices/{invoice}/pay",{}],["POST","/v1/clock/advance",{month}],["GET","` + listed + `"]]`
}

// TestExamplesWorkAfterTheGuide tries the example of every request as the document shows it, on a ledger on which the guide
// was followed. An example that needs more is refused there, and works once there is what it says.
func TestExamplesWorkAfterTheGuide(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	for _, r := range routes {
		if r.Example == nil || slices.Contains(guided, r.ID) {
			continue
		}
		ledger, err := eventstore.CreateLedger(t.Context(), b.admin, r.ID, eventstore.ModeSandbox, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		token := b.token(ledger, endpoint.RoleAdmin)
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			c := &client{t: t, base: p.url, token: token}
			named := c.followGuide()
			var more []with
			switch {
			case r.OfLicense():
				more = []with{by(c.installed(r.ID != "activate-license"))}
			case r.Needs != "":
				c.bringAbout(&r, named)
			}
			for _, example := range []any{r.Example, r.Other} {
				if example == nil {
					continue
				}
				if a := c.do(r.Method, placed(r.Path, named), example, more...); a.status/100 != 2 {
					t.Errorf("the example %s is refused; Needs of its route can say what it needs:\n%d %s", encode(example), a.status, a.body)
				}
			}
		})
	}
}

// bringAbout sees that the example is refused without what it needs, and makes that.
func (c *client) bringAbout(r *endpoint.Route, named map[string]string) {
	c.t.Helper()
	if refused := c.do(r.Method, placed(r.Path, named), r.Example); refused.status/100 != 4 {
		c.t.Errorf("it says that it needs %s, and without it is answered\n%d %s", r.Needs, refused.status, refused.body)
	}
	need, known := needed[r.ID]
	if !known {
		c.t.Fatalf("it needs %s: bring that about in the table of this test", r.Needs)
	}
	examples := strings.NewReplacer("{year}", encode(routeOf("create-price").Other),
		"{coupon}", encode(routeOf("create-coupon").Example), "{trial}", encode(routeOf("start-trial").Example),
		"{month}", encode(routeOf("advance-clock").Example))
	made := script(c.t.(*testing.T), c, examples.Replace(need.script))
	if invoice := made.text("invoice"); invoice != "" {
		named["invoice"] = invoice
	}
	for _, name := range []string{"refund", "payment", "charge", "dispute", "job"} {
		if strings.Contains(r.Path, "{"+name+"}") {
			named[name] = made.text("data.0.id")
		}
	}
	if strings.Contains(r.Path, "{endpoint}") {
		named["endpoint"] = made.text("id")
	}
	if strings.Contains(r.Path, "{license}") {
		named["license"] = made.text("license.id")
	}
	if strings.Contains(r.Path, "{credit_note}") {
		named["credit_note"] = made.text("id")
	}
	named["workspace"] = cmp.Or(need.workspace, named["workspace"])
}

// installed issues a license, and gives its key; berlin uses it, if that is asked for.
func (c *client) installed(berlin bool) (key string) {
	c.t.Helper()
	_, key = c.license(object{"product": "pro"})
	if berlin {
		c.activates(key, "berlin").is(201)
	}
	return key
}

// followGuide sends the examples of the guide, and gives the names for paths: those of the document and the guide's invoice.
func (c *client) followGuide() map[string]string {
	c.t.Helper()
	named := maps.Clone(names)
	for _, id := range guided {
		r := routeOf(id)
		made := c.do(r.Method, placed(r.Path, named), r.Example)
		if made.status/100 != 2 {
			c.t.Fatalf("%s: %d %s", made.what, made.status, made.body)
		}
		if invoice := made.text("invoice"); invoice != "" {
			named["invoice"] = invoice
		}
	}
	return named
}

// placed puts names into the path of a route.
func placed(path string, named map[string]string) string {
	for name, value := range named {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return path
}

func routeOf(id string) *endpoint.Route {
	return &routes[slices.IndexFunc(routes, func(r endpoint.Route) bool { return r.ID == id })]
}

// TestTheGuideHasTheExamples: what the guide sends is what the document fills in.
func TestTheGuideHasTheExamples(t *testing.T) {
	t.Parallel()
	var sent []string
	for _, body := range regexp.MustCompile(`-d '(.*)'`).FindAllStringSubmatch(guide, -1) {
		sent = append(sent, canonical(t, body[1]))
	}
	for i, id := range guided {
		if example := canonical(t, encode(routeOf(id).Example)); i >= len(sent) || sent[i] != example {
			t.Errorf("the guide does not send the example of %s: %s, but %v", id, example, sent)
		}
	}
}

func canonical(t *testing.T, text string) string {
	t.Helper()
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// TestRequestsHaveExamples: a body that must have a field has an example, and nothing in the document is left to be filled
// in by a reader's program.
func TestRequestsHaveExamples(t *testing.T) {
	t.Parallel()
	document, err := published()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes {
		if r.Body() == nil {
			continue
		}
		if len(bodySchema(&r).Required) > 0 && r.Example == nil {
			t.Errorf("%s has no example", r.ID)
		}
		for _, parameter := range document.Paths.Value(r.Path).GetOperation(r.Method).Parameters {
			if p := parameter.Value; p.In == "header" && p.Example != nil {
				t.Errorf("%s sends %s by itself", r.ID, p.Name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(document.Components.Schemas)) {
		for field, property := range document.Components.Schemas[name].Value.Properties {
			if s := property.Value; property.Ref == "" && isMap(s) && len(s.Examples) == 0 {
				t.Errorf("%s of %s has free keys and no example", field, name)
			}
		}
	}
}

// isMap reports whether keys are free.
func isMap(s *openapi3.Schema) bool {
	return s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has
}
