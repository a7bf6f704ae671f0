package api

import (
	"encoding/json"
	"net/http"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/licenseserver/licenseservertest"
)

// installedRefusals are asked of servers, one of which has no key for secrets and one no license server; all open the same ledger.
func installedRefusals(seller *licenseservertest.Server, keyless, alone *client) []refusalCase {
	const link, upload, sync = "/license/link", "/license/upload", "/license/sync"
	at := func(workspace, what string) string { return "/v1/workspaces/" + workspace + what }
	aKey := object{"key": licenseservertest.Key}
	file := object{"file": seller.File("berlin", "f00d", nil)}
	elsewhere := func(route, code string, asked *client, path string, body object) refusalCase {
		return refusalCase{route, code, func(c *client) *answered {
			return (&client{t: c.t, base: asked.base, token: c.token}).post(path, body)
		}}
	}
	wrong := object{"key": "tallylic_000000000000_1111111111111111111111111111111111111111111"}
	return []refusalCase{
		elsewhere("link-workspace-license", "license_server_missing", alone, at("new", link), aKey),
		elsewhere("link-workspace-license", "secret_key_missing", keyless, at("new", link), aKey),
		elsewhere("upload-workspace-license", "license_trust_missing", alone, at("new", upload), file),
		ask("link-workspace-license", "license_key_malformed", http.MethodPost, at("new", link), object{"key": "x"}, nil),
		ask("link-workspace-license", "license_linked", http.MethodPost, at("stale", link), aKey, nil),
		ask("link-workspace-license", "subscription_active", http.MethodPost, at("taken", link), aKey, nil),
		ask("link-workspace-license", "license_refused", http.MethodPost, at("new", link), wrong, nil),
		ask("link-workspace-license", "license_active", http.MethodPost, at("licensed", link), aKey, nil),
		ask("upload-workspace-license", "license_active", http.MethodPost, at("licensed", upload), file, nil),
		ask("upload-workspace-license", "license_linked", http.MethodPost, at("stale", upload), file, nil),
		ask("upload-workspace-license", "subscription_active", http.MethodPost, at("taken", upload), file, nil),
		ask("upload-workspace-license", "license_file_refused", http.MethodPost, at("new", upload), object{"file": "-----BEGIN LICENSE FILE-----"}, nil),
		ask("unlink-workspace-license", "license_not_linked", http.MethodPost, at("new", "/license/unlink"), nil, nil),
		ask("sync-workspace-license", "license_not_linked", http.MethodPost, at("new", sync), nil, nil),
		ask("allocate-seat", "license_out_of_sync", http.MethodPost, at("stale", "/seats"), aSeat, nil),
		ask("change-role", "license_out_of_sync", http.MethodPut, at("stale", "/seats/gil"), object{"role": "member"}, nil),
		ask("sync-seats", "license_out_of_sync", http.MethodPut, at("stale", "/seats"), object{"members": []any{aSeat}}, nil),
	}
}

// license makes a license of the ledger a workspace's plan.
func (p *program) license(b *bench, workspace string) {
	b.t.Helper()
	stream := entitlement.Stream(workspace)
	_, err := p.store.Execute(b.t.Context(), b.ledger, eventstore.Command{
		ID: uuid.New(), Name: "license", Resource: stream, Writes: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			d.Append(stream, entitlement.Licensed{License: entitlement.License{ID: "lic-0", Product: "pro", Seats: 1, Features: map[string]json.RawMessage{}, StartsAt: d.Now()}})
			return eventstore.Answer{Status: http.StatusNoContent}, nil
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
