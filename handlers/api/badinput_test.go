package api

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// badBody is a body that a route must refuse.
type badBody struct {
	name   string
	body   string
	status int
	code   string // "" where one of several is as good
	more   []with
}

// TestBadBodies sends every bad body to every route that takes one.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 2)
	c.licensed()
	before := len(b.events())
	for _, r := range routes {
		if r.Body() == nil {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			for _, bad := range badBodies(&r) {
				alone := client{t: t, base: c.base, token: c.token}
				a, err := alone.try(r.Method, fill(r.Path), bad.body, append([]with{c.fitting(&r)}, bad.more...)...)
				if err != nil {
					t.Errorf("%s: %v", bad.name, err)
					continue
				}
				if a.status != bad.status || bad.code != "" && a.text("code") != bad.code {
					t.Errorf("%s: %d %s, want %d %s", bad.name, a.status, a.text("code"), bad.status, bad.code)
				}
			}
		})
	}
	if after := len(b.events()); after != before {
		t.Errorf("%d events were written by bad bodies", after-before)
	}
}

// fill puts a name into each place of a path.
func fill(path string) string {
	path = strings.NewReplacer("{workspace}", "acme", "{member}", "ada", "{product}", "pro", "{price}", "pro-month", "{stream}", "seating:acme",
		"{job}", "renewal~subscription:acme", "{tile}", "000.p/1").Replace(path)
	return regexp.MustCompile(`{\w+}`).ReplaceAllString(path, "some")
}

// placesOf gives the names of the places of a path.
func placesOf(path string) []string {
	var names []string
	for _, place := range regexp.MustCompile(`{(\w+)}`).FindAllStringSubmatch(path, -1) {
		names = append(names, place[1])
	}
	return names
}

// target is a path with all that a query must have.
func target(r *endpoint.Route) string {
	query := url.Values{}
	for _, p := range r.Parameters {
		if p.Example != "" {
			query.Set(p.Name, p.Example)
		}
	}
	if len(query) == 0 {
		return fill(r.Path)
	}
	return fill(r.Path) + "?" + query.Encode()
}

func badBodies(r *endpoint.Route) []badBody {
	bad := slices.Clone(badEverywhere)
	bad = append(bad, badBody{name: "a byte too many", body: "{" + strings.Repeat(" ", int(r.BodyMax)-1) + "}", status: 413, code: "body_too_large"})
	base := map[string]any{}
	if r.Example != nil {
		base = r.Example.(map[string]any)
	}
	schema := bodySchema(r)
	for name, field := range schema.Properties {
		bad = append(bad, badField(base, name, field.Value)...)
	}
	for _, name := range schema.Required {
		short := maps.Clone(base)
		delete(short, name)
		bad = append(bad, badBody{name: "no " + name, body: encode(short), status: 422, code: "required"})
	}
	return bad
}

// badField gives bodies that are wrong in one field. The others are the example's.
func badField(base map[string]any, name string, field *openapi3.Schema) []badBody {
	with := func(what, value string, status int, code string) badBody {
		rest := maps.Clone(base)
		delete(rest, name)
		members := strings.TrimPrefix(encode(rest), "{")
		if members != "}" {
			members = "," + members
		}
		return badBody{name: name + ": " + what, body: `{"` + name + `":` + value + members, status: status, code: code}
	}
	good := encode(base[name])
	bad := []badBody{
		with("null", "null", 400, "null_not_allowed"),
		with("in capitals", good+`,"`+strings.ToUpper(name)+`":`+good, 400, "unknown_field"),
		with("twice", good+`,"`+name+`":`+good, 400, "duplicate_key"),
		with("NaN", "NaN", 400, "json_invalid"),
		with("infinite", "Infinity", 400, "json_invalid"),
	}
	if base[name] == nil {
		bad = append(bad[:1], bad[3:]...)
	}
	if takesNull(field) {
		bad = bad[1:]
	}
	switch {
	case field.Type.Includes("integer"):
		for _, value := range []string{"1.0", "1e3", "-0", `"1"`, `""`, "true", "[]", "{}", "1e999999999", "0.5"} {
			bad = append(bad, with("the integer "+value, value, 400, "type_mismatch"))
		}
		for _, value := range []string{"9223372036854775808", "-9223372036854775809", "9223372036854775807", "9007199254740992", strings.Repeat("9", 500)} {
			bad = append(bad, with("out of range", value, 422, "out_of_range"))
		}
		if field.Min == nil || *field.Min >= 0 {
			bad = append(bad, with("the integer -1", "-1", 422, ""))
		}
	case field.Type.Includes("string"):
		for what, value := range badTexts {
			bad = append(bad, with(what, value, 400, ""))
		}
		bad = append(bad, with("a long string", `"`+strings.Repeat("x", 88<<10+1)+`"`, 413, "value_too_large"))
		for _, value := range []string{"1", "true", "[]", "{}"} {
			bad = append(bad, with("the string "+value, value, 400, "type_mismatch"))
		}
	case field.Type.Includes("boolean"):
		for _, value := range []string{"1", `"true"`, "[]", "{}"} {
			bad = append(bad, with("the boolean "+value, value, 400, "type_mismatch"))
		}
	case takesAll(field):
	default:
		for _, value := range []string{"1", `"x"`, "true"} {
			bad = append(bad, with("the value "+value, value, 400, "type_mismatch"))
		}
	}
	if field.Format == "date-time" {
		for _, value := range badTimes {
			bad = append(bad, with("the time "+value, `"`+value+`"`, 422, "timestamp_invalid"))
		}
	}
	return bad
}

// takesAll reports whether a value of the schema may be of any type.
func takesAll(s *openapi3.Schema) bool {
	return slices.ContainsFunc(s.AnyOf, func(other *openapi3.SchemaRef) bool {
		return other.Value.Type.Includes("boolean") || takesAll(other.Value)
	})
}

var badTexts = map[string]string{
	"NUL": `"a\u0000"`, "raw NUL": "\"a\x00\"", "a control character": `"a\u0007"`, "a C1 control character": `"a\u0085"`,
	"DEL": `"a\u007f"`, "invalid UTF-8": "\"a\xff\"", "a lone surrogate": `"a\ud800"`, "a turned pair": `"\udc00\ud800"`,
	"an overlong form": "\"\xc0\xaf\"", "a raw newline": "\"a\nb\"", "a bad escape": `"\x"`,
}

// badTimes are some times that the decoder refuses.
var badTimes = []string{"", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "1969-12-31T23:59:59Z", "2026-01-01T00:00:00.1234567Z"}

var badEverywhere = func() []badBody {
	bad := []badBody{
		{name: "an unknown field", body: `{"surprise":1}`, status: 400, code: "unknown_field"},
		{name: "trailing data", body: `{} {}`, status: 400},
		{name: "a trailing bracket", body: `{}]`, status: 400},
		{name: "half an object", body: `{`, status: 400, code: "json_invalid"},
		{name: "a comma too many", body: `{"a":1,}`, status: 400},
		{name: "a comment", body: `{} // no`, status: 400},
		{name: "white space", body: ` `, status: 400, code: "json_invalid"},
		{name: "a BOM", body: "\ufeff{}", status: 400, code: "json_invalid"},
		{name: "UTF-16", body: "\xfe\xff\x00{\x00}", status: 400, code: "json_invalid"},
		{name: "deep arrays", body: `{"a":` + strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999) + `}`, status: 400},
		{name: "a large array", body: `{"a":[` + strings.Repeat("1,", 100_000) + `1]}`, status: 413, code: "value_too_large"},
		{name: "a large object", body: largeObject(10_000), status: 413, code: "value_too_large"},
		{name: "a large object inside", body: `{"a":` + largeObject(1_001) + `}`, status: 413, code: "value_too_large"},
		{name: "a large string", body: `{"a":"` + strings.Repeat("x", 1_000_000) + `"}`, status: 413, code: "value_too_large"},
		{name: "a large name", body: `{"` + strings.Repeat("x", 100_000) + `":1}`, status: 413, code: "value_too_large"},
		{name: "two megabytes", body: `{"a":"` + strings.Repeat("x", 2<<20) + `"}`, status: 413, code: "body_too_large"},
		{name: "gzip", body: `{}`, status: 415, code: "encoding_not_supported", more: []with{header("Content-Encoding", "gzip")}},
		{name: "identity", body: `{}`, status: 415, code: "encoding_not_supported", more: []with{header("Content-Encoding", "identity")}},
	}
	for _, value := range []string{"null", "[]", `"{}"`, "1", "true"} {
		code := "type_mismatch"
		if value == "null" {
			code = "null_not_allowed"
		}
		bad = append(bad, badBody{name: "the body " + value, body: value, status: 400, code: code})
	}
	for _, value := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "json", "application/merge-patch+json"} {
		bad = append(bad, badBody{
			name: "content type " + value, body: `{}`, status: 415, code: "content_type_not_supported",
			more: []with{without("Content-Type"), header("Content-Type", value)},
		})
	}
	return bad
}()

func largeObject(n int) string {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	return "{" + b.String()[1:] + "}"
}

func encode(v any) string {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestBadPaths puts what is no name into every place of every path.
func TestBadPaths(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	before := len(b.events())
	names := []string{
		"..%2f..%2fetc%2fpasswd", "%2e%2e", "%00", "a%00", "%ff", "a%20b", "%C3%A9", "e%CC%81", "-x", ".x", "_x", "a@b", "a:b",
		strings.Repeat("x", 65), strings.Repeat("x", 10_000), "%F0%9F%98%80", "a%0Ab", "%E2%80%AEabc", "a%2Fb", "a;b", "a,b", "%25", "a+b",
	}
	for _, r := range routes {
		c.run(t, r.ID, func(t *testing.T) {
			for _, place := range placesOf(r.Path) {
				code, streams := "name_invalid", []string{}
				if place == "stream" {
					code, streams = "stream_invalid", []string{"seating", "seating:", ":acme", "Seating:acme", "a:b:c:d", "a:b:", "a::b", "a%3A", "1:b"}
				}
				for _, name := range append(streams, names...) {
					if (place == "stream" || place == "job") && name == "a:b" {
						continue
					}
					path := fill(strings.Replace(r.Path, "{"+place+"}", name, 1))
					a := c.do(r.Method, path, nil)
					if place == "link" {
						a.page(404)
						continue
					}
					if a.status != 400 || a.text("code") != code {
						t.Errorf("%s %.80s: %d %s", r.Method, path, a.status, a.body)
					}
				}
			}
		})
	}
	if after := len(b.events()); after != before {
		t.Errorf("%d events were written by bad paths", after-before)
	}
}

// TestEscapedPath takes a name in any escape that means it.
func TestEscapedPath(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.seat("acme", "ada", "member")
	c.get("/v1/streams/seating%3Aacme/events").is(200).says(object{"data.1.data.member": "ada"})
	c.put("/v1/workspaces/%61cme/seats/%61da", object{"role": "admin"}).is(200).says(object{"member": "ada"})
}

// TestBadQueries gives every route parameters that it does not have, and those that it has in every wrong form.
func TestBadQueries(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.licensed()
	for _, r := range routes {
		c.run(t, r.ID, func(t *testing.T) {
			if r.Roles == nil {
				return
			}
			bad := map[string]string{
				"surprise=1": "parameter_unknown", "LIMIT=1": "parameter_unknown", "%zz=1": "parameter_invalid", "a;b": "parameter_invalid",
				"%00=1": "parameter_unknown", "=": "parameter_unknown", "limit[]=1": "parameter_unknown",
			}
			if r.Changes() {
				for _, value := range []string{"", "1", "TRUE", "yes", "%00"} {
					bad["dry_run="+value] = "parameter_invalid"
				}
				bad["dry_run=true&dry_run=true"], bad["limit=1"] = "parameter_invalid", "parameter_unknown"
			}
			for _, p := range r.Parameters {
				bad[p.Name+"=a&"+p.Name+"=a"] = "parameter_invalid"
				switch {
				case p.Name == "limit" || p.Name == "after":
					for _, value := range []string{"", "x", "-1", "1.0", "1e1", "+1", "%201", "9223372036854775808", "%00"} {
						bad[p.Name+"="+value] = "parameter_invalid"
					}
				case p.Name == "cursor":
					for _, value := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAA", "%00", "e30=", strings.Repeat("A", 4_000)} {
						bad[p.Name+"="+value] = "cursor_invalid"
					}
				default:
					for _, value := range []string{"%00", "%ff", "a%20b", "..", strings.Repeat("x", 5_000), "%C3%A9", "'"} {
						bad[p.Name+"="+value] = "parameter_invalid"
						if text, err := url.QueryUnescape(value); err == nil && p.Fits != nil && p.Valid(text) {
							bad[p.Name+"="+value] = "filter_invalid" // a filter takes any text, and finds nothing by it
						}
					}
				}
			}
			if slices.ContainsFunc(r.Parameters, func(p endpoint.Parameter) bool { return p.Name == "limit" }) {
				bad["limit=0"], bad["limit=101"] = "parameter_invalid", "parameter_invalid"
			}
			for query, code := range bad {
				a := c.do(r.Method, fill(r.Path)+"?"+query, nil, c.fitting(&r))
				status := http.StatusBadRequest
				if code == "filter_invalid" {
					status = http.StatusUnprocessableEntity
				}
				if a.status != status || a.text("code") != code {
					t.Errorf("%s ?%.60s: %d %s, want %s", r.ID, query, a.status, a.text("code"), code)
				}
			}
		})
	}
}

// TestBadHeaders gives every route the headers that it reads in every wrong form.
func TestBadHeaders(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.licensed()
	before := len(b.events())
	for _, r := range routes {
		c.run(t, r.ID, func(t *testing.T) {
			check := func(status int, code string, more ...with) {
				t.Helper()
				body := exampleOf(&r)
				if a := c.do(r.Method, target(&r), body, append([]with{c.fitting(&r)}, more...)...); a.status != status || a.text("code") != code {
					t.Errorf("%s: %d %s, want %d %s", r.ID, a.status, a.text("code"), status, code)
				}
			}
			switch {
			case r.Changes():
				check(400, "idempotency_key_missing", without("Idempotency-Key"))
				check(400, "idempotency_key_invalid", header("Idempotency-Key", "second"))
				for _, value := range []string{"", strings.Repeat("k", 256), "schlüssel", "tab\tbed", "\x7f"} {
					if value == "\x7f" {
						continue // no client sends it
					}
					check(400, "idempotency_key_invalid", key(value))
				}
				for _, value := range []string{"", `v1`, `"v1`, `"v1" "v2"`, `"v1",`, `*,"v1"`, "**", `"v1", *`, `w/"v1"`} {
					check(400, "if_match_invalid", header("If-Match", value))
				}
			case r.Roles != nil:
				for _, value := range []string{"", "x", "-1", "1.0", "+1", "9223372036854775808"} {
					check(400, "parameter_invalid", header("Min-Position", value))
				}
				check(400, "parameter_invalid", header("Min-Position", "0"), header("Min-Position", "0"))
			}
		})
	}
	if after := len(b.events()); after != before {
		t.Errorf("%d events were written with bad headers", after-before)
	}
}

func TestUnrouted(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	for _, path := range []string{"/", "/v1", "/v1/", "/v2/products", "/v1/workspaces/acme", "/v1/workspaces/a/seats/b/c/d", "/favicon.ico", "/v1/prices"} {
		c.run(t, path, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions, "BREW"} {
				c.do(method, path, nil).refused(404, "not_found")
			}
		})
	}
	for _, r := range routes {
		c.run(t, r.ID, func(t *testing.T) {
			for _, method := range []string{http.MethodPatch, http.MethodOptions, http.MethodTrace, "BREW"} {
				a := c.do(method, fill(r.Path), nil).refused(405, "method_not_allowed")
				if !strings.Contains(a.header.Get("Allow"), r.Method) {
					t.Errorf("%s: Allow is %q", r.Path, a.header.Get("Allow"))
				}
			}
		})
	}
	if a := c.do(http.MethodPost, "/v1/events", nil, without("Authorization")); a.status != 405 {
		t.Errorf("POST /v1/events: %d", a.status)
	}
}
