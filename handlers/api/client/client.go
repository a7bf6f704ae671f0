package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client sends requests to one server. Its methods, one for each operation of the API, may be called at the same time.
type Client struct {
	server string
	doer   Doer
	edits  []RequestEditorFn
}

// Doer sends an HTTP request, as http.Client does.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// RequestEditorFn changes a request before it is sent.
type RequestEditorFn func(ctx context.Context, request *http.Request) error

// Option sets something of a client.
type Option func(*Client)

// WithKey sends an API key with each request.
func WithKey(key string) Option {
	return WithRequestEditor(func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+key)
		return nil
	})
}

// WithDoer sends requests with another HTTP client than http.DefaultClient.
func WithDoer(doer Doer) Option { return func(c *Client) { c.doer = doer } }

// WithRequestEditor changes each request before it is sent.
func WithRequestEditor(edit RequestEditorFn) Option {
	return func(c *Client) { c.edits = append(c.edits, edit) }
}

// New makes a client of the server at a URL, such as http://127.0.0.1:8080.
func New(server string, options ...Option) (*Client, error) {
	parsed, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("the server's URL: %w", err)
	}
	if parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
		return nil, fmt.Errorf("the server's URL %q does not begin with http:// or https:// and a host", server)
	}
	c := &Client{server: strings.TrimRight(server, "/"), doer: http.DefaultClient}
	for _, set := range options {
		set(c)
	}
	return c, nil
}

// Open sends a request that no method is for, and gives the answer with its body, which the caller closes: a stream of
// events, or a file of any size. A refusal is an [*Error].
func (c *Client) Open(ctx context.Context, method, path string, edits ...RequestEditorFn) (*http.Response, error) {
	return c.send(ctx, &request{method: method, path: path}, edits)
}

// Response holds of every answer what does not depend on the operation.
type Response struct {
	// HTTPResponse is the answer, whose body is in Body.
	HTTPResponse *http.Response
	Body         []byte
}

// StatusCode is the HTTP status, 0 where nobody answered.
func (r *Response) StatusCode() int {
	if r.HTTPResponse == nil {
		return 0
	}
	return r.HTTPResponse.StatusCode
}

// Position is the last position that a command wrote, or that a query shows, and 0 where the operation has none.
func (r *Response) Position() int64 {
	position, err := strconv.ParseInt(r.header("Ledger-Position"), 10, 64)
	if err != nil {
		return 0
	}
	return position
}

// ETag is the version of the resource, for If-Match.
func (r *Response) ETag() string { return r.header("ETag") }

// Replayed reports whether the answer repeats that of an earlier request with the same Idempotency-Key.
func (r *Response) Replayed() bool { return r.header("Idempotent-Replayed") == "true" }

func (r *Response) header(name string) string {
	if r.HTTPResponse == nil {
		return ""
	}
	return r.HTTPResponse.Header.Get(name)
}

// request holds what a method of Client sends.
type request struct {
	method, path string
	query        url.Values
	header       http.Header
	body         any
}

// newRequest makes a request of a path whose places, %s, take names.
func newRequest(method, path string, names ...any) *request {
	for i, name := range names {
		names[i] = url.PathEscape(fmt.Sprint(name))
	}
	return &request{method: method, path: fmt.Sprintf(path, names...), query: url.Values{}, header: http.Header{}}
}

// query adds a parameter, unless it is missing.
func query[T any](r *request, name string, value *T) {
	if value != nil {
		r.query.Set(name, text(*value))
	}
}

// header adds a header, unless it is missing or empty.
func header[T any](r *request, name string, value *T) {
	if value != nil && text(*value) != "" {
		r.header.Set(name, text(*value))
	}
}

func text(value any) string {
	if instant, ok := value.(time.Time); ok {
		return instant.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}

// ask sends a request, reads the answer to its end, and decodes it into one of the two places, nil where there is none.
func (c *Client) ask(ctx context.Context, r *request, edits []RequestEditorFn, answer *Response, done, dryRun any) error {
	response, err := c.send(ctx, r, edits)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer.HTTPResponse = response
	if answer.Body, err = io.ReadAll(response.Body); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", r.method, r.path, err)
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	place := map[string]any{"application/json": done, "application/vnd.tallystick.dry-run+json": dryRun}[kind]
	if place == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Body, place); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", r.method, r.path, err)
	}
	return nil
}

// send sends a request and gives the answer, whose body is still to be read, unless it refuses.
func (c *Client) send(ctx context.Context, r *request, edits []RequestEditorFn) (*http.Response, error) {
	sent, err := c.build(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, edit := range append(c.edits[:len(c.edits):len(c.edits)], edits...) {
		if err := edit(ctx, sent); err != nil {
			return nil, err
		}
	}
	response, err := c.doer.Do(sent)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		defer response.Body.Close()
		return nil, refused(response)
	}
	return response, nil
}

func (c *Client) build(ctx context.Context, r *request) (*http.Request, error) {
	address := c.server + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var body io.Reader
	if r.body != nil {
		encoded, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: write the body: %w", r.method, r.path, err)
		}
		body = bytes.NewReader(encoded)
	}
	sent, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	if r.header != nil {
		sent.Header = r.header
	}
	if body != nil {
		sent.Header.Set("Content-Type", "application/json")
	}
	return sent, nil
}
