package endpoint

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// received is an answer whose body may still be on its way.
type received struct {
	status int
	header http.Header
	body   io.Reader
}

// serving starts a server with one GET, and gives a way to ask it for the coding of a body.
func serving(t *testing.T, handle func(*Call) error) func(coding string) received {
	t.Helper()
	served := httptest.NewServer(newServer(t, Options{}, Route{Method: http.MethodGet, Path: "/it", Status: http.StatusOK, handle: handle}))
	t.Cleanup(served.Close)
	return func(coding string) received {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, served.URL+"/it", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", coding)
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		return received{status: response.StatusCode, header: response.Header, body: response.Body}
	}
}

// TestCoding asks for answers of all sorts, in all words that Accept-Encoding has.
func TestCoding(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("a line of many\n"), 100)
	plain := func(c *Call) error { return c.send(http.StatusOK, "application/json", body) }
	for name, one := range map[string]struct {
		coding string
		handle func(*Call) error
		packed bool
		plain  bool // for everybody
	}{
		"gzip":              {"gzip", plain, true, false},
		"among others":      {"deflate, gzip;q=0.5, br", plain, true, false},
		"in large letters":  {"GZIP", plain, true, false},
		"none":              {"", plain, false, false},
		"another":           {"br, zstd", plain, false, false},
		"refused":           {"gzip;q=0", plain, false, false},
		"refused precisely": {"identity, gzip; q=0.000", plain, false, false},
		"a refusal": {"gzip", func(c *Call) error {
			return newProblem(http.StatusBadRequest, "bad", strings.Repeat("Not so. ", 200))
		}, true, false},
		"a page":      {"gzip", func(c *Call) error { return c.send(http.StatusOK, "text/html; charset=utf-8", body) }, true, false},
		"a PDF":       {"gzip", func(c *Call) error { return c.send(http.StatusOK, "application/pdf", body) }, false, true},
		"an image":    {"gzip", func(c *Call) error { return c.send(http.StatusOK, "image/png", body) }, false, true},
		"a small one": {"gzip", func(c *Call) error { return c.send(http.StatusOK, "application/json", body[:compressMin-1]) }, false, true},
		"1 KiB":       {"gzip", func(c *Call) error { return c.send(http.StatusOK, "application/json", body[:compressMin]) }, true, false},
		"an ETag": {"gzip", func(c *Call) error {
			c.header(3, 7)
			return plain(c)
		}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := serving(t, one.handle)
			got, want := ask(one.coding), ask("identity")
			if packed := got.header.Get("Content-Encoding") == "gzip"; packed != one.packed {
				t.Errorf("it is compressed: %v, want %v", packed, one.packed)
			}
			if coding := want.header.Get("Content-Encoding"); coding != "" {
				t.Errorf("it is compressed for who does not ask: %s", coding)
			}
			for _, a := range []received{got, want} {
				if varies := a.header.Get("Vary") == "Accept-Encoding"; varies != !one.plain {
					t.Errorf("headers: %v", a.header)
				}
			}
			if got.status != want.status || got.header.Get("ETag") != want.header.Get("ETag") {
				t.Errorf("%d %v, want %d %v", got.status, got.header, want.status, want.header)
			}
			if gotBody, wantBody := unpacked(t, got), unpacked(t, want); !bytes.Equal(withoutID(gotBody), withoutID(wantBody)) {
				t.Errorf("it unpacks to another body: %s", gotBody)
			}
		})
	}
}

// withoutID leaves the request's id out of a problem.
func withoutID(body []byte) []byte {
	before, _, _ := bytes.Cut(body, []byte(`"request_id"`))
	return before
}

func unpacked(t *testing.T, a received) []byte {
	t.Helper()
	from := a.body
	if a.header.Get("Content-Encoding") == "gzip" {
		reader, err := gzip.NewReader(from)
		if err != nil {
			t.Fatal(err)
		}
		from = reader
	}
	body, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestStream reads each page of a stream before the next one is found.
func TestStream(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"identity", "gzip"} {
		t.Run(coding, func(t *testing.T) {
			t.Parallel()
			read := make(chan struct{}, 1)
			read <- struct{}{}
			pages := 0
			a := serving(t, func(c *Call) error {
				return sendLines(c, func(ctx context.Context) ([]string, bool, error) {
					select {
					case <-read:
					case <-ctx.Done():
						return nil, false, errors.New("the page before was not read")
					}
					pages++
					return slices.Repeat([]string{"page"}, pages), pages < 4, nil
				}, nil)
			})(coding)
			from := bufio.NewReader(a.body)
			if coding == "gzip" {
				if a.header.Get("Content-Encoding") != "gzip" {
					t.Fatalf("it is not compressed: %v", a.header)
				}
				unpacking, err := gzip.NewReader(a.body)
				if err != nil {
					t.Fatal(err)
				}
				from = bufio.NewReader(unpacking)
			}
			for page := range 4 {
				for range page + 1 {
					if line, err := from.ReadString('\n'); line != "\"page\"\n" || err != nil {
						t.Fatalf("page %d: %q, %v", page+1, line, err)
					}
				}
				read <- struct{}{}
			}
			if rest, err := from.ReadString('\n'); rest != "" || !errors.Is(err, io.EOF) {
				t.Errorf("it ends with %q, %v", rest, err)
			}
		})
	}
}

// TestStreamCutShort breaks a stream behind its first page: nobody may take that for the whole.
func TestStreamCutShort(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"identity", "gzip"} {
		t.Run(coding, func(t *testing.T) {
			t.Parallel()
			pages := 0
			a := serving(t, func(c *Call) error {
				return sendLines(c, func(context.Context) ([]string, bool, error) {
					if pages++; pages > 1 {
						return nil, false, errors.New("the log is away")
					}
					return slices.Repeat([]string{"page"}, 1_000), true, nil
				}, nil)
			})(coding)
			if a.status != http.StatusOK {
				t.Fatalf("status %d", a.status)
			}
			if _, err := io.Copy(io.Discard, a.body); err == nil {
				t.Error("it ends like a whole one")
			}
		})
	}
}
