package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/eventstore/postgres"
)

// TestReplay replays a story in words and as the API tells it, and then what comes.
func TestReplay(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t))
	s.sellToAcme()
	s.must("POST", "/v1/workspaces/birch/subscription", "birch", `{"price":"team-month","seats":1,"collection":"send_invoice"}`, 201)
	t.Run("what was", func(t *testing.T) { testReplayed(t, s) })
	t.Run("what comes", func(t *testing.T) { testFollowed(t, s) })
	t.Run("what is taken away", func(t *testing.T) { testExported(t, s) })
	t.Run("who looked", func(t *testing.T) { testRecorded(t, s) })
	t.Run("what is wrong", func(t *testing.T) { testVerified(t, s) })
}

// testRecorded reads personal data by commands, and then who did.
func testRecorded(t *testing.T, s *server) {
	s.must("PUT", "/v1/workspaces/birch/billing-details", "of birch", `{"name":"Birch Ltd"}`, 200)
	var before, after struct {
		Data []struct {
			Actor  string  `json:"actor"`
			Method string  `json:"method"`
			Path   string  `json:"path"`
			From   *int64  `json:"from"`
			Client *string `json:"client"`
		} `json:"data"`
	}
	s.read("/v1/audit/access?role=operator&limit=100", &before)
	for _, line := range []string{
		"replay", "replay --json --type catalog.*", // none is personal
		"replay --json", "replay --stream details:birch --as-of 1", "export receivables --out " + filepath.Join(t.TempDir(), "x"),
	} {
		if stdout, stderr, code := invoke(t, append(strings.Fields(line), "--data-dir", s.dir)...); code != exitDone {
			t.Fatalf("%s: exit %d: %s%s", line, code, stdout, stderr)
		}
	}
	s.read("/v1/audit/access?role=operator&limit=100", &after)
	var read []string
	for _, a := range after.Data[len(before.Data):] {
		if !strings.Contains(a.Actor, "@") || a.Method != "RUN" || a.Client != nil || a.From == nil {
			t.Errorf("a command is recorded as %+v", a)
		}
		read = append(read, a.Path)
	}
	if diff := cmp.Diff([]string{"tallystick replay", "tallystick replay", "tallystick export receivables"}, read); diff != "" {
		t.Error(diff)
	}
}

func testReplayed(t *testing.T, s *server) {
	replay := func(t *testing.T, line string) string {
		t.Helper()
		stdout, stderr, code := invoke(t, append(append([]string{"replay"}, strings.Fields(line)...), "--data-dir", s.dir)...)
		if code != exitDone || stderr != "" {
			t.Fatalf("exit %d: %s%s", code, stdout, stderr)
		}
		return stdout
	}
	lines := func(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }
	all := lines(replay(t, ""))

	t.Run("in words", func(t *testing.T) {
		t.Parallel()
		for i, line := range all {
			if !strings.HasPrefix(line, fmt.Sprintf("%d  20", i+1)) {
				t.Errorf("line %d is %s", i+1, line)
			}
		}
		if got := fixed(strings.Join(all, "\n")); !strings.Contains(got, " TIME seating:acme 2 seating.allocated.v1 ada got a seat as admin\n") {
			t.Error(got)
		}
	})
	t.Run("as the API does", func(t *testing.T) {
		t.Parallel()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer " + s.key}, "Accept": {"application/x-ndjson"}}
		said, err := ask(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(said.body, replay(t, "--json")); diff != "" {
			t.Error(diff)
		}
	})
	for line, find := range map[string]func(line string) bool{
		"--stream seating:acme":       func(line string) bool { return strings.Contains(line, "  seating:acme  ") },
		"--type invoice.*":            func(line string) bool { return strings.Contains(line, "  invoice.") },
		"--type seating.allocated.v1": func(line string) bool { return strings.Contains(line, "  seating.allocated.v1  ") },
		"--from 5 --to 7": func(line string) bool {
			return strings.HasPrefix(line, "5 ") || strings.HasPrefix(line, "6 ") || strings.HasPrefix(line, "7 ")
		},
		"--to 3": func(line string) bool {
			return strings.HasPrefix(line, "1 ") || strings.HasPrefix(line, "2 ") || strings.HasPrefix(line, "3 ")
		},
		"--from 2001-01-01T00:00:00Z":   func(string) bool { return true },
		"--to 2001-01-01T00:00:00Z":     func(string) bool { return false },
		"--from 2199-01-01T00:00:00Z":   func(string) bool { return false },
		"--workspace nobody":            func(string) bool { return false },
		"--stream seating:acme --to 1":  func(string) bool { return false },
		"--workspace birch --type sub*": nil,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			if find == nil {
				_, stderr, code := invoke(t, append(append([]string{"replay"}, strings.Fields(line)...), "--data-dir", s.dir)...)
				if code != exitFailed || !strings.Contains(stderr, "there is no type of event sub*; there are account.") {
					t.Errorf("exit %d: %s", code, stderr)
				}
				return
			}
			want := ""
			for _, line := range all {
				if find(line) {
					want += line + "\n"
				}
			}
			if diff := cmp.Diff(want, replay(t, line)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("of a workspace", func(t *testing.T) {
		t.Parallel()
		told := replay(t, "--workspace birch")
		for _, has := range []string{"  subscription:birch  ", "  seating:birch  ", "  account:birch  ", "  invoice.finalized.v1  "} {
			if !strings.Contains(told, has) {
				t.Errorf("no%s in\n%s", has, told)
			}
		}
		if strings.Contains(told, "acme") || strings.Contains(told, "catalog") {
			t.Error(told)
		}
	})
	t.Run("the state of a stream", func(t *testing.T) {
		t.Parallel()
		for asOf, seats := range map[string]any{fmt.Sprint(len(all)): 3.0, "2199-01-01T00:00:00Z": nil, "0": nil} {
			stdout, stderr, code := invoke(t, "replay", "--stream", "subscription:acme", "--as-of", asOf, "--data-dir", s.dir)
			if strings.HasPrefix(asOf, "2199") {
				if code != exitFailed || !strings.Contains(stderr, "as_of is after now") {
					t.Errorf("exit %d: %s%s", code, stdout, stderr)
				}
				continue
			}
			state, _ := object(t, stdout)["state"].(map[string]any)
			if code != exitDone || state["seats"] != seats {
				t.Errorf("exit %d as of %s: %s%s", code, asOf, stdout, stderr)
			}
		}
	})
	for line, says := range map[string]string{
		"--stream acme": "is no stream", "--from yesterday": "is not the position of an event, or a time", "--as-of 3": "give --stream too",
		"--stream a:b --as-of 3 --follow": "--as-of goes with --stream alone", "--follow --to 2026-01-01T00:00:00Z": "does not go with a time",
		"--workspace a/b": "is no workspace",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := invoke(t, append(append([]string{"replay"}, strings.Fields(line)...), "--data-dir", s.dir)...)
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, says) {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
		})
	}
}

func testExported(t *testing.T, s *server) {
	dir := t.TempDir()
	stdout, stderr, code := invoke(t, "export", "events", "--json", "--out", dir, "--data-dir", s.dir)
	if code != exitDone || stderr != "" || object(t, stdout)["kind"] != "events" {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	written, err := os.ReadFile(filepath.Join(dir, "events.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	replayed, _, _ := invoke(t, "replay", "--json", "--data-dir", s.dir)
	if diff := cmp.Diff(replayed, string(written)); diff != "" {
		t.Error(diff)
	}
	if _, stderr, code := invoke(t, "export", "events", "--format", "csv", "--out", dir, "--data-dir", s.dir); code != exitUsage || !strings.Contains(stderr, "events is exported as ndjson") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := invoke(t, "export", "journal", "--format", "hledger", "--out", dir, "--data-dir", s.dir); code != exitDone {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func testVerified(t *testing.T, s *server) {
	stdout, stderr, code := invoke(t, "verify", "--json", "--data-dir", s.dir)
	found := object(t, stdout)
	if code != exitDone || found["ok"] != true || found["command"] != "verify" || found["first_bad"] != nil || len(found["checks"].([]any)) < 10 {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	stdout, stderr, code = invoke(t, "verify", "--json", "--as-of", "3", "--check", "leaves", "--check", "seats", "--data-dir", s.dir)
	if found = object(t, stdout); code != exitDone || found["position"] != 3.0 || len(found["checks"].([]any)) != 2 {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if _, stderr, code := invoke(t, "verify", "--check", "nothing", "--data-dir", s.dir); code != exitUsage || !strings.Contains(stderr, "there is no check nothing") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	url, err := postgres.SuperuserURL(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	superuser := connectTo(t, url)
	for _, sql := range []string{
		`ALTER TABLE tallystick.events DISABLE TRIGGER USER`,
		`UPDATE tallystick.events SET actor = 'somebody' WHERE position = 4`,
	} {
		if _, err := superuser.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	stdout, stderr, code = invoke(t, "verify", "--json", "--data-dir", s.dir)
	bad, _ := object(t, stdout)["first_bad"].(map[string]any)
	if code != exitFailed || bad["position"] != 4.0 || bad["check"] != "leaves" || !strings.Contains(stderr, "not as it must be") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if stdout, _, code := invoke(t, "verify", "--data-dir", s.dir); code != exitFailed || !strings.Contains(stdout, "position 4, ") {
		t.Errorf("exit %d: %s", code, stdout)
	}
}

func testFollowed(t *testing.T, s *server) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	command := programCommand("replay", "--follow", "--type", "webhook.*", "--data-dir", s.dir)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	context.AfterFunc(ctx, func() { _ = command.Process.Kill() })
	s.must("PUT", "/v1/seller", "again", `{"legal_name":"Northwind Ltd","address":"2 High Street","country":"GB"}`, 200)
	s.must("POST", "/v1/webhook-endpoints", "hook", `{"url":"https://hooks.example/a","types":["webhook.test"]}`, 201)
	told, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(told, "  webhook.") {
		t.Errorf("%s, %v", told, err)
	}
	cancel()
	_ = command.Wait()
}
