package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// answering makes a client of a server that answers every request in one way.
func answering(t *testing.T, status int, header http.Header, body string) *client.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const problem = `{"type":"t","title":"Overloaded","status":503,"detail":"wait","instance":"/","code":"overloaded","request_id":"r","more":1}`
	for name, tt := range map[string]struct {
		status int
		header http.Header
		body   string

		code, message string
		after         time.Duration
	}{
		"a problem":          {503, http.Header{"Retry-After": {"2"}}, problem, "overloaded", "overloaded: wait", 2 * time.Second},
		"a proxy's page":     {502, nil, "<h1>Bad Gateway</h1>", "http_502", "http_502: <h1>Bad Gateway</h1>", 0},
		"other JSON":         {500, nil, `{"error":"x"}`, "http_500", `http_500: {"error":"x"}`, 0},
		"an empty answer":    {404, nil, "", "http_404", "http_404: ", 0},
		"another place":      {301, nil, "", "http_301", "http_301: ", 0},
		"a date to retry at": {503, http.Header{"Retry-After": {"Fri, 27 Nov 2026 20:00:00 GMT"}}, problem, "overloaded", "overloaded: wait", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(t, tt.status, tt.header, tt.body).GetProduct(t.Context(), "team", nil)
			refusal, ok := errors.AsType[*client.Error](err)
			if !ok {
				t.Fatalf("%v is no refusal", err)
			}
			if client.Code(err) != tt.code || err.Error() != tt.message || refusal.RetryAfter() != tt.after ||
				refusal.Status == 0 || string(refusal.Body) != tt.body {
				t.Errorf("%q %q %s %+v", client.Code(err), err, refusal.RetryAfter(), refusal)
			}
		})
	}
}

func TestWhatIsNoRefusal(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	c, err := client.New(os.Getenv(urlVariable), client.WithRequestEditor(func(context.Context, *http.Request) error { return gone }))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.GetProduct(t.Context(), "team", nil)
	if !errors.Is(err, gone) || client.Code(err) != "" || answer.StatusCode() != 0 || answer.Position() != 0 || answer.ETag() != "" {
		t.Errorf("%v %+v", err, answer)
	}
	if _, err := answering(t, 200, http.Header{"Content-Type": {"application/json"}}, "{").GetProduct(t.Context(), "team", nil); err == nil {
		t.Error("half an object is taken for a product")
	}
}

func TestServersWithoutAnAddress(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"", "localhost:8080", "http://", "ftp://tally.example.com", "http://[::1"} {
		if _, err := client.New(server); err == nil {
			t.Errorf("%q is taken for a server", server)
		}
	}
}

// A name can't lead to another path.
func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	_, err := dial().GetProduct(t.Context(), "../seller?x=", nil)
	if client.Code(err) != "name_invalid" {
		t.Errorf("%v", err)
	}
}
