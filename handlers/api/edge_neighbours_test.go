package api

import (
	"fmt"
	"testing"
)

// neighbours begins a script with a cheap and a dear product, each with a monthly price.
func neighbours(start, cheap, dear, rest string) string {
	return fmt.Sprintf(`[
		["POST", "/v1/clock/advance", {"to": "%sT00:00:00Z"}],
		["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
		["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "unit_amount": "%s"}],
		["POST", "/v1/products", {"code": "b", "name": "b", "tier": 2}],
		["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "%s"}],
		%s
	]`, start, cheap, dear, rest)
}

// TestNeighbours plays cases that lie beside the worked ones. Their values are computed by hand.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	tellEdges(t, []edge{
		{
			// 60.00 × 5/15 = 20.00 lowers the 5.00 that the change is owed, and 15.00 of the seats behind it.
			"a credit lowers its invoice, then those behind it", neighbours("2031-06-01", "30.00", "60.00", `
				["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice"}],
				["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "30.00", "currency": "USD"}, "reference": "r"}],
				["POST", "/v1/clock/advance", {"to": "2031-06-11T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/seats", {"seats": 2}],
				["POST", "/v1/clock/advance", {"to": "2031-06-21T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}],
				["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "15.00", "currency": "USD"}, "reference": "r"}],
				["POST", "/v1/clock/advance", {"to": "2031-06-26T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "credit"}],
				["GET", "/v1/credit-notes?workspace=w"]`),
			object{
				"data.0.total.amount": "20.00", "data.0.reduced.amount": "20.00", "data.0.credit.amount": "0.00",
				"data.0.settled_against.0.amount.amount": "5.00", "data.0.settled_against.1.amount.amount": "15.00", "data.1": nil,
			},
		},
		{
			"only what was paid in money goes back", neighbours("2031-06-01", "100.00", "200.00", `
				["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "50.00", "currency": "USD"}, "reason": "goodwill"}],
				["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice"}],
				["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "20.00", "currency": "USD"}, "reference": "r"}],
				["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "30.00", "currency": "USD"}, "reference": "r"}],
				["POST", "/v1/clock/advance", {"to": "2031-06-07T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "refund"}],
				["POST", "/v1/workspaces/w/credits/refund", {"amount": {"amount": "0.01", "currency": "USD"}, "reason": "r"}, 409],
				["GET", "/v1/credit-notes?workspace=w"]`),
			object{"data.0.total.amount": "80.00", "data.0.refund.amount": "50.00", "data.0.credit.amount": "30.00"},
		},
		{
			"written off, taken back and paid", neighbours("2031-06-01", "100.00", "200.00", `
				["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice"}],
				["POST", "/v1/invoices/{invoice}/write-off", {"reason": "gone"}],
				["POST", "/v1/clock/advance", {"to": "2031-06-16T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "credit"}],
				["POST", "/v1/invoices/{first}/record-payment", {"amount": {"amount": "100.00", "currency": "USD"}, "reference": "r"}],
				["GET", "/v1/workspaces/w/balance"]`),
			object{"credit.amount": "50.00", "receivable.amount": "0.00"},
		},
		{
			"credit of a void invoice pays the next", neighbours("2031-06-01", "40.00", "200.00", `
				["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice"}],
				["POST", "/v1/clock/advance", {"to": "2031-07-01T00:00:00Z"}],
				["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "50.00", "currency": "USD"}, "reason": "goodwill"}],
				["POST", "/v1/invoices/{first}/void", {"reason": "wrong"}],
				["POST", "/v1/invoices/{first}/record-payment", {"amount": {"amount": "40.00", "currency": "USD"}, "reference": "late"}],
				["POST", "/v1/workspaces/w/credits/refund", {"amount": {"amount": "40.01", "currency": "USD"}, "reason": "r"}, 409],
				["GET", "/v1/workspaces/w/balance"]`),
			object{"credit.amount": "50.00", "receivable.amount": "0.00"},
		},
		{
			// 60.00 used, two thirds of it taken back: 30.00 + 40.00 are left for 120.00 × 20/30; then half of 70.00.
			"a voucher's rest comes back with each credit", neighbours("2031-06-01", "60.00", "120.00", `
				["POST", "/v1/products", {"code": "d", "name": "d", "tier": 3}],
				["POST", "/v1/products/d/prices", {"code": "d", "currency": "USD", "interval": "month", "unit_amount": "240.00"}],
				["POST", "/v1/coupons", {"code": "c", "amount_off": {"amount": "90.00", "currency": "USD"}, "duration": "once"}],
				["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice", "coupon": "c"}],
				["POST", "/v1/clock/advance", {"to": "2031-06-11T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}],
				["POST", "/v1/clock/advance", {"to": "2031-06-21T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "d"}],
				["GET", "/v1/invoices/{invoice}"]`),
			object{"lines.0.amount.amount": "-5.00", "lines.1.amount.amount": "80.00", "lines.1.discount.amount": "35.00", "total.amount": "40.00"},
		},
		{
			// The month ends on 16 July: 5 of the 21 days of 93.00 × 21/31 = 63.00 have 20 % off.
			"months end within a charge of more seats", neighbours("2031-06-16", "93.00", "200.00", `
				["POST", "/v1/coupons", {"code": "c", "percent_off": "20", "duration": "months", "months": 1}],
				["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 1, "collection": "send_invoice", "coupon": "c", "billing_anchor": "2031-07-01"}],
				["POST", "/v1/clock/advance", {"to": "2031-07-11T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/seats", {"seats": 2}],
				["GET", "/v1/invoices/{invoice}"]`),
			object{"subtotal.amount": "63.00", "discount.amount": "3.00", "total.amount": "60.00"},
		},
		{
			// More seats cost less: 15.00 instead of 20.00, for half a month; then a third of the month is taken back.
			"seats that make the plan cheaper", neighbours("2031-06-01", "40.00", "200.00", `
				["POST", "/v1/products/a/prices", {"code": "v", "currency": "USD", "interval": "month", "scheme": "volume",
					"tiers": [{"up_to": 2, "unit_amount": "10.00"}, {"up_to": null, "unit_amount": "5.00"}]}],
				["POST", "/v1/workspaces/w/subscription", {"price": "v", "seats": 2, "collection": "send_invoice"}],
				["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "20.00", "currency": "USD"}, "reference": "r"}],
				["POST", "/v1/clock/advance", {"to": "2031-06-16T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/seats", {"seats": 3}],
				["POST", "/v1/clock/advance", {"to": "2031-06-21T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "refund"}],
				["GET", "/v1/credit-notes?workspace=w"]`),
			object{"data.0.total.amount": "5.00", "data.0.refund.amount": "5.00", "data.1": nil},
		},
	})
}
