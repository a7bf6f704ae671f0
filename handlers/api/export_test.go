package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// exported asks for an export and waits until it is complete.
func (c *client) exported(body object) *answered {
	c.t.Helper()
	id := c.post("/v1/exports", body).is(202).text("id")
	var done *answered
	testbed.Eventually(c.t, "the export is complete", func() bool {
		done = c.get("/v1/exports/" + id).is(200)
		return done.text("status") != "queued" && done.text("status") != "running"
	})
	if done.text("status") != "completed" {
		c.t.Fatalf("the export is %s", done.body)
	}
	return done
}

// TestExports takes the events away, twice, and from a position of the past.
func TestExports(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	c.put("/v1/workspaces/acme/billing-details", object{"name": "Ada"}).is(200)
	bought := c.buy("acme", "pro-month", 2)
	past := strings.TrimSpace(bought.header.Get("Ledger-Position"))
	c.seat("acme", "ada", "member")
	lines := func(query string) string {
		t.Helper()
		return string(c.get("/v1/events"+query, header("Accept", "application/x-ndjson")).is(200).body)
	}
	all := lines("")
	now := c.exported(object{"kind": "events", "format": "ndjson"})
	rows := strings.Count(all, "\n")
	sum := sha256.Sum256([]byte(all))
	now.says(object{
		"kind": "events", "format": "ndjson", "from": nil, "to": nil, "date": nil, "error": nil, "as_of.position": rows, "progress.rows": rows, "progress.of": rows,
		"files.0.name": "events.ndjson", "files.0.bytes": len(all), "files.0.rows": rows, "files.0.sha256": hex.EncodeToString(sum[:]),
	})
	at := "/v1/exports/" + now.text("id")
	if diff := cmp.Diff(all, string(c.get(at+"/files/events.ndjson").is(200).body)); diff != "" {
		t.Error(diff)
	}
	manifest := c.get(at + "/manifest").is(200)
	manifest.says(object{
		"format": "tallystick-export/v1", "ledger": b.ledger.ID.String(), "mode": "sandbox", "kind": "events", "file_format": "ndjson", "from": nil, "date": nil,
		"position": rows, "time": now.text("as_of.time"), "files.0.name": "events.ndjson", "files.0.sha256": hex.EncodeToString(sum[:]),
		"events.first": 1, "events.last": rows, "control_totals": []any{},
	})
	if got := c.get(at + "/files/manifest.json").is(200).body; !bytes.Equal(got, manifest.body) {
		t.Errorf("the manifest among the files is %s", got)
	}
	again := c.exported(object{"kind": "events", "as_of": fmt.Sprint(rows)})
	if got := c.get("/v1/exports/" + again.text("id") + "/manifest").is(200).body; !bytes.Equal(got, manifest.body) {
		t.Errorf("the same export again has\n%s\nbefore it had\n%s", got, manifest.body)
	}
	old := c.exported(object{"kind": "events", "as_of": past})
	if diff := cmp.Diff(lines("?limit="+past), string(c.get("/v1/exports/"+old.text("id")+"/files/events.ndjson").is(200).body)); diff != "" {
		t.Error(diff)
	}
	listed := c.get("/v1/exports?limit=2").is(200).says(object{"data.0.id": old.text("id"), "data.1.id": again.text("id"), "page.has_more": true})
	c.get("/v1/exports?limit=2&cursor=" + url.QueryEscape(listed.text("page.next"))).is(200).says(object{"data.0.id": now.text("id"), "page.next": nil})

	t.Run("parts of a file", func(t *testing.T) {
		part := c.get(at+"/files/events.ndjson", header("Range", "bytes=10-19")).is(206)
		if string(part.body) != all[10:20] || part.header.Get("Content-Range") != fmt.Sprintf("bytes 10-19/%d", len(all)) {
			t.Errorf("%s %v", part.body, part.header)
		}
		tag := part.header.Get("ETag")
		rest := c.get(at+"/files/events.ndjson", header("Range", "bytes=20-"), header("If-Range", tag)).is(206)
		if string(rest.body) != all[20:] {
			t.Errorf("%s", rest.body)
		}
		c.get(at+"/files/events.ndjson", header("Range", fmt.Sprintf("bytes=%d-", len(all)+1))).refused(416, "range_invalid")
		c.get(at+"/files/events.ndjson", header("If-None-Match", tag)).is(304)
	})
	t.Run("a repeat with its key", func(t *testing.T) {
		key := header("Idempotency-Key", "one-export")
		first := c.post("/v1/exports", object{"kind": "events"}, without("Idempotency-Key"), key).is(202)
		second := c.post("/v1/exports", object{"kind": "events"}, without("Idempotency-Key"), key).is(202)
		if !bytes.Equal(first.body, second.body) || second.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s, then %s", first.body, second.body)
		}
		if n := len(c.get("/v1/exports").is(200).at("data").([]any)); n < 4 {
			t.Errorf("%d exports, want 4 or more", n)
		}
	})
	t.Run("the books", func(t *testing.T) {
		for _, format := range []string{"csv", "parquet", "hledger", "beancount"} {
			done := c.exported(object{"kind": "journal", "format": format, "from": "2026-01-01", "to": "2027-01-01"})
			done.says(object{"progress.rows": done.at("files.0.rows"), "from": "2026-01-01", "to": "2027-01-01"})
			file := c.get("/v1/exports/" + done.text("id") + "/files/" + done.text("files.0.name")).is(200)
			if format == "csv" {
				said := c.get("/v1/finance/journal?from=2026-01-01&to=2027-01-01", header("Accept", "text/csv"), done.position()).is(200)
				if diff := cmp.Diff(string(said.body), string(file.body)); diff != "" {
					t.Error(diff)
				}
			}
			manifest := c.get("/v1/exports/" + done.text("id") + "/manifest").is(200)
			if debit := manifest.text("control_totals.0.debit"); debit == "" || debit != manifest.text("control_totals.0.credit") {
				t.Errorf("control totals of %s", manifest.body)
			}
		}
		c.exported(object{"kind": "trial-balance"}).says(object{"format": "csv", "files.0.name": "trial-balance.csv"})
		c.exported(object{"kind": "bundle"}).says(object{
			"files.0.name": "events.ndjson", "files.1.name": "checkpoints.txt", "files.2.name": "key.txt", "files.3.name": "journal.csv",
		})
	})
	t.Run("a week later", func(t *testing.T) {
		c.advance("2026-01-07T23:59:59Z")
		c.get(at + "/files/events.ndjson").is(200)
		c.advance("2026-01-08T00:00:00Z")
		c.get(at).is(200).says(object{"status": "expired"})
		c.get(at+"/files/events.ndjson").refused(410, "export_expired")
		c.get(at+"/manifest").refused(410, "export_expired")
	})
}

// TestExportGoesOn lets a server that died hold an export, which another one then takes up.
func TestExportGoesOn(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	id := "0190aaaa-0000-7000-8000-000000000000"
	_, err := b.admin.Exec(t.Context(), `
		INSERT INTO tallystick.exports (ledger_id, export_id, of, status, actor, created_at, held_until, holder)
		VALUES ($1, $2, '{"kind": "events", "format": "ndjson", "position": 3, "time": "2026-01-01T00:00:00Z"}', 'running', 'somebody', '2026-01-01', clock_timestamp(), gen_random_uuid())`,
		[16]byte(b.ledger.ID), id)
	if err != nil {
		t.Fatal(err)
	}
	var done *answered
	testbed.Eventually(t, "the export is complete", func() bool {
		done = c.get("/v1/exports/" + id).is(200)
		return done.text("status") == "completed"
	})
	done.says(object{"files.0.rows": 3})
	for _, role := range []endpoint.Role{endpoint.RoleFinance, endpoint.RoleAuditor} {
		alone := client{t: t, base: c.base, token: b.token(b.ledger, role)}
		alone.post("/v1/exports", object{"kind": "events"}).is(202)
		alone.get("/v1/exports/" + id + "/files/events.ndjson").is(200)
	}
	client := client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleClient)}
	client.post("/v1/exports", object{"kind": "events"}).refused(403, "role_not_allowed")
	client.get("/v1/exports/"+id).refused(403, "role_not_allowed")
}

// TestExportJobs lists an export that failed among the jobs, and has it written after all.
func TestExportJobs(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	id := "0190aaaa-0000-7000-8000-000000000001"
	_, err := b.admin.Exec(t.Context(), `
		INSERT INTO tallystick.exports (ledger_id, export_id, of, status, actor, created_at, attempts, error_code, error_detail)
		VALUES ($1, $2, '{"kind": "events", "format": "ndjson", "position": 3, "time": "2026-01-01T00:00:00Z"}', 'failed', 'somebody', '2026-01-01', 1, 'directory_unusable', 'full')`,
		[16]byte(b.ledger.ID), id)
	if err != nil {
		t.Fatal(err)
	}
	job := "export~export:" + id
	for _, query := range []string{"", "?kind=export", "?status=parked"} {
		c.get("/v1/jobs" + query).is(200).says(object{
			"data.0.id": job, "data.0.kind": "export", "data.0.stream": "export:" + id, "data.0.workspace": nil, "data.0.status": "parked", "data.0.attempts": 1,
			"data.0.due_at": "2026-01-01T00:00:00Z", "data.0.last_error.code": "directory_unusable", "data.0.next_at": nil, "data.1": nil, "page.has_more": false,
		})
	}
	for _, query := range []string{"?kind=renewal", "?status=due", "?workspace=acme"} {
		c.get("/v1/jobs" + query).is(200).says(object{"data": []any{}})
	}
	c.post("/v1/jobs/"+job+"/park", object{"reason": "no"}).refused(404, "job_not_found")
	c.post("/v1/jobs/"+job+"/retry", nil).is(200).says(object{"id": job, "status": "due"})
	testbed.Eventually(t, "the export is complete", func() bool { return c.get("/v1/exports/"+id).is(200).text("status") == "completed" })
	c.get("/v1/jobs").is(200).says(object{"data": []any{}})
	c.post("/v1/jobs/"+job+"/retry", nil).refused(404, "job_not_found")
}
