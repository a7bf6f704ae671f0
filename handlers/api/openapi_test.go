package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

func TestDocument(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	served := c.get("/openapi.json", without("Authorization")).is(200)
	document, err := openapi3.NewLoader().LoadFromData(served.body)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	if operations := len(operationsOf(document)); operations != len(routes) {
		t.Errorf("%d operations for %d routes", operations, len(routes))
	}
}

// bodySchema gives the document's schema of a route's body. A command whose path says all takes an empty object besides.
func bodySchema(r *endpoint.Route) *openapi3.Schema {
	document, err := published()
	if err != nil {
		panic(err)
	}
	operation := document.Paths.Value(r.Path).GetOperation(r.Method)
	if operation.RequestBody == nil {
		return openapi3.NewObjectSchema().WithoutAdditionalProperties()
	}
	return operation.RequestBody.Value.Content.Get("application/json").Schema.Value
}

// TestExamples holds the document's examples against its schemas and against the decoder.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, r := range routes {
		if r.Example == nil {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			if err := accepts(bodySchema(&r), encode(r.Example)); err != nil {
				t.Error(err)
			}
			if err := r.Decode([]byte(encode(r.Example)), new(any)); err != nil {
				t.Error(err)
			}
		})
	}
}

// accepts holds a body against the document's schema.
func accepts(schema *openapi3.Schema, body string) error {
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		return err
	}
	return schema.VisitJSON(value, openapi3.EnableJSONSchema2020())
}

// TestSchemasAreTheDecoders mutates examples: what the document allows, the decoder takes.
func TestSchemasAreTheDecoders(t *testing.T) {
	t.Parallel()
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(routes).Filter(func(r endpoint.Route) bool { return r.Body() != nil }).Draw(t, "route")
		schema := bodySchema(&r)
		body := drawBody(t, schema)
		if accepts(schema, body) != nil {
			return
		}
		taken++
		if err := r.Decode([]byte(body), new(any)); err != nil {
			t.Fatalf("%s: the document allows %s, the decoder says %v", r.ID, body, err)
		}
	})
	if taken == 0 {
		t.Error("no body was allowed, so nothing was tried")
	}
}

// drawBody draws an object of the schema in which fields may be missing, null or of another kind.
func drawBody(t *rapid.T, schema *openapi3.Schema) string {
	values := []string{
		"1", "0", "5", `"pro"`, `"member"`, `"admin"`, `"send_invoice"`, `"month"`, `"USD"`, `"12.00"`, "true", "false", "[]", "{}",
		`{"limit":1,"per":null}`, `{"l":{"limit":1,"per":"period"}}`, `[{"member":"a","role":"guest"}]`, `[{"role":"guest"}]`,
		`[{"up_to":null,"unit_amount":"1"}]`, `{"sso":true}`, "null", "1.5", `""`, `"2026-01-01T00:00:00Z"`, `"2026-01-01"`, `"invited"`,
	}
	var members []string
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		if rapid.IntRange(0, 3).Draw(t, "has "+name) > 0 || slices.Contains(schema.Required, name) {
			members = append(members, encode(name)+":"+rapid.SampledFrom(values).Draw(t, name))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// TestWrongAnswersAreSeen makes sure that the client of these tests can fail.
func TestWrongAnswersAreSeen(t *testing.T) {
	t.Parallel()
	answer := func(status int, contentType, body string, more ...string) error {
		a := &answered{t: t, status: status, body: []byte(body), header: http.Header{
			"Content-Type": {contentType}, "X-Request-Id": {"x"}, "X-Content-Type-Options": {"nosniff"}, "Etag": {`"v1"`}, "Ledger-Position": {"1"},
		}}
		for i := 0; i < len(more); i += 2 {
			a.header[more[i]] = []string{more[i+1]}
		}
		request, err := http.NewRequest(http.MethodPost, "http://x/v1/workspaces/acme/seats", nil)
		if err != nil {
			t.Fatal(err)
		}
		return a.conforms(request)
	}
	const good = `{"member":"ada","role":"member","state":"active","since":"2026-01-01T00:00:00Z"}`
	const refused = `{"type":"t","title":"T","status":409,"detail":"d","instance":"i","code":"c","request_id":"r"}`
	if err := errors.Join(answer(201, "application/json", good), answer(409, "application/problem+json", refused)); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"another field":        answer(201, "application/json", good[:len(good)-1]+`,"surprise":1}`),
		"a field missing":      answer(201, "application/json", strings.Replace(good, `"role":"member",`, "", 1)),
		"another type":         answer(201, "application/json", strings.Replace(good, `"ada"`, "1", 1)),
		"null":                 answer(201, "application/json", strings.Replace(good, `"ada"`, "null", 1)),
		"another value":        answer(201, "application/json", strings.Replace(good, `"active"`, `"gone"`, 1)),
		"no time":              answer(201, "application/json", strings.Replace(good, "2026-01-01T00:00:00Z", "now", 1)),
		"no JSON":              answer(201, "application/json", "x"),
		"another status":       answer(202, "application/json", good),
		"a fault":              answer(500, "application/problem+json", refused),
		"another content type": answer(201, "text/html", good),
		"no code":              answer(409, "application/problem+json", strings.Replace(refused, `"code":"c",`, "", 1)),
		"a bad version":        answer(201, "application/json", good, "Etag", "v1"),
		"a bad position":       answer(201, "application/json", good, "Ledger-Position", "x"),
	} {
		t.Run(what, func(t *testing.T) {
			if err == nil {
				t.Errorf("%s is not seen", what)
			}
		})
	}
}
