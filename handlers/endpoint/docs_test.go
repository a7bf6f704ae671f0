package endpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

// TestDocs follows everything that the page loads: it is all here, and the policy would let nothing else in.
func TestDocs(t *testing.T) {
	t.Parallel()
	s := newServer(t, Options{})
	for _, path := range []string{"/docs", "/docs/"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := get(s, path)
			page, policy := a.Body.Bytes(), a.Header().Get("Content-Security-Policy")
			if a.Code != 200 || a.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Fatalf("%d %v", a.Code, a.Header())
			}
			checkPolicy(t, policy)
			scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllSubmatch(page, -1)
			for _, script := range scripts {
				hash := sha256.Sum256(script[1])
				if !strings.Contains(policy, base64.StdEncoding.EncodeToString(hash[:])) {
					t.Error("a script of the page is not in its policy")
				}
			}
			loaded := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllSubmatch(page, -1)
			if len(loaded) < 4 || len(scripts) == 0 {
				t.Fatalf("the page loads %d files and has %d scripts", len(loaded), len(scripts))
			}
			for _, file := range loaded {
				if !bytes.HasPrefix(file[1], []byte("/docs/")) {
					t.Errorf("the page loads %s", file[1])
					continue
				}
				if a := get(s, string(file[1])); a.Code != 200 || a.Body.Len() == 0 || a.Header().Get("Content-Security-Policy") == "" {
					t.Errorf("%s: %d, %d bytes, %v", file[1], a.Code, a.Body.Len(), a.Header())
				}
			}
			if !bytes.Contains(page, []byte("/openapi.json")) || bytes.Contains(page, []byte("//unpkg")) || bytes.Contains(page, []byte("//cdn")) {
				t.Errorf("%s", page)
			}
		})
	}
}

func TestDocsHaveNothingElse(t *testing.T) {
	t.Parallel()
	s := newServer(t, Options{})
	for _, path := range []string{"/docs/nothing", "/docs/a/b", "/docs/nothing.css"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := get(s, path)
			if a.Code != 404 || a.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(a.Body.String(), `"not_found"`) {
				t.Errorf("%d %v\n%s", a.Code, a.Header(), a.Body)
			}
		})
	}
}

func checkPolicy(t *testing.T, policy string) {
	t.Helper()
	for _, rule := range []string{"default-src 'none'", "connect-src 'self'", "script-src 'self' 'sha256-", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, rule) {
			t.Errorf("no %s in %s", rule, policy)
		}
	}
	if strings.Contains(policy, "http") || strings.Contains(policy, "*") || strings.Contains(strings.Split(policy, "script-src")[1], "unsafe") {
		t.Error(policy)
	}
}
