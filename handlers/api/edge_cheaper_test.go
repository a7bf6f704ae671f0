package api

import "testing"

// cheaper begins a script with four seats of a plan that costs 32.00, and 20.00 for five, all of it paid.
func cheaper(price, create, rest string) string {
	return `[["POST", "/v1/clock/advance", {"to": "2031-06-01T00:00:00Z"}],
		["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
		["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "scheme": "volume",
			"tiers": [{"up_to": 4, "unit_amount": "8.00"}, {"up_to": null, "unit_amount": "4.00"}]` + price + `}],
		["POST", "/v1/coupons", {"code": "all", "percent_off": "100", "duration": "forever"}],
		["POST", "/v1/coupons", {"code": "half", "percent_off": "50", "duration": "forever"}]` +
		create + rest + `]`
}

var (
	halfway  = advances("2031-06-16T00:00:00Z")
	fourPaid = fourSeats + pays("{first}", "32.00")
)

const (
	fourSeats = `, ["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 4, "collection": "send_invoice"}]`
	fiveSeats = `, ["POST", "/v1/workspaces/w/subscription/seats", {"seats": 5}]`
	balances  = `, ["GET", "/v1/workspaces/w/balance"]`
	showsIt   = `, ["GET", "/v1/invoices/{invoice}"]`
)

func notes(amount, status string) string {
	return `, ["POST", "/v1/invoices/{first}/credit-notes", {"amount": {"amount": "` + amount + `", "currency": "USD"}, "reason": "sorry"}, ` + status + `]`
}

// TestSeatsThatMakeThePlanCheaper takes back what is lowered by the seats: nobody gets credit for more than was charged of it.
func TestSeatsThatMakeThePlanCheaper(t *testing.T) {
	t.Parallel()
	credit := func(amount string) object { return object{"credit.amount": amount, "receivable.amount": "0.00"} }
	tellEdges(t, []edge{
		{
			"a credit note of all is refused", cheaper("", fourPaid, fiveSeats+notes("32.00", "409")),
			object{"code": "credit_exceeds_invoice", "creditable.amount": "20.00"},
		},
		{
			"a credit note of the line is refused", cheaper("", fourPaid, fiveSeats+notes("20.01", "409")+notes("20.00", "201")+notes("0.01", "409")),
			object{"code": "nothing_to_credit"},
		},
		{"a void is refused, though only credit was paid", cheaper("", `
			, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "32.00", "currency": "USD"}, "reason": "goodwill"}]`+fourSeats,
			fiveSeats+`, ["POST", "/v1/invoices/{first}/void", {"reason": "wrong"}, 409]`), object{"code": "invoice_credited"}},
		{"nothing is left to take back", cheaper("", fourPaid, fiveSeats+notes("20.00", "201")+halfway+cancels("credit")+balances), credit("32.00")},
		{"a part is left to take back", cheaper("", fourPaid, fiveSeats+notes("15.00", "201")+halfway+cancels("credit")+balances), credit("32.00")},
		{"more is left than was not used", cheaper("", fourPaid, fiveSeats+notes("5.00", "201")+halfway+cancels("credit")+balances), credit("27.00")},
		// 32.00 − 20.00 are left, and half a month of five seats is 6.00 cheaper.
		{"a note before the seats", cheaper("", fourPaid, notes("20.00", "201")+halfway+fiveSeats+balances), credit("26.00")},
		{"a note of all before the seats", cheaper("", fourPaid, notes("32.00", "201")+fiveSeats+balances), credit("32.00")},
		{"of an unpaid invoice", cheaper("", fourSeats, fiveSeats+notes("20.00", "201")+halfway+cancels("credit")+balances), credit("0.00")},
		{"of an invoice that was written off", cheaper("", fourSeats,
			`, ["POST", "/v1/invoices/{first}/write-off", {"reason": "gone"}]`+fiveSeats+notes("20.00", "201")+balances), credit("0.00")},
		{"in place of a coupon that was removed", cheaper("", `
			, ["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 4, "collection": "send_invoice", "coupon": "all"}]`, `
			, ["DELETE", "/v1/workspaces/w/subscription/discount"]`+fiveSeats+balances), credit("0.00")},
		{"with a coupon", cheaper("", `
			, ["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 4, "collection": "send_invoice", "coupon": "half"}]`+pays("{first}", "16.00"),
			fiveSeats+notes("10.01", "409")+notes("10.00", "201")+balances), credit("16.00")},
		// −16.00, 6.00 and 25.00: the 6.00 are no charge.
		{"and the credit of it is not taken back", cheaper("", fourPaid, fiveSeats+`
			, ["POST", "/v1/products", {"code": "b", "name": "b", "tier": 2}]
			, ["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "10.00"}]`+halfway+`
			, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}]
			, ["POST", "/v1/invoices/{invoice}/credit-notes", {"amount": {"amount": "25.01", "currency": "USD"}, "reason": "sorry"}, 409]`),
			object{"code": "credit_exceeds_invoice", "creditable.amount": "25.00"}},
		{"with the tax that was charged, which is none", cheaper(`, "tax_rate": "0.2"`, `
			, ["PUT", "/v1/workspaces/w/tax", {"status": "exempt", "reason": "a school"}]`+fourPaid, `
			, ["PUT", "/v1/workspaces/w/tax", {"status": "standard"}]`+fiveSeats+showsIt), object{"total.amount": "-12.00", "tax.amount": "0.00"}},
		{"with the tax that was charged", cheaper(`, "tax_rate": "0.2"`, fourSeats, `
			, ["PUT", "/v1/workspaces/w/tax", {"status": "exempt", "reason": "a school"}]`+fiveSeats+showsIt),
			object{"total.amount": "-14.40", "tax.amount": "-2.40", "lines.0.tax_rate": "0.2"}},
	})
}
