package main

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain/licensefile"
)

// sellersKey gives a public key as a seller tells it.
func sellersKey(t *testing.T) []byte {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := licensefile.EncodePublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWrongInstallations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args  []string
		wrong []string
	}{
		{[]string{"--license-server", "https://seller.example"}, []string{"--license-trust", "--license-instance"}},
		{[]string{"--license-server", "http://seller.example", "--license-instance", "a b"}, []string{`--license-server "http://seller.example" is not`, "--license-trust", `--license-instance "a b"`}},
		{[]string{"--license-instance", "berlin"}, []string{"--license-trust"}},
		{[]string{"--license-server", "seller", "--license-trust", "x", "--listen", "nowhere"}, []string{"--listen", "--license-server", "--license-instance"}},
	} {
		_, stderr, code := invoke(t, append([]string{"serve", "--data-dir", dataDir(t)}, test.args...)...)
		for _, wrong := range test.wrong {
			if code != exitUsage || !strings.Contains(stderr, wrong) {
				t.Errorf("%v: exit %d, and not %s: %s", test.args, code, wrong, stderr)
			}
		}
	}
	missing := filepath.Join(t.TempDir(), "trust.pem")
	if _, stderr, code := invoke(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir(t), "--license-trust", missing); code != exitFailed || !strings.Contains(stderr, missing) {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestInstallation links a workspace of one program with a license of another: seats follow, and a revoked license leaves it read-only.
// Another workspace has its license from a file.
func TestInstallation(t *testing.T) {
	t.Parallel()
	const acme, zoo = "/v1/workspaces/acme/", "/v1/workspaces/zoo/"
	seller := boot(t, dataDir(t))
	post(seller, "/v1/products", `{"code":"enterprise","name":"Enterprise","tier":2,"features":{"sso":true}}`, http.StatusCreated)
	var keys struct {
		Data []struct {
			Public string `json:"public_key"`
		} `json:"data"`
	}
	seller.read("/v1/license-keys", &keys)
	trust := filepath.Join(t.TempDir(), "seller.pem")
	if err := os.WriteFile(trust, []byte(keys.Data[0].Public), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := dataDir(t)
	installed := boot(t, dir, "--license-server", seller.url, "--license-trust", trust, "--license-instance", "berlin")

	key, license := licensed(seller, 2)
	holds(t, post(installed, acme+"license/link", fmt.Sprintf(`{"key":%q}`, key), http.StatusOK),
		`"source":"license"`, `"product":"enterprise"`, `"seats":2`, `"access":"full"`, `"sso":true`, `"state":"linked"`, `"ladder":"in_sync"`, `"instance":"berlin"`)
	for _, member := range []string{"ann", "bob"} {
		post(installed, acme+"seats", fmt.Sprintf(`{"member":%q,"role":"member"}`, member), http.StatusCreated)
	}
	third := `{"member":"eve","role":"member"}`
	holds(t, post(installed, acme+"seats", third, http.StatusConflict), `"code":"no_seat_available"`)
	post(seller, license+"/seats", `{"seats":3}`, http.StatusOK)
	holds(t, post(installed, acme+"license/sync", "", http.StatusOK), `"seats":3`, `"in_use":2`)
	post(installed, acme+"seats", third, http.StatusCreated)
	post(seller, license+"/revoke", `{"reason":"the contract ended"}`, http.StatusOK)
	holds(t, post(installed, acme+"license/sync", "", http.StatusOK), `"access":"read_only"`, `"status":"revoked"`, `"ladder":"read_only"`, `"code":"REVOKED"`)

	fingerprint, stderr, code := finish(t, programCommand("license", "fingerprint", "--data-dir", dir))
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	_, license = licensed(seller, 7)
	post(seller, license+"/instances", fmt.Sprintf(`{"instance":"berlin","fingerprint":%q}`, strings.TrimSpace(fingerprint)), http.StatusCreated)
	file, err := json.Marshal(map[string]string{"file": post(seller, license+"/file", `{"instance":"berlin"}`, http.StatusOK)})
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(file), "ed25519 ", "ed25519 0", 1)
	holds(t, post(installed, zoo+"license/upload", wrong, http.StatusUnprocessableEntity), `"code":"license_file_refused"`)
	holds(t, post(installed, zoo+"license/upload", string(file), http.StatusOK), `"source":"license"`, `"seats":7`, `"access":"full"`)
}

// post sends a command for the first time, and gives what is answered with a status.
func post(s *server, path, body string, status int) string {
	s.t.Helper()
	return s.must(http.MethodPost, path, uuid.NewString(), body, status).body
}

// licensed issues a license of so many seats, and gives its key and its path.
func licensed(s *server, seats int) (key, path string) {
	s.t.Helper()
	var issued struct {
		License struct{ ID string }
		Key     string
	}
	body := post(s, "/v1/licenses", fmt.Sprintf(`{"licensee":"Acme Ltd","product":"enterprise","seats":%d}`, seats), http.StatusCreated)
	if err := json.Unmarshal([]byte(body), &issued); err != nil {
		s.t.Fatal(err)
	}
	return issued.Key, "/v1/licenses/" + issued.License.ID
}
