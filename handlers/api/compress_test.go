package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"testing"
)

// packable are the types of bodies that gzip makes smaller.
var packable = regexp.MustCompile(`^(text/|application/([a-z.+-]*json|x-ndjson|javascript)\b)`)

// TestGzip asks every GET of the table for its body as it is, and in gzip.
func TestGzip(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	named, shown := c.furnish()
	named["size"] = b.newSealer().seal()
	packed := 0
	check := func(t *testing.T, path string, more ...with) {
		t.Helper()
		status, plainHeader, plain := c.ask(http.MethodGet, path, append(more, header("Accept-Encoding", "identity"))...)
		if status != http.StatusOK || plainHeader.Get("Content-Encoding") != "" {
			t.Fatalf("%s: %d %v", path, status, plainHeader)
		}
		_, header, body := c.ask(http.MethodGet, path, append(more, header("Accept-Encoding", "gzip"))...)
		want := len(plain) >= 1<<10 && packable.MatchString(header.Get("Content-Type"))
		if got := header.Get("Content-Encoding") == "gzip"; got != want || (header.Get("Vary") != "") != want {
			t.Errorf("%s with %d bytes is compressed: %v, want %v: %v", path, len(plain), got, want, header)
		}
		if header.Get("ETag") != plainHeader.Get("ETag") {
			t.Errorf("%s: ETag is %s, want %s", path, header.Get("ETag"), plainHeader.Get("ETag"))
		}
		if !want {
			return
		}
		packed++
		reader, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if unpacked, err := io.ReadAll(reader); err != nil || !bytes.Equal(unpacked, plain) || len(body) >= len(plain) {
			t.Errorf("%s: %d bytes unpack to %d instead of %d: %v", path, len(body), len(unpacked), len(plain), err)
		}
	}
	for _, r := range routes {
		if r.Method == http.MethodGet {
			c.run(t, r.ID, func(t *testing.T) { check(t, found(&r, named), shown) })
		}
	}
	c.run(t, "lines", func(t *testing.T) { check(t, "/v1/events", header("Accept", "application/x-ndjson")) })
	c.run(t, "a file of docs", func(t *testing.T) { check(t, "/docs/swagger-ui.css") })
	if packed < 8 {
		t.Errorf("only %d answers were compressed", packed)
	}
}

// TestIfMatchAfterGzip changes something by the ETag of an answer for which gzip was asked.
func TestIfMatchAfterGzip(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	_, shown := c.furnish()
	asked := header("Accept-Encoding", "gzip")
	seen := c.get("/v1/workspaces/acme/subscription", asked, shown).is(200)
	tag := seen.header.Get("ETag")
	c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 9}, asked, header("If-Match", tag)).is(200)
	c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 10}, asked, header("If-Match", tag)).refused(412, "version_mismatch")
}
