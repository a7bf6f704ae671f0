package api

import (
	"slices"
	"testing"
)

// TestActionsWithMoneyPastDue: once money that is collected for anything has not come in 23 hours, nothing lists that the workspace may
// buy more, and all of it is listed again when the money is there.
func TestActionsWithMoneyPastDue(t *testing.T) {
	t.Parallel()
	running := []any{"upgrade", "downgrade", "change_seats", "remove_unused_seats", "cancel", "pause", "change_collection", "apply_discount"}
	ending := []any{"upgrade", "change_seats", "cancel", "uncancel", "pause", "change_collection", "apply_discount"}
	trying := []any{"upgrade", "downgrade", "change_seats", "remove_unused_seats", "cancel", "change_collection", "apply_discount", "convert_trial", "cancel_trial", "extend_trial"}
	without := func(all []any, some ...any) []any {
		return slices.DeleteFunc(slices.Clone(all), func(action any) bool { return slices.Contains(some, action) })
	}
	sold := selling("2031-06-01T00:00:00Z", "USD", "100.00", `, "trial_days": 60`)
	oneOff := `, ["POST", "/v1/workspaces/w/invoices", {"currency": "USD", "collection": "automatic", "lines": [{"description": "Setup", "unit_amount": "9.00"}]}]`
	const path = "/v1/workspaces/w/subscription"
	ends := `, ["POST", "/v1/workspaces/w/subscription/cancel", {"when": "period_end"}]`
	tries := `, ["POST", "/v1/workspaces/w/trial", {"price": "a", "seats": 2}]`
	left := sold + buys(1, "automatic") + pays("{invoice}", "100.00") + advances("2031-07-01T00:00:00Z") + cancels("none")
	for _, story := range []struct {
		name, script, day string
		before, late      []any
		beside            object // the present seats, which can be asked for all the time
	}{
		{"a one-off invoice", sold + buys(2, "send_invoice") + oneOff, "2031-06-01", running, without(running, "upgrade"), object{"seats": 2}},
		{"a one-off invoice before the end", sold + buys(2, "send_invoice") + oneOff + ends, "2031-06-01", ending, without(ending, "upgrade", "change_seats"), nil},
		{"a one-off invoice in a trial", sold + tries + oneOff, "2031-06-01", trying, without(trying, "upgrade", "convert_trial"), object{"seats": 2}},
		{"a former subscription's renewal", left + buys(2, "send_invoice"), "2031-07-01", running, without(running, "upgrade"), object{"seats": 2}},
		{"a renewal after the end", left, "2031-07-01", []any{"create"}, []any{}, nil},
	} {
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			c := freshSandbox(t)
			seen := script(t, c, `[`+story.script+`]`).position()
			shows := func(want []any) {
				t.Helper()
				c.get(path, seen).is(200).says(object{"available_actions": want})
				c.get("/v1/subscriptions", seen).is(200).says(object{"data.0.available_actions": want})
				c.post(path+"/resume", nil).is(409).says(object{"available_actions": want})
				if story.beside != nil {
					seen = c.post(path+"/seats", story.beside).is(200).says(object{"subscription.available_actions": want}).position()
				}
			}
			var late map[string]any
			for _, found := range c.get("/v1/invoices?payment_status=pending", seen).is(200).at("data").([]any) {
				if invoice := found.(map[string]any); invoice["collection"] == "automatic" {
					late = invoice
				}
			}
			shows(story.before)
			seen = c.advance(story.day + "T22:59:59Z").position()
			shows(story.before)
			seen = c.advance(story.day + "T23:00:00Z").position()
			shows(story.late)
			c.post(path, object{"price": "a", "seats": 1, "collection": "automatic"}).refused(402, "payment_past_due")
			seen = c.post("/v1/invoices/"+late["id"].(string)+"/record-payment", object{"amount": late["amount_outstanding"], "reference": "wire"}).is(200).position()
			shows(story.before)
		})
	}
}
