package api

import "time"

// exportRefusals keeps an export that failed and one whose files are gone.
func exportRefusals(b *bench) []refusalCase {
	b.t.Helper()
	const failed, expired = "0190aaaa-0000-7000-8000-000000000001", "0190aaaa-0000-7000-8000-000000000002"
	for id, status := range map[string]string{failed: "failed", expired: "completed"} {
		_, err := b.admin.Exec(b.t.Context(), `
			INSERT INTO tallystick.exports (ledger_id, export_id, of, status, actor, created_at, completed_at, expires_at)
			VALUES ($1, $2, '{"kind": "events", "format": "ndjson", "position": 3, "time": "2026-01-01T00:00:00Z"}', $3, 'somebody', $4, $4, $4)`,
			[16]byte(b.ledger.ID), id, status, b.now().Add(-time.Hour))
		if err != nil {
			b.t.Fatal(err)
		}
	}
	create := func(code string, change object) refusalCase {
		return ask("create-export", code, "POST", "/v1/exports", object{"kind": "events", "format": "ndjson"}, change)
	}
	get := func(route, code, path string) refusalCase {
		return refusalCase{route, code, func(c *client) *answered { return c.get(path) }}
	}
	return []refusalCase{
		get("get-stream", "stream_not_found", "/v1/streams/nothing:acme"),
		get("get-stream", "as_of_unknown", "/v1/streams/seating:acme?as_of=999999999"),
		create("kind_invalid", object{"kind": "everything"}),
		create("format_not_available", object{"format": "csv"}),
		create("as_of_unknown", object{"as_of": "999999999"}),
		create("as_of_invalid", object{"as_of": "yesterday"}),
		create("from_invalid", object{"from": "2026-01-01"}),
		create("to_invalid", object{"to": "2026-01-01"}),
		create("date_invalid", object{"date": "2026-01-01"}),
		get("get-export", "export_not_found", "/v1/exports/none"),
		get("get-export-file", "export_not_found", "/v1/exports/none/files/events.ndjson"),
		get("get-export-file", "export_not_ready", "/v1/exports/"+failed+"/files/events.ndjson"),
		get("get-export-file", "export_expired", "/v1/exports/"+expired+"/files/events.ndjson"),
		{"get-export-file", "export_file_not_found", func(c *client) *answered {
			return c.get("/v1/exports/" + c.exported(object{"kind": "events"}).text("id") + "/files/none.csv")
		}},
		{"get-export-file", "range_invalid", func(c *client) *answered {
			return c.get("/v1/exports/"+c.exported(object{"kind": "events"}).text("id")+"/files/events.ndjson", header("Range", "bytes=999999999-"))
		}},
		{"get-export-manifest", "range_invalid", func(c *client) *answered {
			return c.get("/v1/exports/"+c.exported(object{"kind": "events"}).text("id")+"/manifest", header("Range", "bytes=999999999-"))
		}},
		get("get-export-manifest", "export_not_found", "/v1/exports/none/manifest"),
		get("get-export-manifest", "export_not_ready", "/v1/exports/"+failed+"/manifest"),
		get("get-export-manifest", "export_expired", "/v1/exports/"+expired+"/manifest"),
	}
}
