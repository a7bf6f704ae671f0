package api

import (
	"cmp"
	"encoding/base64"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	fuzzRequests = flag.Int("fuzz-requests", 1_500, "how many random requests TestFuzz makes")
	fuzzSeed     = flag.Uint64("fuzz-seed", 1, "what the random requests of TestFuzz follow from")
)

// fuzzer makes requests of the document: mostly such as a client could mean, with values at the brim of what is taken, and
// odd ones among them.
type fuzzer struct {
	*rand.Rand
	cursors  []string
	invoices []string

	seen    map[string]int // answers by their status, and faults by their code, too
	slowest time.Duration
	slow    string
}

func pick[V any](f *fuzzer, values ...V) V { return values[f.IntN(len(values))] }

func (f *fuzzer) rarely(n int) bool { return f.IntN(n) == 0 }

// texts gives values by the name of their field or parameter.
func (f *fuzzer) text(name string) string {
	if f.rarely(25) {
		return pick(f, "", " ", "ü", "a b", "../x", strings.Repeat("x", 501), "\u202e", "null", "%00", "'", "-1", "1e9")
	}
	switch name {
	case "amount", "unit_amount", "flat_amount":
		return pick(f, brim, "999999999999999999.98", "0.01", "0", "12.00", "500000000000000000.00", "1000000000000.00", "-1.00", "0.001", "1000000000000000000")
	case "currency":
		return pick(f, "USD", "USD", "USD", "EUR", "JPY", "XXX")
	case "workspace":
		return pick(f, "w1", "w2", "w3")
	case "price", "code":
		return pick(f, "pro-month", "team-month", "pro-try", "brim-month", "low-month", "pro-year", "none", fmt.Sprint("c", f.IntN(50)))
	case "product":
		return pick(f, "pro", "team", "brim", "none", fmt.Sprint("c", f.IntN(50)))
	case "invoice", "credit_note":
		return pick(f, append(slices.Clone(f.invoices), "none")...)
	case "number":
		return pick(f, "INV-000001", "INV-000002", "none")
	case "job":
		return pick(f, "renewal~subscription:w1", "subscription:w2", "charge~payment:none", "invitation~seating:w1~ann", "none")
	case "stream":
		return pick(f, "seating:w1", "subscription:w2", "account:w3", "invoice:none", "x:y:z", "nothing")
	case "type":
		return pick(f, "seating.*", "invoice.finalized.v1", "account.*", "none")
	case "cursor":
		return f.cursor()
	case "when":
		return pick(f, "now", "period_end", f.time())
	case "from":
		return pick(f, "2026-01-01", "2026-02-28", "1969-12-31", "9999-12-31")
	case "to_date":
		return pick(f, "2026-03-01", "2027-01-01", "2200-12-31", "0001-01-01")
	case "percent_off", "tax_rate":
		return pick(f, "0", "0.19", "1", "50", "100", "0.0001", "101")
	case "time_zone":
		return pick(f, "Europe/Berlin", "Pacific/Apia", "UTC", "Mars")
	}
	return pick(f, "ada", "bob", "member", "admin", "guest", "wire", "a reason", "invited", "send_invoice", "automatic", "credit", "now")
}

// time gives instants of which most are none that a request may have.
func (f *fuzzer) time() string {
	return pick(f, "2026-02-01T00:00:00Z", "2026-03-01T12:00:00.123456+05:30", "9999-12-31T23:59:59-23:59", "2200-12-31T23:59:59.999999Z",
		"1970-01-01T00:00:00Z", "2026-02-01T1:00:00Z", "2026-02-01T00:00:00,5Z", "2026-02-01T00:00:00+23:60", "2026-02-01T00:00:00.0000001Z")
}

// cursor gives one that some list gave, as it was or with a letter changed, or one that is made up.
func (f *fuzzer) cursor() string {
	if len(f.cursors) == 0 || f.rarely(3) {
		return pick(f, "", "s.", "AAAA", "....", base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprint("twelve bytes", f.Int64()))))
	}
	cursor := []byte(f.cursors[f.IntN(len(f.cursors))])
	if f.rarely(2) {
		cursor[f.IntN(len(cursor))] = byte('A' + f.IntN(26))
	}
	return string(cursor)
}

// value makes a value of a schema, and now and then one that is none of it.
func (f *fuzzer) value(name string, ref *openapi3.SchemaRef) any {
	s := ref.Value
	if f.rarely(60) {
		return pick[any](f, nil, true, "x", 1, -0.5, []any{}, object{"a": 1})
	}
	switch {
	case len(s.AnyOf) > 0:
		return f.value(name, s.AnyOf[0])
	case len(s.Enum) > 0:
		return pick(f, s.Enum...)
	case s.Type.Includes("object"):
		return f.object(s)
	case s.Type.Includes("array"):
		all := []any{}
		for range f.IntN(4) {
			all = append(all, f.value(name, s.Items))
		}
		return all
	case s.Type.Includes("integer"):
		return pick[any](f, 1, 1, 2, 3, 5, 0, -1, 50, 999_999, 1_000_000, 1_000_001, 1<<53-1, -(1 << 53))
	case s.Type.Includes("boolean"):
		return pick[any](f, true, false)
	case s.Format == "date-time":
		return f.time()
	}
	return f.text(name)
}

func (f *fuzzer) object(s *openapi3.Schema) object {
	made := object{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if required := slices.Contains(s.Required, name); required && !f.rarely(30) || !required && f.rarely(3) {
			made[name] = f.value(name, s.Properties[name])
		}
	}
	if f.rarely(60) {
		made["odd"] = 1
	}
	return made
}

// path fills in the places of a path.
func (f *fuzzer) path(template string) string {
	parts := strings.Split(template, "/")
	for i, part := range parts {
		if name, place := strings.CutPrefix(part, "{"); place {
			parts[i] = cmp.Or(url.PathEscape(f.text(strings.TrimSuffix(name, "}"))), "-") // nothing would be another path
		}
	}
	return strings.Join(parts, "/")
}

func (f *fuzzer) query(operation *openapi3.Operation) string {
	query := url.Values{}
	for _, p := range operation.Parameters {
		if p.Value.In != "query" || !p.Value.Required && !f.rarely(4) {
			continue
		}
		name := p.Value.Name
		if name == "to" {
			name = "to_date"
		}
		query.Set(p.Value.Name, fmt.Sprint(f.value(name, p.Value.Schema)))
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}

func (f *fuzzer) headers(request *http.Request) {
	if f.rarely(16) {
		request.Header.Set("If-Match", pick(f, `"v1"`, `"v3", "v4"`, "*", `W/"v1"`, "v1", `"v99999999999999999999"`))
	}
	if f.rarely(20) {
		request.Header["Idempotency-Key"] = []string{pick(f, "again", "again and again", "", strings.Repeat("k", 256))}
	}
	if f.rarely(20) {
		request.Header.Set("Min-Position", pick(f, "0", "1", "-1", "9223372036854775807", "x"))
	}
}

// remember keeps what later requests may name.
func (f *fuzzer) remember(a *answered) {
	if a.status >= 300 || !strings.Contains(a.header.Get("Content-Type"), "json") {
		return
	}
	if cursor := a.text("page.next"); cursor != "" && len(f.cursors) < 100 {
		f.cursors = append(f.cursors, cursor)
	}
	if id := a.text("data.0.id"); id != "" && strings.Contains(a.what, "/invoices") && !slices.Contains(f.invoices, id) {
		f.invoices = append(f.invoices, id)
	}
}

// documents reports whether the document has the code of a refusal, with the operation or among those that many have; a page
// for people has none.
func documents(document *openapi3.T, operation *openapi3.Operation, a *answered) bool {
	if a.status < 400 || !strings.Contains(a.header.Get("Content-Type"), "json") {
		return true
	}
	return strings.Contains(operation.Description+document.Info.Description, fmt.Sprintf("%d `%s`", a.status, a.text("code")))
}

// TestFuzz makes random requests of the whole document, two at a time, each of one of two processes. Nothing is our fault, every answer and every code is documented, and
// all read models reach the end.
func TestFuzz(t *testing.T) {
	t.Parallel()
	document, err := published()
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t)
	begin := time.Date(2026, time.January, 15, 0, 0, 0, 0, time.UTC)
	ledger, err := eventstore.CreateLedger(t.Context(), b.admin, "fuzzed", eventstore.ModeSandbox, begin)
	if err != nil {
		t.Fatal(err)
	}
	token := b.token(ledger, endpoint.RoleAdmin)
	var processes []*client
	for range 2 {
		p := b.startWaiting(endpoint.Options{}, 100*time.Millisecond)
		processes = append(processes, &client{t: t, base: p.url, token: token})
	}
	c := &client{t: t, base: processes[0].base, token: token, insists: true}
	c.openShop()
	c.post("/v1/products", object{"code": "brim", "name": "brim", "tier": 90}).is(201)
	c.post("/v1/products/brim/prices", object{"code": "brim-month", "currency": "USD", "interval": "month", "unit_amount": brim, "trial_days": 14}).is(201)
	c.buy("w1", "pro-month", 3)
	c.tryOut("w2", "brim-month", 1)
	fuzzers := make([]*fuzzer, len(processes))
	var running sync.WaitGroup
	for i := range fuzzers {
		fuzzers[i] = &fuzzer{Rand: rand.New(rand.NewPCG(*fuzzSeed, uint64(i))), seen: map[string]int{}}
		running.Go(func() { fuzzers[i].run(t, processes, document, *fuzzRequests/len(fuzzers)) })
	}
	running.Wait()
	seen := map[string]int{}
	for _, f := range fuzzers {
		for answer, n := range f.seen {
			seen[answer] += n
		}
		t.Logf("the slowest answer took %v: %s", f.slowest.Round(time.Millisecond), f.slow)
	}
	t.Logf("answers: %v", seen)
	if seen["200"] == 0 || seen["201"] == 0 || seen["422"] == 0 || seen["409"] == 0 {
		t.Errorf("the requests reach too little: %v", seen)
	}
	last := c.post("/v1/products", object{"code": "last", "name": "last", "tier": 99}).is(201)
	for _, path := range []string{
		"/v1/events", "/v1/products", "/v1/subscriptions", "/v1/invoices", "/v1/workspaces", "/v1/workspaces/w1/seats", "/v1/jobs",
		"/v1/workspaces/w1/seats/usage?from=2026-01-01&to=2026-03-01", "/v1/workspaces/w1/billing-details",
	} {
		c.run(t, path, func(t *testing.T) {
			if a := c.get(path, last.position()); a.status != 200 && a.status != 404 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

// operation is one that the document has.
type operation struct {
	method, path string
	*openapi3.Operation
}

func operationsOf(document *openapi3.T) (all []operation) {
	for _, path := range document.Paths.InMatchingOrder() {
		for method, o := range document.Paths.Value(path).Operations() {
			all = append(all, operation{method, path, o})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

// run makes so many requests, each of any of the processes, and counts the answers.
func (f *fuzzer) run(t *testing.T, processes []*client, document *openapi3.T, requests int) {
	all, wrong := operationsOf(document), 0
	for n := range requests {
		o := all[f.IntN(len(all))]
		path, body := f.path(o.path)+f.query(o.Operation), any(nil)
		if o.RequestBody != nil {
			body = f.value("", o.RequestBody.Value.Content["application/json"].Schema)
		}
		if o.OperationID == "advance-clock" { // some weeks, and no century of deadlines
			body = object{"to": pick(f, "2026-01-20T00:00:00Z", "2026-02-20T00:00:00Z", "2026-04-01T00:00:00.5Z", "9999-12-31T23:59:59-23:59")}
		}
		begin := time.Now()
		a, err := pick(f, processes...).try(o.method, path, body, f.headers)
		if took := time.Since(begin); took > f.slowest {
			f.slowest, f.slow = took, fmt.Sprintf("%s %s %v", o.method, path, body)
		}
		switch {
		case err != nil:
			t.Errorf("request %d, %v: %v", n, body, err)
			wrong++
		case !documents(document, o.Operation, a):
			t.Errorf("request %d, %s %v: %d %s is not documented\n%s", n, a.what, body, a.status, a.text("code"), a.body)
			wrong++
		default:
			f.count(a)
			f.remember(a)
		}
		if wrong > 20 {
			t.Error("so much is wrong that the rest would say nothing new")
			return
		}
	}
}

func (f *fuzzer) count(a *answered) {
	answer := fmt.Sprint(a.status)
	if a.status >= 500 {
		answer += " " + a.text("code")
	}
	f.seen[answer]++
}
