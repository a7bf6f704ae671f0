package main

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// scrape reads what the server shows to Prometheus.
func (s *server) scrape() string {
	s.t.Helper()
	var address string
	for line := range strings.Lines(s.output()) {
		var entry struct {
			Msg     string `json:"msg"`
			Address string `json:"address"`
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "serving metrics" {
			address = entry.Address
		}
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	got, err := ask(r)
	if err != nil || got.status != http.StatusOK {
		s.t.Fatalf("%d %s, %v", got.status, got.body, err)
	}
	return got.body
}

// helps gives the metrics and what each says of itself.
func helps(shown string) map[string]string {
	all := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^# HELP (\S+) (.*)$`).FindAllStringSubmatch(shown, -1) {
		all[line[1]] = line[2]
	}
	return all
}

// shownAtTimes are shown only while some ledger is behind, or where there is a standby.
var shownAtTimes = []string{
	"tallystick_projection_ledger_lag_events", "tallystick_queries_total", "tallystick_standby_lag_seconds", "tallystick_standby_serves",
}

// TestMetrics holds all that a server shows against the conventions of Prometheus, the README, and whatever reads it.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t), "--metrics-listen", "127.0.0.1:0")
	s.sellFreeSeats(5)
	s.must("POST", "/v1/workspaces/acme/seats", "one", `{"member":"ada","role":"member"}`, 201)
	var shown string
	s.until("a read model has caught up, the deadlines are counted and the ledger is sealed", func() bool {
		shown = s.scrape()
		return strings.Contains(shown, "tallystick_deadlines_due 0") && strings.Contains(shown, `tallystick_projection_lag_events{projection="seats"`) &&
			strings.Contains(shown, "tallystick_audit_refusing{")
	})
	t.Run("promlint", func(t *testing.T) {
		problems, err := promlint.New(strings.NewReader(shown)).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	})
	t.Run("values", func(t *testing.T) {
		for _, want := range []string{
			"tallystick_append_batch_commands_count 2", `tallystick_append_batch_commands_bucket{le="1"} 2`, "tallystick_append_duration_seconds_count 2",
			"tallystick_commands_waiting 0", "tallystick_commands_waiting_bytes 0", "tallystick_deadlines_late 0", "tallystick_deadlines_lag_seconds 0",
			"tallystick_deadlines_left_alone 0", `tallystick_pool_connections_max{pool="append"} 4`, `tallystick_pool_connections{pool="feed",state="busy"}`,
			`tallystick_projection_ledgers_failing{projection="seats",status="stopped",version="1"} 0`, `tallystick_build_info{goversion="go`,
		} {
			if !strings.Contains(shown, want) {
				t.Errorf("no %s in\n%s", want, shown)
			}
		}
	})
	t.Run("README", func(t *testing.T) {
		readme, err := os.ReadFile("../../README.md")
		if err != nil {
			t.Fatal(err)
		}
		listed := map[string]string{}
		for _, row := range regexp.MustCompile("(?m)^\\| `(tallystick_\\w+)` \\| (.*) \\|$").FindAllStringSubmatch(string(readme), -1) {
			listed[row[1]] = row[2]
		}
		for name, help := range helps(shown) {
			if strings.HasPrefix(name, "tallystick_") && listed[name] != help {
				t.Errorf("the README lacks the row\n| `%s` | %s |", name, help)
			}
			delete(listed, name)
		}
		for name := range listed {
			if slices.Contains(shownAtTimes, name) {
				continue
			}
			t.Errorf("the README has %s, which is not shown", name)
		}
	})
	for _, file := range []string{"deploy/grafana.json", "deploy/alerts.yaml", "deploy/alerts_test.yaml"} {
		t.Run(file, func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			names := regexp.MustCompile(`\b(tallystick|go|process)_\w+`).FindAllString(string(content), -1)
			if len(names) < 5 {
				t.Errorf("it reads %v", names)
			}
			for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
				base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
				if all := helps(shown); all[name] == "" && all[base] == "" && !slices.Contains(shownAtTimes, name) {
					t.Errorf("%s reads %s, which is not shown", file, name)
				}
			}
		})
	}
	t.Run("promtool", func(t *testing.T) { promtool(t, shown, "check", "metrics") })
}
