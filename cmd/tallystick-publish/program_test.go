package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
)

// house is the real program on a private Postgres of its own.
type house struct {
	t                 *testing.T
	binary, dir, base string
}

// serve builds and starts the program of this source.
func serve(t *testing.T) *house {
	t.Helper()
	dir, err := os.MkdirTemp("", "tallystick-publish-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the account that runs Postgres goes through it
		t.Fatal(err)
	}
	s := &house{t: t, binary: filepath.Join(dir, "tallystick"), dir: dir, base: fmt.Sprint("127.0.0.1:", freePort(t))}
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", s.binary, "./cmd/tallystick").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	command := exec.Command(s.binary, "serve", "--listen", s.base, "--data-dir", s.data())
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	var log strings.Builder
	command.Stderr = &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
		_ = os.RemoveAll(dir)
	})
	eventually(t, "the server is ready", func() bool {
		response, err := http.Get("http://" + s.base + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return s
}

func (s *house) data() string { return filepath.Join(s.dir, "data") }

// tell sends a command as the admin.
func (s *house) tell(path, body string) {
	s.t.Helper()
	key, err := os.ReadFile(filepath.Join(s.data(), "admin.key"))
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://"+s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", path+body)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		s.t.Fatalf("%s: %d", path, response.StatusCode)
	}
}

// auditorKey makes a key in a file.
func (s *house) auditorKey() string {
	s.t.Helper()
	out, err := exec.Command(s.binary, "key", "create", "publisher", "--role", "auditor", "--data-dir", s.data(), "--json").Output()
	if err != nil {
		s.t.Fatal(err)
	}
	var made struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal(out, &made); err != nil || made.Key == "" {
		s.t.Fatalf("%v: %s", err, out)
	}
	path := filepath.Join(s.dir, "auditor.key")
	if err := os.WriteFile(path, []byte(made.Key+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// TestRealProgram publishes what the real program's ledger says, before it runs and while it does.
func TestRealProgram(t *testing.T) {
	t.Parallel()
	s, c := serve(t), newNATSCluster(t)
	c.start(t)
	s.tell("/v1/products", `{"code":"team","name":"Team","tier":1}`)
	p := start(t, append([]string{"--url", "http://" + s.base, "--ledger", "@" + s.auditorKey()}, c.arguments()...)...)
	eventually(t, "the first event is published", func() bool { return c.held(t) == 1 })
	s.tell("/v1/products/team/prices", `{"code":"month","currency":"USD","interval":"month","unit_amount":"12.00"}`)
	s.tell("/v1/coupons", `{"code":"welcome","percent_off":"20","duration":"once"}`)
	eventually(t, "the others are published", func() bool { return c.held(t) == 3 })
	p.kill()
	for i, body := range c.read(t, "*") {
		var e cloudevents.Event
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatal(err)
		}
		if err := e.Validate(); err != nil || e.Subject() != "catalog:main" || e.Extensions()["position"] != int32(i+1) {
			t.Errorf("%v: %s", err, e)
		}
	}
}
