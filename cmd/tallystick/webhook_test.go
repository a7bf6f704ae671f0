package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestWebhookListen forwards to a program what a server sends, as it was signed, and leaves no endpoint behind.
func TestWebhookListen(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t), "--webhook-allow", "127.0.0.0/8")
	came := make(chan *http.Request, 10)
	hears := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		came <- r
		w.WriteHeader(http.StatusAccepted)
	}))
	defer hears.Close()
	listen := programCommand("webhook", "listen", "--forward-to", hears.URL, "--url", s.url, "--key", s.key, "--types", "credit.*", "--json")
	stderr, err := listen.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := listen.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := listen.Start(); err != nil {
		t.Fatal(err)
	}
	greeting, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %v", greeting, err)
	}
	secret := strings.TrimSpace(greeting[strings.LastIndex(greeting, " "):])
	s.must("POST", "/v1/workspaces/acme/credits", "gift", `{"amount":{"amount":"1.00","currency":"USD"},"reason":"a gift"}`, 201)
	news := <-came
	body, _ := io.ReadAll(news.Body)
	stranger, err := standardwebhooks.NewWebhook(secret)
	if err == nil {
		err = stranger.Verify(body, news.Header)
	}
	if err != nil || !strings.Contains(string(body), `"type":"credit.granted"`) {
		t.Errorf("%s, %v", body, err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if want := `{"type":"credit.granted","workspace":"acme","sequence":1,"position":2,"status":202,"error":null}`; err != nil || strings.TrimSpace(line) != want {
		t.Errorf("%s, %v; want %s", line, err, want)
	}
	if err := listen.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := listen.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	events := s.events()
	if last := events[len(events)-1]; !strings.Contains(last.Type, "webhook.deleted") {
		t.Errorf("the last event is %+v", last)
	}
}
