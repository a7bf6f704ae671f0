package licenseserver

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhichServersAreAsked(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]bool{
		"https://seller.example": true, "https://seller.example/billing/": true, "http://localhost:8080": true, "http://127.0.0.1:1": true,
		"http://[::1]:1": true, "http://seller.example": false, "http://10.0.0.1": false, "ftp://seller.example": false, "seller.example": false,
		"https://user@seller.example": false, "https://seller.example?x=1": false, "": false,
	} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			if _, err := New(server); (err == nil) != want {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestAnswers tells what is conclusive from what is not.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		want   Answer
	}{
		"a license": {200, `{"valid":true,"code":"VALID","license":{"id":"lic-1","sequence":3},"instance":{},"file":"four lines"}`,
			Answer{Conclusive: true, OK: true, Code: "VALID", Valid: true, License: "lic-1", Sequence: 3, File: "four lines"}},
		"revoked":          {200, `{"valid":false,"code":"REVOKED","license":{"id":"lic-1","sequence":4},"file":null}`, Answer{Conclusive: true, OK: true, Code: "REVOKED", License: "lic-1", Sequence: 4}},
		"a place":          {201, `{"license":{"id":"lic-1","sequence":3},"instance":{"instance":"berlin"}}`, Answer{Conclusive: true, OK: true, License: "lic-1", Sequence: 3}},
		"nothing":          {200, `{}`, Answer{Conclusive: true, OK: true}},
		"a wrong key":      {401, `{"code":"license_key_invalid","detail":"no"}`, Answer{Conclusive: true, Code: "license_key_invalid", Detail: "no"}},
		"suspended":        {403, `{"code":"license_suspended"}`, Answer{Conclusive: true, Code: "license_suspended"}},
		"unknown":          {404, `{"code":"instance_not_found"}`, Answer{Conclusive: true, Code: "instance_not_found"}},
		"full":             {409, `{"code":"activation_limit_reached"}`, Answer{Code: "activation_limit_reached"}},
		"too fast":         {429, `{"code":"rate_limited"}`, Answer{Code: "rate_limited"}},
		"out of order":     {500, `{"code":"internal"}`, Answer{Code: "internal"}},
		"a proxy's page":   {200, `<html>`, Answer{Code: CodeUnreadable, Detail: "it answers with status 200, and not as a license server does"}},
		"a proxy's 404":    {404, `not found`, Answer{Code: CodeUnreadable, Detail: "it answers with status 404, and not as a license server does"}},
		"a foreign 403":    {403, `{"message":"blocked"}`, Answer{Code: CodeUnreadable, Detail: "it answers with status 403, and not as a license server does"}},
		"somewhere else":   {302, `{}`, Answer{Code: CodeUnreadable, Detail: "it answers with status 302, and not as a license server does"}},
		"more than a file": {200, `{"file":"` + strings.Repeat("x", answerMax) + `"}`, Answer{Code: CodeUnreadable, Detail: "it answers with status 200, and not as a license server does"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || r.Header.Get("Authorization") != "License key" || r.URL.Path != "/v1/licenses/sync" || string(body) != `{"instance":"berlin","users":3}` {
					t.Errorf("%s %v: %s, %v", r.URL.Path, r.Header, body, err)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				if _, err := io.WriteString(w, test.body); err != nil {
					t.Error(err)
				}
			}))
			defer server.Close()
			client, err := New(server.URL + "/")
			if err != nil {
				t.Fatal(err)
			}
			if got := client.Sync(t.Context(), "key", "berlin", 3); got != test.want {
				t.Errorf("%+v\nwant %+v", got, test.want)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(nil)
		client, err := New(server.URL)
		server.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got := client.Deactivate(t.Context(), "key", "berlin"); got.Conclusive || got.Code != CodeUnreachable || got.Detail == "" {
			t.Errorf("%+v", got)
		}
	})
}
