package api

import "net/http"

// auditRefusals are those of a ledger that nobody seals.
var auditRefusals = []refusalCase{
	ask("get-checkpoint", "checkpoint_not_found", http.MethodGet, "/v1/audit/checkpoint", nil, nil),
	ask("get-checkpoint-of-size", "checkpoint_not_found", http.MethodGet, "/v1/audit/checkpoints/1", nil, nil),
	ask("get-audit-key", "checkpoint_not_found", http.MethodGet, "/v1/audit/key", nil, nil),
	ask("prove-event", "event_not_found", http.MethodGet, "/v1/audit/proofs/1000000", nil, nil),
	ask("prove-event", "sizes_invalid", http.MethodGet, "/v1/audit/proofs/1?size=1", nil, nil),
	ask("prove-event", "not_sealed_yet", http.MethodGet, "/v1/audit/proofs/1", nil, nil),
	ask("prove-consistency", "sizes_invalid", http.MethodGet, "/v1/audit/consistency?from=1&to=2", nil, nil),
	ask("get-tile", "tile_not_found", http.MethodGet, "/v1/audit/tile/0/000", nil, nil),
}
