package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// What the README tells a newcomer to paste works when it is pasted, all at once.
func TestTheReadmeWorksAsWritten(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	script := indented(string(readme), "In another shell:\n") + indented(string(readme), "in the same shell:\n")
	printed, home := boot(t, dataDir(t)).paste("localhost:8080", script)
	holds(t, printed,
		`"code":"team"`, `"code":"team-month"`, `"seats":3`, `"member":"ada"`, // the commands
		`"status":"active"`, `"purchased":3,"allocated":1`, `"quote":"`, // the queries
		`"reason":"renewal"`, `"type":"books.month_ended.v1"`, `"type":"seating.allocated.v1"`, `"type":"invoice.finalized.v1"`, // a month later
		`"instance":"berlin"`, `"code":"VALID"`, `"users":12`, `"signature":"`, // the license
	)
	verify := programCommand("license", "verify", filepath.Join(home, "berlin.lic"), "--trust", filepath.Join(home, "license-public.pem"),
		"--instance", "berlin", "--fingerprint", "f00d", "--at", time.Now().AddDate(0, 0, 40).UTC().Format(time.RFC3339), "--json") // the sandbox is a month ahead
	if said, err := verify.Output(); err != nil || !strings.Contains(string(said), `"verdict"`) {
		t.Errorf("%v %s", err, said)
	}
}

// indented gives the block that follows a sentence.
func indented(text, behind string) string {
	var script strings.Builder
	_, rest, _ := strings.Cut(text, behind)
	for line := range strings.Lines(rest) {
		if line != "\n" && !strings.HasPrefix(line, "    ") {
			break
		}
		script.WriteString(strings.TrimPrefix(line, "    "))
	}
	return script.String()
}

// The guide of the API's document works in the same way.
func TestTheGuideWorksAsWritten(t *testing.T) {
	t.Parallel()
	s := boot(t, dataDir(t))
	var document struct {
		Info struct {
			Description string `json:"description"`
		} `json:"info"`
	}
	if err := json.Unmarshal([]byte(s.must("GET", "/openapi.json", "", "", 200).body), &document); err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(document.Info.Description, "```sh\n")
	script, _, _ = strings.Cut(script, "```")
	printed, home := s.paste("127.0.0.1:8080", script)
	holds(t, printed,
		`"code":"pro"`, `"code":"pro-month"`, `"status":"active"`, `"member":"ada"`, `"purchased":5,"allocated":1`, `"number":"INV-000001"`,
		`"total":{"amount":"60.00","currency":"USD"}`, `"amount_paid":{"amount":"12.00","currency":"USD"}`,
	)
	if strings.Contains(printed, `"urn:tallystick:problem`) {
		t.Errorf("a step is refused:\n%s", printed)
	}
	page, err := os.ReadFile(filepath.Join(home, "invoice.html"))
	if err != nil || !strings.Contains(string(page), "INV-000001") {
		t.Errorf("%v\n%s", err, page)
	}
}

// paste runs a script in a shell, in a directory in which the server could have been started at an address.
func (s *server) paste(address, script string) (printed, home string) {
	s.t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		s.t.Skip("no curl on this machine")
	}
	home = s.t.TempDir()
	if err := os.Symlink(s.dir, filepath.Join(home, ".tallystick")); err != nil {
		s.t.Fatal(err)
	}
	command := exec.Command("bash", "-c", strings.ReplaceAll(script, address, strings.TrimPrefix(s.url, "http://")))
	command.Dir = home
	output, err := command.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, output)
	}
	return string(output), home
}

// holds expects parts of what was printed, whatever the spaces.
func holds(t *testing.T, printed string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(strings.ReplaceAll(printed, " ", ""), part) {
			t.Errorf("%s is not in what was printed:\n%s", part, printed)
		}
	}
}
