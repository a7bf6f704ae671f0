package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
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
	operations, ids := 0, map[string]bool{}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			operations++
			if ids[operation.OperationID] || operation.Summary == "" || operation.Responses.Len() == 0 {
				t.Errorf("%s %s: %+v", method, path, operation)
			}
			ids[operation.OperationID] = true
			if (operation.Security == nil) != !strings.HasPrefix(path, "/v1/") {
				t.Errorf("%s %s: security", method, path)
			}
		}
	}
	if operations != len(routes()) {
		t.Errorf("%d operations for %d routes", operations, len(routes()))
	}
}

// TestExamples holds the document's examples against its schemas and against the decoder.
func TestExamples(t *testing.T) {
	t.Parallel()
	document, err := published()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes() {
		if r.example == nil {
			continue
		}
		if err := accepts(document, &r, encode(r.example)); err != nil {
			t.Errorf("%s: %v", r.id, err)
		}
		if err := decode([]byte(encode(r.example)), shapeOf(r.request), new(any)); err != nil {
			t.Errorf("%s: %v", r.id, err)
		}
	}
}

// accepts holds a body against the document's schema.
func accepts(document *openapi3.T, r *route, body string) error {
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		return err
	}
	operation := document.Paths.Value(r.path).GetOperation(r.method)
	return operation.RequestBody.Value.Content.Get("application/json").Schema.Value.VisitJSON(value, openapi3.EnableJSONSchema2020())
}

// TestSchemasAreTheDecoders mutates examples: what the document allows, the decoder takes.
func TestSchemasAreTheDecoders(t *testing.T) {
	t.Parallel()
	document, err := published()
	if err != nil {
		t.Fatal(err)
	}
	all := routes()
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(all).Filter(func(r route) bool { return r.hasBody() }).Draw(t, "route")
		body := drawBody(t, shapeOf(r.request))
		if accepts(document, &r, body) != nil {
			return
		}
		taken++
		if err := decode([]byte(body), shapeOf(r.request), new(any)); err != nil {
			t.Fatalf("%s: the document allows %s, the decoder says %v", r.id, body, err)
		}
	})
	if taken == 0 {
		t.Error("no body was allowed, so nothing was tried")
	}
}

// drawBody draws an object of the shape in which fields may be missing, null or of another kind.
func drawBody(t *rapid.T, s *shape) string {
	values := []string{
		"1", "0", "5", `"pro"`, `"member"`, `"admin"`, `"send_invoice"`, `"month"`, `"USD"`, `"12.00"`, "true", "false", "[]", "{}",
		`{"limit":1,"per":null}`, `{"l":{"limit":1,"per":"period"}}`, `[{"member":"a","role":"guest"}]`, `[{"role":"guest"}]`,
		`[{"up_to":null,"unit_amount":"1"}]`, `{"sso":true}`, "null", "1.5", `""`, `"2026-01-01T00:00:00Z"`, `"2026-01-01"`, `"invited"`,
	}
	var members []string
	for name := range s.fields {
		if rapid.IntRange(0, 3).Draw(t, "has "+name) > 0 || slices.Contains(s.required, name) {
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
	if err := errors.Join(answer(201, "application/json", good), answer(409, problemType, refused)); err != nil {
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
		"a fault":              answer(500, problemType, refused),
		"another content type": answer(201, "text/html", good),
		"no code":              answer(409, problemType, strings.Replace(refused, `"code":"c",`, "", 1)),
		"a bad version":        answer(201, "application/json", good, "Etag", "v1"),
		"a bad position":       answer(201, "application/json", good, "Ledger-Position", "x"),
	} {
		if err == nil {
			t.Errorf("%s is not seen", what)
		}
	}
}

// TestDocs follows everything that the page loads: it is all here, and the policy would let nothing else in.
func TestDocs(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	for _, path := range []string{"/docs", "/docs/"} {
		page := getRaw(t, c.base+path)
		policy := page.header.Get("Content-Security-Policy")
		for _, rule := range []string{"default-src 'none'", "connect-src 'self'", "script-src 'self' 'sha256-", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, rule) {
				t.Errorf("%s: no %s in %s", path, rule, policy)
			}
		}
		if strings.Contains(policy, "http") || strings.Contains(policy, "*") || strings.Contains(strings.Split(policy, "script-src")[1], "unsafe") {
			t.Errorf("%s: %s", path, policy)
		}
		scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllSubmatch(page.body, -1)
		for _, script := range scripts {
			hash := sha256.Sum256(script[1])
			if !strings.Contains(policy, base64.StdEncoding.EncodeToString(hash[:])) {
				t.Errorf("%s: a script of the page is not in its policy", path)
			}
		}
		loaded := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllSubmatch(page.body, -1)
		if len(loaded) < 4 || len(scripts) == 0 {
			t.Fatalf("%s loads %d files and has %d scripts", path, len(loaded), len(scripts))
		}
		for _, file := range loaded {
			if !bytes.HasPrefix(file[1], []byte("/docs/")) {
				t.Errorf("%s loads %s", path, file[1])
				continue
			}
			if a := getRaw(t, c.base+string(file[1])); len(a.body) == 0 || a.header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s: %d bytes, %v", file[1], len(a.body), a.header)
			}
		}
		if !bytes.Contains(page.body, []byte("/openapi.json")) || bytes.Contains(page.body, []byte("//unpkg")) || bytes.Contains(page.body, []byte("//cdn")) {
			t.Errorf("%s: %s", path, page.body)
		}
	}
}

// getRaw gets what the document does not describe.
func getRaw(t *testing.T, url string) *answered {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 || response.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Fatalf("%s: %d, %v", url, response.StatusCode, err)
	}
	return &answered{t: t, header: response.Header, body: body}
}
