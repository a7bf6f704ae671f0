package api

import (
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// asked is a question at the end of a story, and what its answer says.
type asked struct {
	path string
	want object
}

// told is a story of requests, as [edge] has it, and what is asked afterwards.
type told struct {
	name, script string
	asks         []asked
}

// tellAndAsk plays stories side by side, each in a sandbox of its own whose clock begins in 2031.
func tellAndAsk(t *testing.T, stories []told) {
	t.Helper()
	b := setup(t)
	p := b.start(endpoint.Options{})
	for _, s := range stories {
		token := b.tokenAt(s.name, "2031-01-01")
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := &client{t: t, base: p.url, token: token}
			seen := script(t, c, `[`+s.script+`]`)
			for _, a := range s.asks {
				c.get(a.path, seen.position()).says(a.want)
			}
		})
	}
}

// selling begins a script: it sells a at an amount in a currency, with more fields of its price.
func selling(at, currency, amount, more string) string {
	return fmt.Sprintf(`["POST", "/v1/clock/advance", {"to": %q}],
		["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
		["POST", "/v1/products", {"code": "b", "name": "b", "tier": 2}],
		["POST", "/v1/products/a/prices", {"code": "a", "currency": %q, "interval": "month", "unit_amount": %q %s}]`, at, currency, amount, more)
}

func buys(seats int, collection string) string {
	return fmt.Sprintf(`, ["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": %d, "collection": %q}]`, seats, collection)
}

func pays(invoice, amount string) string {
	return fmt.Sprintf(`, ["POST", "/v1/invoices/%s/record-payment", {"amount": {"amount": %q, "currency": "USD"}, "reference": "r"}]`, invoice, amount)
}

func advances(to string) string {
	return fmt.Sprintf(`, ["POST", "/v1/clock/advance", {"to": %q}]`, to)
}

func cancels(settlement string) string {
	return fmt.Sprintf(`, ["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": %q}]`, settlement)
}

func balance(credit, receivable string) asked {
	return asked{"/v1/workspaces/w/balance", object{"credit.amount": credit, "receivable.amount": receivable}}
}

// TestNothingUnpaidBecomesCredit tells the worked examples of taking back, and of credit that pays by itself.
func TestNothingUnpaidBecomesCredit(t *testing.T) {
	t.Parallel()
	taxed := selling("2031-07-01T00:00:00Z", "USD", "31.00", `, "tax_rate": "0.2"`) + buys(1, "send_invoice")
	monthly := selling("2031-06-01T00:00:00Z", "USD", "100.00", "")
	tellAndAsk(t, []told{
		{"a part paid, with tax", taxed + pays("{invoice}", "20.00") + advances("2031-07-21T00:00:00Z") + cancels("credit"), []asked{
			{"/v1/credit-notes", object{
				"data.0.lines.0.amount.amount": "11.00", "data.0.lines.0.tax.amount": "2.20", "data.0.total.amount": "13.20",
				"data.0.reduced.amount": "13.20", "data.0.refund.amount": "0.00", "data.0.credit.amount": "0.00",
				"data.0.settled_against.0.amount.amount": "13.20", "data.0.reason": "cancellation", "data.1": nil,
			}},
			{"/v1/invoices", object{"data.0.total.amount": "37.20", "data.0.amount_outstanding.amount": "4.00", "data.1": nil}},
			balance("0.00", "4.00"),
		}},
		{"a part paid, with refund", taxed + pays("{invoice}", "30.00") + advances("2031-07-21T00:00:00Z") + cancels("refund"), []asked{
			{"/v1/credit-notes", object{
				"data.0.total.amount": "13.20", "data.0.reduced.amount": "7.20", "data.0.refund.amount": "6.00", "data.0.credit.amount": "0.00",
			}},
			balance("0.00", "0.00"),
		}},
		{"two invoices, credit pays the other", selling("2031-07-01T00:00:00Z", "USD", "10.00", "") + buys(3, "send_invoice") + pays("{invoice}", "30.00") +
			advances("2031-07-11T00:00:00Z") + `, ["POST", "/v1/workspaces/w/subscription/seats", {"seats": 5}]` +
			advances("2031-07-22T00:00:00Z") + cancels("credit"), []asked{
			{"/v1/credit-notes", object{
				"data.0.total.amount": "9.68", "data.0.credit.amount": "9.68", "data.1.total.amount": "6.45", "data.1.reduced.amount": "6.45",
			}},
			{"/v1/invoices", object{
				"data.0.total.amount": "30.00", "data.1.total.amount": "13.55", "data.1.credit_applied.amount": "7.10",
				"data.1.amount_due.amount": "6.45", "data.1.amount_outstanding.amount": "0.00", "data.1.payment_status": "not_required", "data.2": nil,
			}},
			balance("2.58", "0.00"),
		}},
		{"a negative change of a part-paid year", selling("2031-06-01T00:00:00Z", "USD", "1.00", "") + `,
			["POST", "/v1/products/a/prices", {"code": "y", "currency": "USD", "interval": "year", "unit_amount": "1200.00"}],
			["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "10.00"}],
			["POST", "/v1/workspaces/w/subscription", {"price": "y", "seats": 1, "collection": "send_invoice"}]` +
			pays("{invoice}", "100.00") + advances("2031-06-16T00:00:00Z") + `, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}]`, []asked{
			{"/v1/invoices", object{
				"data.1.lines.0.amount.amount": "-1150.82", "data.1.lines.1.amount.amount": "10.00", "data.1.total.amount": "-1140.82",
				"data.1.amount_due.amount": "0.00", "data.1.due_at": nil, "data.1.settled_against.0.amount.amount": "1100.00",
				"data.1.settled_against.1": nil, "data.0.amount_outstanding.amount": "0.00", "data.0.payment_status": "succeeded",
			}},
			balance("40.82", "0.00"),
		}},
		{"credit pays the oldest, in part", selling("2031-06-01T00:00:00Z", "USD", "40.00", "") + buys(1, "send_invoice") +
			advances("2031-07-02T00:00:00Z") + `, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "70.00", "currency": "USD"}, "reason": "x"}]`, []asked{
			{"/v1/invoices", object{
				"data.0.credit_applied.amount": "40.00", "data.0.amount_due.amount": "0.00", "data.0.payment_status": "not_required",
				"data.1.credit_applied.amount": "30.00", "data.1.amount_due.amount": "10.00", "data.1.payment_status": "pending",
			}},
			balance("0.00", "10.00"),
		}},
		{"credit pays the oldest, before the next renewal", selling("2031-06-01T00:00:00Z", "USD", "40.00", "") + buys(1, "send_invoice") +
			advances("2031-07-02T00:00:00Z") + `, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "70.00", "currency": "USD"}, "reason": "x"}]` +
			advances("2031-08-01T00:00:00Z"), []asked{balance("0.00", "50.00")}},
		{"the written-off rest first", monthly + buys(1, "send_invoice") + pays("{invoice}", "60.00") +
			`, ["POST", "/v1/invoices/{invoice}/write-off", {"reason": "gone"}]` + advances("2031-06-16T00:00:00Z") + cancels("credit"), []asked{
			{"/v1/invoices", object{"data.0.amount_written_off.amount": "0.00", "data.0.payment_status": "succeeded"}},
			{"/v1/credit-notes", object{"data.0.total.amount": "50.00", "data.0.reduced.amount": "40.00", "data.0.credit.amount": "10.00"}},
			balance("10.00", "0.00"),
		}},
		{"credit of an unpaid charge", monthly + buys(1, "send_invoice") + advances("2031-06-16T00:00:00Z") + cancels("credit"), []asked{balance("0.00", "50.00")}},
		{"credit of a renewal that nobody paid", monthly + buys(1, "automatic") + pays("{invoice}", "100.00") + advances("2031-07-01T00:00:00Z") +
			cancels("credit") + buys(1, "automatic"), []asked{{"/v1/workspaces/w/subscription", object{"status": "incomplete"}}}},
		{"credit that outlives the write-off", monthly + buys(1, "send_invoice") + advances("2031-06-16T00:00:00Z") + cancels("credit") +
			`, ["POST", "/v1/invoices/{first}/write-off", {"reason": "gone"}]`, []asked{balance("0.00", "0.00")}},
	})
}

// TestPaymentsAreNeverRefused: money that came is taken, whatever the invoice is, and what is too much pays others.
func TestPaymentsAreNeverRefused(t *testing.T) {
	t.Parallel()
	monthly := selling("2031-06-01T00:00:00Z", "USD", "100.00", "") + buys(1, "send_invoice")
	tellAndAsk(t, []told{
		{"a void one", monthly + `, ["POST", "/v1/invoices/{first}/void", {}]` + pays("{first}", "30.00"), []asked{balance("30.00", "0.00")}},
		{"one that waited in vain", selling("2031-06-01T00:00:00Z", "USD", "100.00", "") + buys(1, "automatic") + advances("2031-06-03T00:00:00Z") +
			pays("{first}", "30.00"), []asked{balance("30.00", "0.00")}},
		{"a paid one, and it pays the next", monthly + pays("{first}", "100.00") + advances("2031-07-01T00:00:00Z") + pays("{first}", "130.00"), []asked{
			{"/v1/invoices", object{"data.1.credit_applied.amount": "100.00", "data.1.payment_status": "not_required"}}, balance("30.00", "0.00"),
		}},
		{"one that was written off, and taken back in part", monthly + `, ["POST", "/v1/invoices/{first}/write-off", {}]` +
			advances("2031-06-16T00:00:00Z") + cancels("credit") + pays("{first}", "100.00"), []asked{
			{"/v1/invoices", object{"data.0.amount_paid.amount": "50.00", "data.0.payment_status": "succeeded"}}, balance("50.00", "0.00"),
		}},
	})
}

// TestCreditPaidInvoices: what credit paid can be void, which gives the credit back, and never goes back as money.
func TestCreditPaidInvoices(t *testing.T) {
	t.Parallel()
	monthly := selling("2031-06-01T00:00:00Z", "USD", "100.00", "") + buys(1, "send_invoice")
	granted := `, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "150.00", "currency": "USD"}, "reason": "x"}]`
	tellAndAsk(t, []told{
		{"void", monthly + granted + `, ["POST", "/v1/invoices/{first}/void", {}]`, []asked{
			{"/v1/invoices", object{"data.0.status": "voided", "data.0.amount_outstanding.amount": "0.00"}}, balance("150.00", "0.00"),
		}},
		{"void, and it pays another", monthly + advances("2031-07-01T00:00:00Z") + granted + `, ["POST", "/v1/invoices/{first}/void", {}]`, []asked{
			{"/v1/invoices", object{"data.1.amount_outstanding.amount": "0.00"}}, balance("50.00", "0.00"),
		}},
		{"refund", monthly + granted + cancels("refund"), []asked{
			{"/v1/credit-notes", object{"data.0.refund.amount": "0.00", "data.0.credit.amount": "100.00"}}, balance("150.00", "0.00"),
		}},
		{"lowered by another document", selling("2031-06-01T00:00:00Z", "USD", "100.00", "") + buys(1, "send_invoice") + `,
			["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "1.00"}],
			["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}],
			["POST", "/v1/invoices/{first}/void", {}, 409], ["POST", "/v1/invoices/{invoice}/void", {}, 409], ["GET", "/v1/invoices"]`, []asked{balance("0.00", "1.00")}},
	})
}

// TestGrantedCreditIsWhatIsLeft: credit that was given pays what is expected at once, and the answer tells what is left.
func TestGrantedCreditIsWhatIsLeft(t *testing.T) {
	t.Parallel()
	c := freshSandbox(t)
	script(t, c, `[`+selling("2031-06-01T00:00:00Z", "USD", "100.00", "")+buys(1, "send_invoice")+`,
		["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "130.00", "currency": "USD"}, "reason": "x"}]]`).
		says(object{"amount.amount": "130.00", "credit.amount": "30.00"})
}
