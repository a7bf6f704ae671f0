package api

import "testing"

// TestPlanAfterTheEnd tells of a workspace without a subscription, in ledgers with and without a free product.
func TestPlanAfterTheEnd(t *testing.T) {
	t.Parallel()
	bought := monthly("2031-06-01T00:00:00Z", "100.00", "")
	free := `, ["POST", "/v1/products", {"code": "f", "name": "f", "tier": 0, "free": true}]`
	ended := `, ["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "none"}]`
	plan := `, ["GET", "/v1/workspaces/w/current-plan"]]`
	none := object{"status": "none", "product": nil, "price": nil, "seats": 0, "access": "none", "current_period": nil}
	gone := object{"status": "none", "product": nil, "price": nil, "seats": 0, "access": "none", "is_cancelled": true, "cancel_at": nil}
	tellEdges(t, []edge{
		{"nothing was ever bought", `[["GET", "/v1/workspaces/w/current-plan"]]`, none},
		{"nothing was ever bought: not cancelled", `[["GET", "/v1/workspaces/w/current-plan"]]`, object{"is_cancelled": false}},
		{"cancelled", bought + ended + plan, gone},
		{"cancelled, and due since", bought + `, ["POST", "/v1/workspaces/w/subscription/cancel", {"when": "period_end"}],
			["POST", "/v1/clock/advance", {"to": "2031-07-01T00:00:00Z"}]` + plan, gone},
		{"to be cancelled", bought + `, ["POST", "/v1/workspaces/w/subscription/cancel", {"when": "period_end"}]` + plan,
			object{"status": "active", "access": "full", "is_cancelled": true, "cancel_at": "2031-07-01T00:00:00Z"}},
		{"cancelled, with a free product", bought + free + ended + plan,
			object{"status": "free", "product": "f", "access": "full", "is_cancelled": true}},
		{"back again", bought + ended + `, ["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice"}]` + plan,
			object{"status": "active", "access": "full", "is_cancelled": false}},
		{"waiting for the first payment", bought + ended + `,
			["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "automatic"}]` + plan,
			object{"status": "none", "access": "none", "is_cancelled": false}},
		{"in the list of workspaces", bought + ended + `, ["GET", "/v1/workspaces"]]`, object{"data.0.status": "none", "data.0.product": nil}},
	})
}
