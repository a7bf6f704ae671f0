package api

import "testing"

// TestLookUps finds single things by what people know of them, and what became of credit.
func TestLookUps(t *testing.T) {
	t.Parallel()
	bought := monthly("2031-06-01T00:00:00Z", "100.00", "")
	credits := bought + `,
		["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "30.00", "currency": "EUR"}, "reason": "sorry"}],
		["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "120.00", "currency": "USD"}, "reference": "r"}],
		["POST", "/v1/clock/advance", {"to": "2031-07-01T00:00:00Z"}]`
	usd := func(amount string) object { return object{"amount": amount, "currency": "USD"} }
	tellEdges(t, []edge{
		{"an invoice by its number", bought + `, ["GET", "/v1/invoices/by-number/INV-000001"]]`,
			object{"number": "INV-000001", "workspace": "w", "total": usd("100.00")}},
		{"a number that was not given", bought + `, ["GET", "/v1/invoices/by-number/INV-000002", null, 404]]`, object{"code": "invoice_not_found"}},
		{"an id is no number", bought + `, ["GET", "/v1/invoices/by-number/{invoice}", null, 404]]`, object{"code": "invoice_not_found"}},
		{"an invoice that is not issued has no number", monthly("2031-06-01T00:00:00Z", "100.00", "") + `,
			["POST", "/v1/workspaces/v/subscription", {"price": "a", "seats": 1, "collection": "automatic"}],
			["GET", "/v1/invoices/by-number/INV-000002", null, 404]]`, object{"code": "invoice_not_found"}},
		{"a price", bought + `, ["GET", "/v1/prices/a"]]`, object{"code": "a", "product": "a", "unit_amount": "100.00", "archived": false}},
		{"an archived price", bought + `, ["POST", "/v1/prices/a/archive"], ["GET", "/v1/prices/a"]]`, object{"archived": true}},
		{"no such price", bought + `, ["GET", "/v1/prices/b", null, 404]]`, object{"code": "price_not_found"}},
		{"a coupon", `[["POST", "/v1/coupons", {"code": "c", "percent_off": "25", "duration": "once"}], ["GET", "/v1/coupons/c"]]`,
			object{"code": "c", "percent_off": "25", "duration": "once"}},
		{"no such coupon", `[["GET", "/v1/coupons/c", null, 404]]`, object{"code": "coupon_not_found"}},
		{"what became of credit", credits + `, ["GET", "/v1/workspaces/w/credits"]]`, object{
			"data.0.kind": "granted", "data.0.source": "manual", "data.0.reason": "sorry", "data.0.invoice": nil,
			"data.0.amount": object{"amount": "30.00", "currency": "EUR"}, "data.0.balance.amount": "30.00", "data.0.at": "2031-06-01T00:00:00Z",
			"data.1.kind": "granted", "data.1.source": "overpayment", "data.1.amount": usd("20.00"),
			"data.2.kind": "applied", "data.2.source": nil, "data.2.amount": usd("-20.00"), "data.2.balance": usd("0.00"), "data.2.id": nil,
			"data.2.at": "2031-07-01T00:00:00Z", "data.3": nil,
		}},
		{"the last of it", credits + `, ["GET", "/v1/workspaces/w/credits?limit=2"]]`, object{"data.2": nil, "page.has_more": true}},
		{"of nobody", credits + `, ["GET", "/v1/workspaces/v/credits"]]`, object{"data": []any{}}},
	})
}

// TestTimeline tells in words what happened in a workspace, the newest first.
func TestTimeline(t *testing.T) {
	t.Parallel()
	story := monthly("2031-06-01T00:00:00Z", "100.00", "") + `,
		["PUT", "/v1/workspaces/w/billing-details", {"name": "Ada Lovelace", "email": "ada@example.org"}],
		["POST", "/v1/workspaces/w/seats", {"member": "ann", "role": "admin"}],
		["POST", "/v1/workspaces/v/seats", {"member": "bob", "role": "guest"}, 409],
		["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "120.00", "currency": "USD"}, "reference": "wire"}]`
	tellEdges(t, []edge{
		{"the newest first", story + `, ["GET", "/v1/workspaces/w/timeline"]]`, object{
			"data.0.type": "account.credit_granted.v1", "data.0.stream": "account:w",
			"data.0.text":    "Credit of 20.00 USD came from an overpayment, the balance is 20.00 USD",
			"data.1.text":    "A payment of 120.00 USD was recorded (wire), of which 20.00 USD became credit",
			"data.1.invoice": "INV-000001", "data.0.invoice": "INV-000001", "data.2.invoice": nil, "data.4.invoice": "INV-000001",
			"data.2.text": "ann got a seat as admin", "data.2.at": "2031-06-01T00:00:00Z",
			"data.3.text": "Personal details were set",
			"data.4.text": "Invoice INV-000001 was issued, with 100.00 USD to be paid by 1 July 2031, 00:00 UTC",
			"data.5.text": "The price a was bought with 1 seat", "data.6": nil, "page.has_more": false,
		}},
		{"page by page", story + `, ["GET", "/v1/workspaces/w/timeline?limit=2"]]`, object{"data.2": nil, "page.has_more": true}},
		{"of a workspace in which nothing was done", story + `, ["GET", "/v1/workspaces/v/timeline"]]`, object{"data": []any{}}},
	})
}
