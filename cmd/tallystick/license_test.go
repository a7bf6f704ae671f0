package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/licensefile"
)

// TestLicense draws a key, and looks at a file that is signed with it.
func TestLicense(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	stdout, stderr, code := invoke(t, "license", "keygen", "--out", dir)
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	kid := strings.TrimSpace(stdout)
	private := filepath.Join(dir, "license-signing.pem")
	if info, err := os.Stat(private); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, _, code := invoke(t, "license", "keygen", "--out", dir); code != exitFailed {
		t.Errorf("a key was replaced: exit %d", code)
	}
	text, err := os.ReadFile(private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := licensefile.ParsePrivateKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	issued := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	file, err := licensefile.Sign(keys[0], licensefile.Payload{
		ID: "lic-1", Issuer: "ledger", Licensee: "Acme", Product: "pro", Seats: 5, Features: map[string]json.RawMessage{}, Workspace: new("acme"), Instance: "berlin",
		Fingerprint: "f00d", Sequence: 2, IssuedAt: issued, Expiry: licensefile.ExpiryRestrict, FileExpiresAt: issued.AddDate(0, 0, 30),
		GraceUntil: issued.AddDate(0, 0, 44),
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "lic-1.lic")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, _, code := invoke(t, "license", "inspect", path); code != exitDone || !strings.Contains(stdout, kid) || !strings.Contains(stdout, "pro with 5 seats") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	changed := bytes.Clone(file)
	changed[len(changed)/2] ^= 1
	otherPath := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	flipped := otherPath("flipped.lic", changed)
	foreign := otherPath("foreign.lic", []byte("-----BEGIN LICENSE FILE-----\neyJlbmMiOiIuIiwic2lnIjoiLiJ9\n-----END LICENSE FILE-----\n"))
	if _, stderr, code := invoke(t, "license", "inspect", foreign); code != exitFailed || !strings.Contains(stderr, "FORMAT_FOREIGN") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	for name, test := range map[string]struct {
		file    string
		more    []string
		verdict string
		code    int
	}{
		"accepted":          {path, []string{"--at", "2026-03-02T00:00:00Z", "--workspace", "acme", "--instance", "berlin", "--fingerprint", "f00d"}, "OK", exitDone},
		"in grace":          {path, []string{"--at", "2026-04-01T00:00:00Z"}, "IN_GRACE", exitDone},
		"long since":        {path, []string{"--at", "2027-04-01T00:00:00Z"}, "FILE_EXPIRED", exitFailed},
		"another workspace": {path, []string{"--at", "2026-03-02T00:00:00Z", "--workspace", "umbrella"}, "WORKSPACE_MISMATCH", exitFailed},
		"another instance":  {path, []string{"--at", "2026-03-02T00:00:00Z", "--instance", "hamburg"}, "INSTANCE_MISMATCH", exitFailed},
		"an old one":        {path, []string{"--at", "2026-03-02T00:00:00Z", "--last-sequence", "3"}, "SEQUENCE_OLD", exitFailed},
		"set back":          {path, []string{"--at", "2026-03-02T00:00:00Z", "--last-seen", "2026-03-03T00:00:00Z"}, "CLOCK_BACKWARDS", exitFailed},
		"a byte flipped":    {flipped, []string{"--at", "2026-03-02T00:00:00Z"}, "SIGNATURE_INVALID", exitFailed},
		"Keygen's form":     {foreign, nil, "FORMAT_FOREIGN", exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := invoke(t, append([]string{"license", "verify", test.file, "--trust", filepath.Join(dir, "license-public.pem"), "--json"}, test.more...)...)
			var got struct {
				OK      bool
				Verdict string
				Payload *struct{ Seats int }
			}
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Fatalf("%v\n%s%s", err, stdout, stderr)
			}
			authentic := test.file == path
			if code != test.code || got.Verdict != test.verdict || got.OK != (code == exitDone) || (got.Payload != nil) != authentic || authentic && got.Payload.Seats != 5 {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
		})
	}
}
