package api

import (
	"fmt"
	"testing"
)

// monthly begins a script at an instant: it sells a for an amount a month, and buys one seat of it with more in the body.
func monthly(at, amount, more string) string {
	return fmt.Sprintf(`[
		["POST", "/v1/clock/advance", {"to": %q}],
		["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
		["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "unit_amount": %q}],
		["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice" %s}]`, at, amount, more)
}

// TestDueDates holds to civil days of the invoice's time zone, wherever a due date or being overdue is shown.
func TestDueDates(t *testing.T) {
	t.Parallel()
	newYork := monthly("2031-03-08T05:00:00Z", "31.00", `, "time_zone": "America/New_York", "days_until_due": 2`)
	march := monthly("2031-03-01T09:00:00Z", "31.00", "") + `, ["POST", "/v1/clock/advance", {"to": "2031-03-31T20:00:00Z"}]`
	tellEdges(t, []edge{
		{"over the end of summer time",
			monthly("2031-09-30T22:00:00Z", "31.00", `, "time_zone": "Europe/Berlin", "days_until_due": 30`) + `, ["GET", "/v1/invoices/{invoice}"]]`,
			object{"due_at": "2031-10-30T23:00:00Z", "time_zone": "Europe/Berlin"}},
		{"over its beginning", newYork + `, ["GET", "/v1/invoices/{invoice}"]]`, object{"due_at": "2031-03-10T04:00:00Z"}},
		{"not overdue on the due day there",
			newYork + `, ["POST", "/v1/clock/advance", {"to": "2031-03-11T03:59:59Z"}], ["GET", "/v1/invoices/{invoice}"]]`,
			object{"overdue": false}},
		{"overdue as it ends",
			newYork + `, ["POST", "/v1/clock/advance", {"to": "2031-03-11T04:00:00Z"}], ["GET", "/v1/invoices/{invoice}"]]`,
			object{"overdue": true}},
		{"in a list, late on the due day", march + `, ["GET", "/v1/invoices?overdue=true"]]`, object{"data.0": nil}},
		{"in a balance, late on the due day", march + `, ["GET", "/v1/workspaces/w/balance"]]`,
			object{"overdue.amount": "0.00", "receivable.amount": "31.00"}},
		{"in the list of the others", march + `, ["GET", "/v1/workspaces/w/invoices?overdue=false"]]`, object{"data.0.overdue": false}},
		{"in a list, as the due day is over",
			march + `, ["POST", "/v1/clock/advance", {"to": "2031-04-01T00:00:00Z"}], ["GET", "/v1/invoices?overdue=true"]]`,
			object{"data.0.overdue": true, "data.1": nil}},
		{"in a balance, as the due day is over",
			march + `, ["POST", "/v1/clock/advance", {"to": "2031-04-01T00:00:00Z"}], ["GET", "/v1/workspaces/w/balance"]]`,
			object{"overdue.amount": "31.00"}},
		{"a collected renewal, as it is issued",
			monthly("2031-03-01T09:00:00Z", "31.00", "") + `,
				["POST", "/v1/invoices/{first}/record-payment", {"amount": {"amount": "31.00", "currency": "USD"}, "reference": "r"}],
				["PUT", "/v1/workspaces/w/subscription/collection", {"collection": "automatic"}],
				["POST", "/v1/clock/advance", {"to": "2031-04-01T00:00:00Z"}],
				["GET", "/v1/workspaces/w/invoices?payment_status=pending"]]`,
			object{"data.0.due_at": "2031-04-01T00:00:00Z", "data.0.overdue": false, "data.0.reason": "renewal"}},
		{"the upcoming invoice over the end of summer time",
			monthly("2031-09-29T22:00:00Z", "31.00", `, "time_zone": "Europe/Berlin", "days_until_due": 30`) +
				`, ["GET", "/v1/workspaces/w/subscription/upcoming-invoice"]]`,
			object{"issued_at": "2031-10-29T23:00:00Z", "due_at": "2031-11-28T23:00:00Z"}},
		{"the upcoming invoice before it",
			monthly("2031-09-09T22:00:00Z", "31.00", `, "time_zone": "Europe/Berlin", "days_until_due": 30`) +
				`, ["GET", "/v1/workspaces/w/subscription/upcoming-invoice"]]`,
			object{"issued_at": "2031-10-09T22:00:00Z", "due_at": "2031-11-08T23:00:00Z"}},
		{"nothing is due of a negative total",
			monthly("2031-06-01T00:00:00Z", "310.00", "") + `,
				["POST", "/v1/invoices/{first}/record-payment", {"amount": {"amount": "310.00", "currency": "USD"}, "reference": "r"}],
				["POST", "/v1/products", {"code": "b", "name": "b", "tier": 2}],
				["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "1.00"}],
				["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}],
				["GET", "/v1/invoices/{invoice}"]]`,
			object{"total.amount": "-309.00", "due_at": nil, "overdue": false}},
	})
}

// TestBalancesByCurrency hides nothing that is owed in one currency behind another.
func TestBalancesByCurrency(t *testing.T) {
	t.Parallel()
	euros := `["POST", "/v1/products/a/prices", {"code": "e", "currency": "EUR", "interval": "month", "unit_amount": "100.00"}]`
	left := monthly("2031-06-01T00:00:00Z", "100.00", "") + `,
		["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "none"}],
		["POST", "/v1/clock/advance", {"to": "2031-07-15T00:00:00Z"}]`
	back := euros + `, ["POST", "/v1/workspaces/w/subscription", {"price": "e", "seats": 1, "collection": "send_invoice"}]`
	money := func(amount, currency string) object { return object{"amount": amount, "currency": currency} }
	balance := func(currency, credit, receivable, overdue string) object {
		return object{"currency": currency, "credit": money(credit, currency), "receivable": money(receivable, currency), "overdue": money(overdue, currency)}
	}
	tellEdges(t, []edge{
		{"what is owed in another currency", left + `,` + back + `, ["GET", "/v1/workspaces/w/balance"]]`, object{
			"currency": "EUR", "credit": money("0.00", "EUR"), "receivable": money("100.00", "EUR"), "overdue": money("0.00", "EUR"),
			"balances": []any{balance("EUR", "0.00", "100.00", "0.00"), balance("USD", "0.00", "100.00", "100.00")},
		}},
		{"credit of one currency pays nothing of another",
			left + `, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "30.00", "currency": "EUR"}, "reason": "x"}],` + back + `,
				["GET", "/v1/workspaces/w/balance"]]`, object{
				"currency": "EUR", "credit": money("0.00", "EUR"), "receivable": money("70.00", "EUR"), "overdue": money("0.00", "EUR"),
				"balances": []any{balance("EUR", "0.00", "70.00", "0.00"), balance("USD", "0.00", "100.00", "100.00")},
			}},
		{"credit of a currency without an invoice",
			left + `, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "30", "currency": "JPY"}, "reason": "x"}],
				["GET", "/v1/workspaces/w/balance"]]`, object{
				"currency": "USD", "overdue": money("100.00", "USD"),
				"balances": []any{balance("JPY", "30", "0", "0"), balance("USD", "0.00", "100.00", "100.00")},
			}},
		{"credit alone, the first first",
			`[["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "30.00", "currency": "USD"}, "reason": "x"}],
				["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "20.00", "currency": "EUR"}, "reason": "x"}],
				["GET", "/v1/workspaces/w/balance"]]`, object{
				"currency": "USD", "credit": money("30.00", "USD"),
				"balances": []any{balance("EUR", "20.00", "0.00", "0.00"), balance("USD", "30.00", "0.00", "0.00")},
			}},
		{"nothing", `[["GET", "/v1/workspaces/w/balance"]]`, object{"currency": nil, "credit": nil, "receivable": nil, "overdue": nil, "balances": []any{}}},
	})
}

// TestUpcomingCredit counts credit as the renewal then does, while a change waits for money that never comes.
func TestUpcomingCredit(t *testing.T) {
	t.Parallel()
	waiting := monthly("2031-06-01T00:00:00Z", "100.00", "") + `,
		["POST", "/v1/invoices/{first}/record-payment", {"amount": {"amount": "100.00", "currency": "USD"}, "reference": "r"}],
		["PUT", "/v1/workspaces/w/subscription/collection", {"collection": "automatic"}],
		["POST", "/v1/products", {"code": "b", "name": "b", "tier": 2}],
		["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "200.00"}],
		["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "30.00", "currency": "USD"}, "reason": "x"}],
		["POST", "/v1/clock/advance", {"to": "2031-06-16T00:00:00Z"}],
		["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}, 202]`
	upcoming := `, ["GET", "/v1/workspaces/w/subscription/upcoming-invoice"]]`
	renewed := `, ["POST", "/v1/clock/advance", {"to": "2031-07-01T00:00:00Z"}], ["GET", "/v1/workspaces/w/invoices?payment_status=pending"]]`
	tellEdges(t, []edge{
		{"what a change holds comes back", waiting + upcoming, object{"credit_applied.amount": "30.00", "amount_due.amount": "70.00"}},
		{"as the renewal does", waiting + renewed, object{"data.0.reason": "renewal", "data.0.credit_applied.amount": "30.00", "data.0.amount_due.amount": "70.00"}},
		{"no more than the total", waiting + `,
			["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "500.00", "currency": "USD"}, "reason": "x"}]` + upcoming,
			object{"credit_applied.amount": "100.00", "amount_due.amount": "0.00"}},
		{"nothing of another currency", waiting + `,
			["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "500.00", "currency": "EUR"}, "reason": "x"}]` + upcoming,
			object{"credit_applied.amount": "30.00"}},
		{"an unpaid invoice takes it before", monthly("2031-06-01T00:00:00Z", "100.00", "") + `,
			["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "130.00", "currency": "USD"}, "reason": "x"}]` + upcoming,
			object{"credit_applied.amount": "30.00", "amount_due.amount": "70.00"}},
	})
}
