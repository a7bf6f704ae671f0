package api

import (
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// TestRefunds: what goes back is owed until it is recorded, and never more goes back than came.
func TestRefunds(t *testing.T) {
	t.Parallel()
	c := freshSandbox(t)
	seen := script(t, c, `[`+selling("2031-07-01T00:00:00Z", "USD", "31.00", `, "tax_rate": "0.2"`)+buys(1, "send_invoice")+pays("{invoice}", "30.00")+
		advances("2031-07-21T00:00:00Z")+`, ["POST", "/v1/workspaces/w/subscription/cancel?dry_run=true", {"when": "now", "settlement": "refund"}]]`)
	seen.says(object{"invoice": nil, "credit_notes.0.total.amount": "13.20", "credit_notes.0.refund.amount": "6.00", "credit_notes.0.workspace": "w"})
	ended := c.post("/v1/workspaces/w/subscription/cancel", object{"when": "now", "settlement": "refund"}).is(200)
	note := ended.text("credit_notes.0")
	listed := c.get("/v1/refunds?workspace=w", ended.position()).says(object{
		"data.0.workspace": "w", "data.0.credit_note": note, "data.0.amount": object{"amount": "6.00", "currency": "USD"}, "data.0.status": "pending",
		"data.0.reason": "cancellation", "data.0.created_at": "2031-07-21T00:00:00Z", "data.0.settled_at": nil, "data.1": nil,
	})
	id := listed.text("data.0.id")
	c.get("/v1/refunds?status=succeeded").says(object{"data.0": nil})
	c.get("/v1/refunds/" + id).says(object{"id": id, "invoice": listed.at("data.0.invoice"), "payment": listed.at("data.0.payment")})
	recorded := c.post("/v1/refunds/"+id+"/record", object{"reference": "wire back", "paid_at": "2031-07-20T00:00:00Z"}).is(200).
		says(object{"status": "succeeded", "settled_at": "2031-07-20T00:00:00Z"})
	c.get("/v1/refunds?status=succeeded", recorded.position()).says(object{"data.0.id": id})
	c.get("/v1/refunds?status=pending").says(object{"data.0": nil})
}

// freshSandbox gives a client of a sandbox of its own, whose clock begins in 2031.
func freshSandbox(t *testing.T) *client {
	t.Helper()
	b := setup(t)
	p := b.start(endpoint.Options{})
	return &client{t: t, base: p.url, token: b.tokenAt("sandbox", "2031-01-01")}
}

// TestCreditIsPaidOut as far as money came, whatever was given.
func TestCreditIsPaidOut(t *testing.T) {
	t.Parallel()
	monthly := selling("2031-06-01T00:00:00Z", "USD", "100.00", "") + buys(1, "send_invoice")
	gives := func(amount string) string {
		return `, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "` + amount + `", "currency": "USD"}, "reason": "x"}]`
	}
	takes := func(amount, status string) string {
		return `, ["POST", "/v1/workspaces/w/credits/refund", {"amount": {"amount": "` + amount + `", "currency": "USD"}, "reason": "x"}, ` + status + `]`
	}
	look := `, ["GET", "/v1/workspaces/w/balance"]`
	tellAndAsk(t, []told{
		{"an overpayment", monthly + pays("{first}", "130.00") + gives("50.00") + takes("131.00", "409") + takes("80.00", "201") + look, []asked{
			balance("0.00", "0.00"),
			{"/v1/refunds", object{"data.0.amount.amount": "80.00", "data.0.invoice": nil, "data.0.credit_note": nil, "data.0.status": "pending", "data.1": nil}},
		}},
		{"goodwill never", monthly + gives("150.00") + takes("1.00", "409") + look, []asked{balance("50.00", "0.00")}},
		{"no more than came and has not gone back", monthly + pays("{first}", "100.00") + cancels("refund") + gives("50.00") + takes("1.00", "409") + look,
			[]asked{balance("50.00", "0.00")}},
		{"over several payments, the newest first", monthly + pays("{first}", "60.00") + pays("{first}", "40.00") + cancels("credit") +
			takes("70.00", "201") + look, []asked{
			balance("30.00", "0.00"), {"/v1/refunds", object{"data.0.amount.amount": "40.00", "data.1.amount.amount": "30.00", "data.2": nil}},
		}},
		{"a note over two payments gives one refund each, the newest first", monthly + pays("{first}", "60.00") + pays("{first}", "40.00") + cancels("refund"), []asked{
			{"/v1/refunds", object{"data.0.amount.amount": "40.00", "data.1.amount.amount": "60.00", "data.2": nil}}, balance("0.00", "0.00"),
		}},
		{"at a later end, as it was scheduled", monthly + pays("{first}", "100.00") +
			`, ["POST", "/v1/workspaces/w/subscription/cancel", {"when": "2031-06-16T00:00:00Z", "settlement": "refund"}]` + advances("2031-06-16T00:00:00Z"), []asked{
			{"/v1/credit-notes", object{"data.0.total.amount": "50.00", "data.0.refund.amount": "50.00", "data.0.issued_at": "2031-06-16T00:00:00Z"}},
			{"/v1/refunds", object{"data.0.amount.amount": "50.00", "data.0.created_at": "2031-06-16T00:00:00Z"}},
		}},
		{"after a part became credit", monthly + pays("{first}", "100.00") +
			`, ["POST", "/v1/invoices/{first}/credit-notes", {"amount": {"amount": "30.00", "currency": "USD"}, "reason": "x"}]` + takes("30.00", "201") +
			cancels("refund"), []asked{
			{"/v1/refunds", object{"data.0.amount.amount": "30.00", "data.1.amount.amount": "70.00", "data.2": nil}}, balance("0.00", "0.00"),
		}},
	})
}

// TestCreditRefundIsARefund: the answer names the refund that is owed.
func TestCreditRefundIsARefund(t *testing.T) {
	t.Parallel()
	c := freshSandbox(t)
	paid := script(t, c, `[`+selling("2031-06-01T00:00:00Z", "USD", "100.00", "")+buys(1, "send_invoice")+pays("{first}", "130.00")+`,
		["POST", "/v1/workspaces/w/credits/refund", {"amount": {"amount": "20.00", "currency": "USD"}, "reason": "asked"}, 201]]`).
		says(object{"amount.amount": "20.00", "credit.amount": "10.00", "status": "pending", "reason": "asked"})
	c.get("/v1/refunds/"+paid.text("id"), paid.position()).is(200).says(object{"amount.amount": "20.00", "status": "pending", "reason": "asked"})
}
