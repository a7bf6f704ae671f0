package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// client asks like a stranger, and holds every answer against the published document.
type client struct {
	t     testing.TB
	base  string
	token string
	// sandbox is a token of a ledger whose clock can be advanced, where a test has one.
	sandbox string
	// licenseKey opens the routes of installations, where a test has one.
	licenseKey string
	pace       *pace // of the gateway

	// insists asks again, with the same key, whoever has no time to answer.
	insists  bool
	statuses sync.Map  // that quick has held against the document
	seen     *sync.Map // of the client that is quick
}

// run tells one case under its name: whatever the client finds wrong is that case's.
func (c *client) run(t *testing.T, name string, tell func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		before := c.t
		c.t = t
		defer func() { c.t = before }()
		tell(t)
	})
}

// answered is an answer, read to its end.
type answered struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   []byte
}

// with changes a request before it is sent.
type with func(*http.Request)

func header(name, value string) with { return func(r *http.Request) { r.Header.Add(name, value) } }

func without(name string) with { return func(r *http.Request) { r.Header.Del(name) } }

func key(value string) with {
	return func(r *http.Request) { r.Header["Idempotency-Key"] = []string{value} }
}

// transport keeps the connections of a thousand callers.
var transport = &http.Transport{MaxIdleConnsPerHost: 1_024, MaxConnsPerHost: 1_024, DisableCompression: true}

// do sends a request with a fresh idempotency key. The body is text, or anything that becomes JSON.
func (c *client) do(method, path string, body any, more ...with) *answered {
	c.t.Helper()
	a, err := c.try(method, path, body, more...)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *client) try(method, path string, body any, more ...with) (*answered, error) {
	text, isText := body.(string)
	if !isText && body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		text = string(encoded)
	}
	fresh := uuid.NewString()
	for deadline := time.Now().Add(pgtest.Patience); ; {
		request, err := http.NewRequestWithContext(context.Background(), method, c.base+path, strings.NewReader(text))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Authorization", "Bearer "+c.token)
		request.Header["Idempotency-Key"] = []string{fresh}
		if text != "" {
			request.Header.Set("Content-Type", "application/json")
		}
		for _, change := range more {
			change(request)
		}
		a, err := c.send(request)
		if !c.insists || err != nil || time.Now().After(deadline) || a.status != http.StatusServiceUnavailable && a.text("code") != "idempotency_in_progress" {
			return a, err
		}
	}
}

func (c *client) send(request *http.Request) (*answered, error) {
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err)
	}
	defer response.Body.Close()
	a := &answered{t: c.t, what: request.Method + " " + request.URL.String(), status: response.StatusCode, header: response.Header}
	if a.body, err = io.ReadAll(response.Body); err != nil {
		return nil, fmt.Errorf("%s: %w", a.what, err)
	}
	if c.seen != nil {
		if _, before := c.seen.LoadOrStore(a.status, true); before {
			return a, nil
		}
	}
	if err := a.conforms(request); err != nil {
		return nil, fmt.Errorf("%s does not conform to the document: %w\n%d %s", a.what, err, a.status, a.body)
	}
	return a, nil
}

func (c *client) get(path string, more ...with) *answered {
	c.t.Helper()
	return c.do(http.MethodGet, path, nil, more...)
}

func (c *client) post(path string, body any, more ...with) *answered {
	c.t.Helper()
	return c.do(http.MethodPost, path, body, more...)
}

func (c *client) put(path string, body any, more ...with) *answered {
	c.t.Helper()
	return c.do(http.MethodPut, path, body, more...)
}

func (c *client) delete(path string, more ...with) *answered {
	c.t.Helper()
	return c.do(http.MethodDelete, path, nil, more...)
}

// is expects a status and gives the answer back.
func (a *answered) is(status int) *answered {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.what, a.status, status, a.body)
	}
	return a
}

// refused expects a problem.
func (a *answered) refused(status int, code string) *answered {
	a.t.Helper()
	if a.is(status); a.text("code") != code {
		a.t.Fatalf("%s: %s, want %s\n%s", a.what, a.text("code"), code, a.body)
	}
	return a
}

// at gives a value of the body by a path such as page.next or data.0.code; nil when there is none.
func (a *answered) at(path string) any {
	a.t.Helper()
	var value any
	if err := json.Unmarshal(a.body, &value); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.body)
	}
	for name := range strings.SplitSeq(path, ".") {
		switch inside := value.(type) {
		case map[string]any:
			value = inside[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(inside) {
				return nil
			}
			value = inside[i]
		default:
			return nil
		}
	}
	return value
}

func (a *answered) text(path string) string {
	a.t.Helper()
	text, _ := a.at(path).(string)
	return text
}

func (a *answered) number(path string) int {
	a.t.Helper()
	number, ok := a.at(path).(float64)
	if !ok {
		a.t.Fatalf("%s: %s is no number\n%s", a.what, path, a.body)
	}
	return int(number)
}

// says expects values by their paths.
func (a *answered) says(want map[string]any) *answered {
	a.t.Helper()
	for path, value := range want {
		if n, isInt := value.(int); isInt {
			value = float64(n)
		}
		if got := a.at(path); fmt.Sprint(got) != fmt.Sprint(value) {
			a.t.Errorf("%s: %s is %v, want %v\n%s", a.what, path, got, value, a.body)
		}
	}
	return a
}

// position makes a query show at least what this answer did.
func (a *answered) position() with { return header("Min-Position", a.header.Get("Ledger-Position")) }

func init() {
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/pdf", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
	for _, form := range []string{"text/csv", "text/x-hledger", "text/x-beancount"} {
		openapi3filter.RegisterBodyDecoder(form, openapi3filter.PlainBodyDecoder)
	}
	openapi3filter.RegisterBodyDecoder(dryRunType, openapi3filter.JSONBodyDecoder)
}

// published is the document as a stranger reads it, but closed: an answer must not have a field that is not documented.
var published = sync.OnceValues(func() (*openapi3.T, error) {
	text, err := Document("test")
	if err != nil {
		return nil, err
	}
	if text, err = closed(text); err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
})

// held is the same as answers are held against it. It says that it is of the version before, whose schemas are all that are used:
// those of its own would be compiled for each answer.
var held = sync.OnceValues(func() (*openapi3.T, error) {
	document, err := published()
	if err != nil {
		return nil, err
	}
	before := *document
	before.OpenAPI = "3.0.3"
	return &before, nil
})

// closed allows no other members than those that are documented. Where members are free it says so by another keyword, since null
// is none of what the empty schema allows here.
func closed(text []byte) ([]byte, error) {
	var document map[string]any
	if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(`"additionalProperties":{}`), []byte(`"additionalProperties":true`)), &document); err != nil {
		return nil, err
	}
	all := document["components"].(map[string]any)["schemas"].(map[string]any)
	for name, schema := range all {
		schema := schema.(map[string]any)
		if _, says := schema["additionalProperties"]; schema["type"] == "object" && !says && name != "Problem" {
			schema["additionalProperties"] = false
		}
	}
	return json.Marshal(document)
}

// conforms holds the answer against the document.
func (a *answered) conforms(request *http.Request) error {
	if strings.HasPrefix(request.URL.Path, "/ofrep/") {
		return nil // another specification documents it
	}
	if a.status >= 500 && a.status != http.StatusServiceUnavailable {
		return fmt.Errorf("status %d", a.status)
	}
	if a.header.Get("X-Request-Id") == "" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		return fmt.Errorf("headers %v", a.header)
	}
	document, err := held()
	if err != nil {
		return err
	}
	template, item := find(document, request.URL.EscapedPath())
	if item == nil || item.GetOperation(request.Method) == nil {
		return a.isUnrouted()
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: request,
			Route: &routers.Route{
				Spec: document, Path: template, PathItem: item, Method: request.Method, Operation: item.GetOperation(request.Method),
			},
		},
		Status: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
}

func (a *answered) isUnrouted() error {
	var p endpoint.Problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		return err
	}
	if a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed || p.Status != a.status || p.RequestID == "" {
		return fmt.Errorf("an answer for no operation")
	}
	return nil
}

// find gives the path that the document has for a request's: of those that match, the one with the fewest places.
func find(document *openapi3.T, path string) (string, *openapi3.PathItem) {
	var best string
	const tiles = "/v1/audit/tile/" // has the rest of the path in one place
	if level, tile, ok := strings.Cut(strings.TrimPrefix(path, tiles), "/"); ok && strings.HasPrefix(path, tiles) {
		path = tiles + level + "/" + strings.ReplaceAll(tile, "/", "%2F")
	}
	for template := range document.Paths.Map() {
		if matches(strings.Split(template, "/"), strings.Split(path, "/")) &&
			(best == "" || strings.Count(template, "{") < strings.Count(best, "{")) {
			best = template
		}
	}
	return best, document.Paths.Value(best)
}

func matches(template, path []string) bool {
	if len(template) != len(path) {
		return false
	}
	for i := range template {
		if template[i] != path[i] && !strings.HasPrefix(template[i], "{") {
			return false
		}
	}
	return true
}
