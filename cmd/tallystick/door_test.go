package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

func TestBeyondThisMachine(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:80"} {
		_, stderr, code := invoke(t, "serve", "--listen", listen, "--data-dir", dataDir(t))
		if code != exitUsage || !strings.Contains(stderr, "--plaintext") || !strings.Contains(stderr, "--tls-cert") || !strings.Contains(stderr, "--trusted-proxies") {
			t.Errorf("%s: exit %d: %s", listen, code, stderr)
		}
		elsewhere := programCommand("ledger", "list", "--data-dir", dataDir(t))
		elsewhere.Env = append(elsewhere.Env, "TALLYSTICK_LISTEN="+listen)
		if _, stderr, code := finish(t, elsewhere); code != exitFailed || strings.Contains(stderr, "--plaintext") {
			t.Errorf("a command that serves nothing, %s: exit %d: %s", listen, code, stderr)
		}
	}
	logs(t, []string{`"serving"`}, "serve", "--listen", ":0", "--plaintext", "--data-dir", dataDir(t))
}

func TestWrongDoors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--tls-cert", "cert.pem"}, {"--tls-key", "key.pem"}, {"--metrics-listen", "9090"}, {"--trusted-proxies", "10.0.0.0/33"},
		{"--trusted-proxies", "10.0.0.1,proxy"}, {"--public-url", "tally.example.com"}, {"--public-url", "https://tally.example.com/?x=1"},
		{"--max-connections", "0"},
	} {
		_, stderr, code := invoke(t, append([]string{"serve", "--data-dir", dataDir(t)}, args...)...)
		if code != exitUsage || !strings.Contains(stderr, args[0]) {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
	missing := filepath.Join(t.TempDir(), "cert.pem")
	if _, stderr, code := invoke(t, "serve", "--data-dir", dataDir(t), "--tls-cert", missing, "--tls-key", missing); code != exitFailed || !strings.Contains(stderr, missing) {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// issue writes a certificate for this machine into two files, and gives it.
func issue(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	return issueUntil(t, dir, name, time.Now().Add(time.Hour))
}

// issueUntil issues a certificate that ends at a time.
func issueUntil(t *testing.T, dir, name string, ends time.Time) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: ends, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// trusting is a client that takes one certificate.
func trusting(certificate *x509.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
}

// serving runs the program until the test ends, and gives the addresses that it logs.
func serving(t *testing.T, args ...string) (address, metrics string) {
	t.Helper()
	command := programCommand(append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--log-format", "json"}, args...)...)
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		var entry struct {
			Msg     string `json:"msg"`
			Address string `json:"address"`
		}
		_ = json.Unmarshal(lines.Bytes(), &entry)
		switch entry.Msg {
		case "serving metrics":
			metrics = entry.Address
		case "serving":
			go func() { _, _ = io.Copy(io.Discard, stderr) }()
			return entry.Address, metrics
		}
	}
	t.Fatalf("it did not start:\n%s", said.String())
	return "", ""
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := issue(t, dir, "first.example.com")
	address, _ := serving(t, "--tls-cert", filepath.Join(dir, "cert.pem"), "--tls-key", filepath.Join(dir, "key.pem"), "--public-url", "https://tally.example.com")
	response, err := trusting(first).Get("https://" + address + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK || response.TLS.Version < tls.VersionTLS12 || !strings.Contains(string(document), `"https://tally.example.com"`) {
		t.Errorf("%d, %v: %.300s", response.StatusCode, err, document)
	}
	if response, err := new(http.Client).Get("https://" + address + "/healthz"); err == nil {
		_ = response.Body.Close()
		t.Error("a client that does not know the certificate is answered")
	}
	if response, err := http.Get("http://" + address + "/healthz"); err == nil {
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			t.Error("it answers without TLS too")
		}
	}

	// A certificate that was renewed is taken without a restart.
	second := issue(t, dir, "second.example.com")
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		response, err := trusting(second).Get("https://" + address + "/healthz")
		if err == nil {
			_ = response.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	get := func(url string) (int, string) {
		t.Helper()
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	address, metrics := serving(t, "--metrics-listen", "127.0.0.1:0")
	if status, body := get("http://" + address + "/metrics"); status != http.StatusNotFound || strings.Contains(body, "tallystick_http") {
		t.Errorf("the API shows metrics: %d %s", status, body)
	}
	// The read models report once they have begun.
	shown := poll(func() bool {
		status, body := get("http://" + metrics + "/metrics")
		return status == http.StatusOK && regexp.MustCompile(`(?m)^tallystick_projection_lag_events`).MatchString(body)
	})
	if !shown {
		t.Error("the metrics never show the read models")
	}
	for _, path := range []string{"/healthz", "/v1/events", "/openapi.json", "/"} {
		if status, _ := get("http://" + metrics + path); status != http.StatusNotFound {
			t.Errorf("the metrics' address answers %s with %d", path, status)
		}
	}
}

// Who sent a request is in the log, and nobody but a trusted proxy says so of another.
func TestTheClientsAddressIsLogged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args      []string
		forwarded string
		want      string
	}{
		"nobody is trusted":       {nil, "203.0.113.9", "127.0.0.1"},
		"the proxy is trusted":    {[]string{"--trusted-proxies", "127.0.0.1"}, "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		"two proxies are trusted": {[]string{"--trusted-proxies", "127.0.0.0/8,10.0.0.0/8"}, "evil, 203.0.113.9, 10.1.2.3", "203.0.113.9"},
		"another one is trusted":  {[]string{"--trusted-proxies", "10.0.0.0/8"}, "203.0.113.9", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := boot(t, dataDir(t), test.args...)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/events", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Forwarded-For", test.forwarded)
			r.Header.Set("X-Request-Id", "looked-for")
			r.Header.Set("Authorization", "Bearer tally_sandbox_AAAAAAAAAAAA_"+strings.Repeat("B", 43))
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			wanted := []string{`"client":"` + test.want + `"`, `"denied":"unknown"`, `"presented":"AAAAAAAAAAAA"`}
			for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
				line := regexp.MustCompile(`(?m)^.*"looked-for".*$`).FindString(s.output())
				if line != "" {
					for _, text := range wanted {
						if !strings.Contains(line, text) {
							t.Errorf("no %s in %s", text, line)
						}
					}
					return
				}
				if time.Now().After(deadline) {
					t.Fatal("the request is not in the log")
				}
			}
		})
	}
}
