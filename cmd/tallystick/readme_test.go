package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What the README tells a newcomer to paste works when it is pasted, all at once.
func TestTheReadmeWorksAsWritten(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl on this machine")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	_, rest, _ := strings.Cut(string(readme), "In another shell:\n")
	for line := range strings.Lines(rest) {
		if line != "\n" && !strings.HasPrefix(line, "    ") {
			break
		}
		script.WriteString(strings.TrimPrefix(line, "    "))
	}

	s := boot(t, dataDir(t))
	home := t.TempDir()
	if err := os.Symlink(s.dir, filepath.Join(home, ".tallystick")); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("bash", "-c", strings.ReplaceAll(script.String(), "localhost:8080", strings.TrimPrefix(s.url, "http://")))
	command.Dir = home
	printed, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	for _, want := range []string{
		`"code":"team"`, `"code":"team-month"`, `"seats":3`, `"member":"ada"`, // the commands
		`"status":"active"`, `"purchased":3,"allocated":1`, `"quote":"`, // the queries
		`"ran":1`, `"reason":"renewal"`, `"type":"seating.allocated.v1"`, `"type":"invoice.finalized.v1"`, // a month later
	} {
		if !strings.Contains(strings.ReplaceAll(string(printed), " ", ""), want) {
			t.Errorf("%s is not in what was printed:\n%s", want, printed)
		}
	}
}
