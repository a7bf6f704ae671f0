package main

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// TestJobs lists, stops and retries the charge of a gateway that is away, and refuses what is no job.
func TestJobs(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t))
	jobs := func(want int, args ...string) string {
		t.Helper()
		stdout, stderr, code := invoke(t, append(append([]string{"jobs"}, args...), "--data-dir", s.dir)...)
		if code != want {
			t.Fatalf("jobs %v: exit %d: %s%s", args, code, stdout, stderr)
		}
		return stdout + stderr
	}
	listed := func(args ...string) []client.Job {
		t.Helper()
		var list struct{ Data []client.Job }
		if text := jobs(exitDone, append([]string{"list", "--json"}, args...)...); json.Unmarshal([]byte(text), &list, json.MatchCaseInsensitiveNames(true)) != nil || list.Data == nil {
			t.Fatal(text)
		}
		return list.Data
	}
	if none := listed(); len(none) != 0 {
		t.Fatalf("%+v", none)
	}
	s.must("POST", "/v1/products", "product", `{"code":"team","name":"Team","tier":10}`, 201)
	s.must("POST", "/v1/products/team/prices", "price", `{"code":"team-month","currency":"USD","interval":"month","unit_amount":"12.00"}`, 201)
	s.must("POST", "/v1/workspaces/acme/payment-methods", "method", `{"gateway":"sandbox","token":"tok_ok"}`, 201)
	s.must("PUT", "/v1/sandbox/gateway", "away", `{"available":false}`, 200)
	s.must("POST", "/v1/workspaces/acme/subscription", "buy", `{"price":"team-month","seats":3,"collection":"automatic"}`, 202)
	found := listed("--workspace", "acme", "--kind", "charge")
	if len(found) != 1 || found[0].Status != "failed" || found[0].LastError == nil || found[0].LastError.Code != "gateway_unreachable" {
		t.Fatalf("%+v", found)
	}
	id := found[0].ID
	if text := jobs(exitDone, "list"); !strings.Contains(text, id) || !strings.Contains(text, "gateway_unreachable") || !strings.HasPrefix(text, "ID ") {
		t.Error(text)
	}
	if text := jobs(exitDone, "park", id, "--reason", "the bank called"); text != id+" is parked\n" {
		t.Error(text)
	}
	if parked := listed("--status", "parked"); len(parked) != 1 || parked[0].ID != id {
		t.Errorf("%+v", parked)
	}
	s.must("PUT", "/v1/sandbox/gateway", "back", `{}`, 200)
	var told client.Retried
	if text := jobs(exitDone, "retry", id, "--json"); json.Unmarshal([]byte(text), &told) != nil || told.Status != "due" {
		t.Error(text)
	}
	if !poll(func() bool { return len(listed("--workspace", "acme")) == 0 }) {
		t.Error("the server does not hear of a retry")
	}
	var clock struct{ Now string }
	if err := json.Unmarshal([]byte(s.must("GET", "/v1/clock", "", "", 200).body), &clock, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	if text := jobs(exitFailed, "retry", id); !strings.Contains(text, "job_not_found") {
		t.Error(text)
	}
	jobs(exitFailed, "park", id)
	s.must("POST", "/v1/webhook-endpoints", "hook", `{"url":"https://hooks.invalid/x","types":["credit.*"]}`, 201)
	s.must("POST", "/v1/workspaces/acme/credits", "gift", `{"amount":{"amount":"1.00","currency":"USD"},"reason":"a gift"}`, 201)
	s.must("POST", "/v1/clock/advance", "", `{"to":"`+clock.Now+`"}`, 200)
	unsent := listed("--kind", "webhook")
	if len(unsent) != 1 || unsent[0].Status != "failed" || unsent[0].LastError == nil || unsent[0].LastError.Code != "dns" || unsent[0].Attempts != 1 {
		t.Fatalf("%+v", unsent)
	}
	if text := jobs(exitDone, "park", unsent[0].ID, "--reason", "the shop is closed"); text != unsent[0].ID+" is parked\n" {
		t.Error(text)
	}
	if text := jobs(exitDone, "retry", unsent[0].ID, "--json"); json.Unmarshal([]byte(text), &told) != nil || told.Status != "due" || told.ID != unsent[0].ID {
		t.Error(text)
	}
	jobs(exitFailed, "list", "--ledger", "nobody")
	for _, wrong := range [][]string{{"retry", "x y"}, {"retry"}, {"park", "renewal~"}, {"list", "--status", "done"}, {"list", "--nonsense"}, {}} {
		jobs(exitUsage, wrong...)
	}
}
