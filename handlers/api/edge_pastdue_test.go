package api

import "testing"

// TestPastDue: money that was collected in vain keeps a workspace from buying more, whichever of its subscriptions it is of.
func TestPastDue(t *testing.T) {
	t.Parallel()
	// By the second an hour of a month at 744.00 is 1.00, and stays owed.
	hourly := selling("2031-06-01T00:00:00Z", "USD", "744.00", `, "proration": "second"`) + `,
		["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "900.00", "proration": "second"}]` +
		buys(1, "automatic") + pays("{invoice}", "744.00")
	rests := `, ["POST", "/v1/workspaces/w/subscription/pause", {}]`
	resumes := `, ["POST", "/v1/workspaces/w/subscription/resume", {"anchor": "now"}, 202]`
	upgrades := `, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}, 402]`
	look := `, ["GET", "/v1/workspaces/w/subscription"]`
	left := hourly + advances("2031-07-01T01:00:00Z") + cancels("credit")
	tellAndAsk(t, []told{
		{"pause takes back the unpaid renewal", hourly + advances("2031-07-01T01:00:00Z") + rests, []asked{
			{"/v1/credit-notes", object{"data.0.total.amount": "743.00", "data.0.reduced.amount": "743.00", "data.0.reason": "pause"}},
			balance("0.00", "1.00"),
		}},
		{"a resume waits for its own money", hourly + advances("2031-07-01T01:00:00Z") + rests + advances("2031-07-02T07:00:00Z") + resumes + upgrades + look, []asked{
			{"/v1/workspaces/w/subscription", object{"status": "paused", "pending_update.kind": "resume"}},
		}},
		{"and is past due then", hourly + advances("2031-07-01T01:00:00Z") + rests + advances("2031-07-02T07:00:00Z") + resumes + pays("{invoice}", "744.00") +
			upgrades + `, ["POST", "/v1/workspaces/w/subscription/proration-preview", {"price": "b"}, 402],
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 2}, 402],
			["POST", "/v1/workspaces/w/subscription/proration-preview", {"seats": 2}, 402]` + look, []asked{
			{"/v1/workspaces/w/subscription", object{"status": "past_due"}},
		}},
		{"until the rest is paid", hourly + advances("2031-07-01T01:00:00Z") + rests + advances("2031-07-02T07:00:00Z") + resumes + pays("{invoice}", "745.00"), []asked{
			{"/v1/workspaces/w/subscription", object{"status": "active"}}, balance("0.00", "0.00"),
		}},
		{"of a subscription that has ended", left + advances("2031-07-01T23:00:00Z") +
			`, ["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice"}, 402]` + look, []asked{
			{"/v1/workspaces/w/subscription", object{"status": "canceled"}},
		}},
		{"not before collecting failed", left + advances("2031-07-01T22:59:59Z") + buys(1, "send_invoice"), []asked{
			{"/v1/workspaces/w/subscription", object{"status": "active"}},
		}},
		{"not once it is paid by credit", left + advances("2031-07-02T00:00:00Z") +
			`, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "1.00", "currency": "USD"}, "reason": "x"}]` + buys(1, "send_invoice"), []asked{
			{"/v1/workspaces/w/subscription", object{"status": "active"}},
		}},
		{"not once it is written off", left + advances("2031-07-02T00:00:00Z") +
			`, ["GET", "/v1/invoices?payment_status=pending"]`, []asked{balance("0.00", "1.00")}},
	})
	t.Run("the refusal names the invoices", func(t *testing.T) {
		t.Parallel()
		c := freshSandbox(t)
		script(t, c, `[`+left+advances("2031-07-02T00:00:00Z")+`]`)
		id := c.get("/v1/invoices?payment_status=pending").is(200).text("data.0.id")
		body := object{"price": "a", "seats": 1, "collection": "automatic"}
		c.post("/v1/workspaces/w/subscription", body).refused(402, "payment_past_due").says(object{"invoices": []any{id}})
		c.post("/v1/invoices/"+id+"/write-off", nil).is(200)
		c.post("/v1/workspaces/w/subscription", body).is(202)
	})
}

// TestTakingBackInOtherCurrencies rounds and keeps apart what each currency has.
func TestTakingBackInOtherCurrencies(t *testing.T) {
	t.Parallel()
	yen := selling("2031-06-01T00:00:00Z", "JPY", "1000", `, "tax_rate": "0.1", "tax_behavior": "inclusive"`) + buys(1, "send_invoice")
	dinar := selling("2031-06-01T00:00:00Z", "KWD", "1.255", `, "tax_rate": "0.05"`) + buys(1, "send_invoice")
	tellAndAsk(t, []told{
		{"without digits, inclusive", yen + advances("2031-06-11T00:00:00Z") + `, ["POST", "/v1/workspaces/w/subscription/pause", {}]`, []asked{
			{"/v1/credit-notes", object{"data.0.lines.0.amount.amount": "667", "data.0.tax.amount": "61", "data.0.total.amount": "667", "data.0.reduced.amount": "667"}},
			balance("0", "333"),
		}},
		{"with three digits", dinar + advances("2031-06-11T00:00:00Z") + cancels("refund"), []asked{
			{"/v1/credit-notes", object{"data.0.lines.0.amount.amount": "0.837", "data.0.tax.amount": "0.042", "data.0.total.amount": "0.879"}},
			balance("0.000", "0.439"),
		}},
		{"credit of one pays nothing of another", selling("2031-06-01T00:00:00Z", "USD", "100.00", "") + buys(1, "send_invoice") +
			`, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "50.00", "currency": "EUR"}, "reason": "x"}]`, []asked{
			{"/v1/workspaces/w/balance", object{"receivable.amount": "100.00", "balances.0.credit": object{"amount": "50.00", "currency": "EUR"}, "balances.1.credit.amount": "0.00"}},
		}},
		{"credit pays across subscriptions by their issue", selling("2031-06-01T00:00:00Z", "USD", "100.00", "") + buys(1, "send_invoice") + cancels("none") +
			advances("2031-06-02T00:00:00Z") + buys(1, "send_invoice") +
			`, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "150.00", "currency": "USD"}, "reason": "x"}]`, []asked{
			{"/v1/invoices", object{"data.0.amount_outstanding.amount": "0.00", "data.1.amount_outstanding.amount": "50.00"}},
		}},
		{"a lineage of changes, partly paid", selling("2031-06-01T00:00:00Z", "USD", "30.00", "") + `,
			["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "60.00"}]` + buys(1, "send_invoice") +
			pays("{first}", "10.00") + advances("2031-06-11T00:00:00Z") + `, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}]` +
			pays("{invoice}", "15.00") + advances("2031-06-16T00:00:00Z") + cancels("refund"), []asked{
			// 30.00 with 20.00 owed; then −20.00 + 40.00 with 5.00 owed; 30.00 of the 40.00 come back: 5.00 + 20.00 lowered, 5.00 back.
			{"/v1/credit-notes", object{
				"data.0.total.amount": "30.00", "data.0.reduced.amount": "25.00", "data.0.refund.amount": "5.00", "data.0.credit.amount": "0.00",
				"data.0.settled_against.0.amount.amount": "5.00", "data.0.settled_against.1.amount.amount": "20.00",
			}},
			balance("0.00", "0.00"),
		}},
	})
}
