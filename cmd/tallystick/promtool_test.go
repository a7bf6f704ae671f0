package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// promtool runs the tool of Prometheus, if this machine has it.
func promtool(t *testing.T, input string, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool on this machine; .ci/run has it")
	}
	tool := exec.CommandContext(t.Context(), path, args...)
	tool.Dir, tool.Stdin = "deploy", strings.NewReader(input)
	if said, err := tool.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, said)
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool(t, "", "check", "rules", "alerts.yaml")
	promtool(t, "", "test", "rules", "alerts_test.yaml")
}

// TestDashboard lets promtool read every query of the dashboard, as if each were a rule.
func TestDashboard(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("deploy/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(content, &dashboard, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("$__rate_interval", "5m", "$__range", "1h", "$instance", ".*")
	rules := "groups:\n- name: dashboard\n  rules:\n"
	queries := 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			rules += fmt.Sprintf("  - record: panel%d\n    expr: %q\n", queries, filled.Replace(target.Expr))
			queries++
		}
	}
	if queries < 20 {
		t.Fatalf("it has %d queries", queries)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "check", "rules", file)
}
