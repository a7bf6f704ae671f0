package api

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 2)
	c.post("/v1/workspaces/acme/seats", aSeat, header("X-Request-Id", "trace-1"), without("x")).is(201)
	stored := b.events()
	all := c.get("/v1/events?limit=100").is(200)
	if n := len(all.at("data").([]any)); n != len(stored) || all.header.Get("Ledger-Position") != fmt.Sprint(n) {
		t.Errorf("%d of %d events, position %s", n, len(stored), all.header.Get("Ledger-Position"))
	}
	last := stored[len(stored)-1]
	id := strings.Split(c.token, "_")[2]
	at := fmt.Sprintf("data.%d.", len(stored)-1)
	all.says(object{
		at + "position": int(last.Position), at + "group_last": int(last.Position), at + "id": last.ID, at + "stream": "seating:acme", at + "version": 2,
		at + "type": "seating.allocated.v1", at + "schema": 1, at + "actor": id, at + "command": last.Command, at + "correlation": "trace-1",
		at + "causation": nil, at + "private": nil, at + "leaf_hash": hex.EncodeToString(last.LeafHash), at + "data.member": "new",
		at + "recorded_at": last.RecordedAt.Format("2006-01-02T15:04:05.999999Z07:00"),
	})
	// The data are the bytes that the leaf hash covers.
	if !strings.Contains(string(all.body), `"data":`+string(last.Data)+`,`) {
		t.Errorf("the data are not as stored: %s", last.Data)
	}
	filtered := func(query string) []string {
		t.Helper()
		var types []string
		for _, e := range c.get("/v1/events?limit=100&" + query).is(200).at("data").([]any) {
			types = append(types, e.(object)["type"].(string))
		}
		return types
	}
	for query, want := range map[string][]string{
		fmt.Sprint("after=", last.Position-2):                {"account.receivable_opened.v1", "seating.allocated.v1"},
		fmt.Sprint("after=", last.Position):                  nil,
		"after=9223372036854775807":                          nil,
		"stream=seating:acme":                                {"seating.limits_changed.v1", "seating.allocated.v1"},
		"stream=subscription:acme&type=":                     {"subscription.created.v1", "subscription.billed.v1"},
		"type=seating.allocated.v1":                          {"seating.allocated.v1"},
		"type=seating.*":                                     {"seating.limits_changed.v1", "seating.allocated.v1"},
		"type=seating.*&stream=subscription:acme":            nil,
		"type=catalog.price_archived.v1&stream=":             {"catalog.price_archived.v1"},
		"stream=seating:nobody":                              nil,
		fmt.Sprint("type=seating.*&after=", last.Position-1): {"seating.allocated.v1"},
	} {
		c.run(t, query, func(t *testing.T) {
			if got := filtered(query); !slices.Equal(got, want) {
				t.Errorf("?%s: %v", query, got)
			}
		})
	}
	c.get("/v1/events?after=1&cursor="+c.get("/v1/events?limit=1").text("page.next")).refused(400, "parameter_invalid")
	c.get("/v1/events?after=1&limit=1&cursor="+c.get("/v1/events?after=1&limit=1").text("page.next")).refused(400, "parameter_invalid")
	c.get("/v1/streams/seating:acme/events").is(200).says(object{"data.0.version": 1, "data.1.version": 2, "data.1.type": "seating.allocated.v1"})
	c.get("/v1/streams/seating:nobody/events").is(200).says(object{"data": []any{}})
	c.get("/v1/streams/trial:acme:main/events").is(200).says(object{"data": []any{}})
}

// TestEventsAsLines streams more than one page of them.
func TestEventsAsLines(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 2_600)
	members := make([]any, 2_600)
	for i := range members {
		members[i] = object{"member": fmt.Sprint("m", i), "role": "member"}
	}
	c.put("/v1/workspaces/acme/seats", object{"members": members}).is(200).says(object{"added": 2_600})
	stored := b.events()
	accept := header("Accept", "text/html;q=0.5, application/x-ndjson; charset=utf-8")
	lines := c.get("/v1/events", accept).is(200)
	if got := lines.header.Get("Content-Type"); got != "application/x-ndjson" || lines.header.Get("Ledger-Position") != fmt.Sprint(len(stored)) {
		t.Errorf("headers: %v", lines.header)
	}
	checkLines(t, lines, 1, len(stored))
	checkLines(t, c.get("/v1/events?after=1500", accept).is(200), 1501, len(stored))
	checkLines(t, c.get(fmt.Sprint("/v1/events?after=", len(stored)), accept).is(200), 1, 0)
	checkLines(t, c.get("/v1/events?limit=7", accept).is(200), 1, 7)
	checkLines(t, c.get("/v1/events?after=1500&limit=100", accept).is(200), 1501, 1600)
	if got := strings.Count(string(c.get("/v1/events?type=seating.allocated.v1&stream=seating:acme", accept).is(200).body), "\n"); got != 2_600 {
		t.Errorf("%d lines of one type", got)
	}
	// The whole list again changes nothing; half of it releases the others.
	c.put("/v1/workspaces/acme/seats", object{"members": members}).is(200).says(object{"added": 0, "changed": 0, "removed": 0})
	c.put("/v1/workspaces/acme/seats", object{"members": members[:1_300]}).is(200).says(object{"removed": 1_300})
}

func checkLines(t *testing.T, a *answered, first, last int) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(a.body), "\n"), "\n")
	if last == 0 {
		lines = nil
		if len(a.body) != 0 {
			t.Errorf("%s: %.100s", a.what, a.body)
		}
	}
	if len(lines) != last-first+1 && last > 0 {
		t.Fatalf("%s: %d lines, want %d", a.what, len(lines), last-first+1)
	}
	for i, line := range lines {
		var e struct {
			Position int64 `json:"position"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Position != int64(first+i) {
			t.Fatalf("%s: line %d: %v\n%s", a.what, i, err, line)
		}
	}
}

func TestProjections(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	last := c.buy("acme", "pro-month", 2)
	for _, path := range []string{"/v1/products", "/v1/subscriptions", "/v1/workspaces/acme/seats", "/v1/workspaces/acme/current-plan"} {
		c.get(path, last.position()).is(200)
	}
	a := c.get("/v1/projections").is(200)
	waited := []string{"catalog", "plans", "seats", "subscriptions"}
	names := modelNames()
	for i, name := range names {
		at := fmt.Sprintf("data.%d.", i)
		a.says(object{at + "name": name, at + "version": 1, at + "status": "active", at + "error": nil})
		if slices.Contains(waited, name) {
			a.says(object{at + "lag": 0, at + "position": last.header.Get("Ledger-Position")})
		}
	}
}

// modelNames are those of all read models, in order.
func modelNames() []string {
	var names []string
	for _, model := range projections.All() {
		names = append(names, model.Name)
	}
	slices.Sort(names)
	return names
}

// TestReadYourWrites asks for each answer's position at once, and for one that will not come.
func TestReadYourWrites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	c.licensed()
	for i := range 20 {
		workspace := fmt.Sprint("w", i)
		bought := c.buy(workspace, "pro-month", 1)
		c.get("/v1/workspaces/"+workspace+"/subscription", bought.position()).is(200)
		seated := c.seat(workspace, "ada", "member")
		c.get("/v1/workspaces/"+workspace+"/seats", seated.position()).is(200).says(object{"allocated": 1})
	}
	impatient := b.startWaiting(endpoint.Options{}, time.Millisecond)
	impatient.stopProjecting()
	p.stopProjecting()
	last := c.seat("free", "ada", "member")
	ofTheLog := []string{
		"list-events", "list-stream-events", "get-stream", "list-projections", "get-clock", "advance-clock", "get-billing-details", "get-member-details",
		"get-seller", "get-dunning", "list-sandbox-charges", "get-sandbox-totals", "get-sandbox-gateway", "set-sandbox-gateway",
		"list-gateways", "list-stripe-webhooks", "list-gateway-events", "get-gateway-event-raw", "list-exports", "get-export", "get-export-file", "get-export-manifest", // beside the log
		"list-license-keys", "get-checkpoint", "list-checkpoints", "get-checkpoint-of-size", "get-audit-key", "get-audit-status", "list-access", "prove-event", "prove-consistency", "get-tile",
		"list-offers", "preview-change", "get-upcoming-invoice", "get-tax", "list-invoice-items", "get-payment-link",
		"get-workspace-license", "preview-license-seats", "validate-license", "check-seats", // these ask the store
		"activate-license", "deactivate-license", "heartbeat-license", "sync-license", "fetch-license-file", // these decide in the store
		"sync-billing", "repair-billing", // these wait for all that the log has
	}
	for _, r := range routes {
		if r.Changes() || r.Roles == nil || slices.Contains(ofTheLog, r.ID) {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			alone := client{t: t, base: impatient.url, token: c.token}
			body := exampleOf(&r)
			a := alone.do(r.Method, target(&r), body, last.position()).refused(503, "read_model_behind")
			if a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if !slices.ContainsFunc(r.Refusals, func(r endpoint.Refusal) bool { return r.Status == 404 }) {
				alone.do(r.Method, target(&r), body).is(200)
			}
		})
	}
	// The log itself is never behind.
	c.get("/v1/events", last.position()).is(200)
	c.get("/v1/streams/seating:free/events", last.position()).is(200)
	if a := c.get("/v1/projections", last.position()).is(200); a.number("data.0.lag") < 1 {
		t.Errorf("no lag: %s", a.body)
	}
	c.get("/v1/events", header("Min-Position", "1000000")).refused(503, "read_model_behind")
	for _, r := range routes {
		if r.OfLicense() || r.ID == "list-license-keys" {
			c.do(r.Method, target(&r), exampleOf(&r), c.fitting(&r), header("Min-Position", "1000000")).refused(503, "read_model_behind")
		}
	}
}
