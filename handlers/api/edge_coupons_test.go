package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// couponed begins a script as [monthly] does, with a coupon c made of these fields that the subscription has.
func couponed(at, amount, coupon, more string) string {
	sold, bought, _ := strings.Cut(monthly(at, amount, `, "coupon": "c"`+more), `["POST", "/v1/workspaces/w/subscription", `)
	return sold + fmt.Sprintf(`["PUT", "/v1/dunning", {"restrict_after_days": 365, "cancel_after_days": null}], ["POST", "/v1/coupons", {"code": "c", %s}], ["POST", "/v1/workspaces/w/subscription", `, coupon) + bought
}

func amountOf(amount string) string {
	return fmt.Sprintf(`"amount_off": {"amount": %q, "currency": "USD"}`, amount)
}

func advance(at string) string { return fmt.Sprintf(`, ["POST", "/v1/clock/advance", {"to": %q}]`, at) }

// at advances to an instant and asks for seats.
func seatsAt(at string, seats int) string {
	return advance(at) + fmt.Sprintf(`, ["POST", "/v1/workspaces/w/subscription/seats", {"seats": %d}]`, seats)
}

const (
	showInvoice  = `, ["GET", "/v1/invoices/{invoice}"]]`
	showUpcoming = `, ["GET", "/v1/workspaces/w/subscription/upcoming-invoice"]]`
	showPlan     = `, ["GET", "/v1/workspaces/w/subscription"]]`
	showRenewals = `, ["GET", "/v1/workspaces/w/invoices"]]`
	yearlyPrice  = `, ["POST", "/v1/products/a/prices", {"code": "y", "currency": "USD", "interval": "year", "unit_amount": "1200.00"}]`
	upgradeYear  = `, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "y"}]`
)

// TestAmountCoupons lets an amount be one for each period, of which later charges of the period use the rest.
func TestAmountCoupons(t *testing.T) {
	t.Parallel()
	forever := couponed("2031-06-01T00:00:00Z", "50.00", amountOf("120.00")+`, "duration": "forever"`, "")
	two := seatsAt("2031-06-11T00:00:00Z", 2)
	three := two + seatsAt("2031-06-21T00:00:00Z", 3)
	yearly := `, ["POST", "/v1/products", {"code": "z", "name": "z", "tier": 2}],
		["POST", "/v1/products/z/prices", {"code": "z", "currency": "USD", "interval": "month", "unit_amount": "90.00"}]`
	tellEdges(t, []edge{
		{"the first charge", forever + showInvoice, object{"total.amount": "0.00", "lines.0.discount.amount": "50.00"}},
		{"what it leaves", forever + showPlan, object{"discount.amount_off.amount": "120.00", "discount.amount_left.amount": "70.00"}},
		{"a second seat", forever + two + showInvoice, object{"subtotal.amount": "33.33", "discount.amount": "33.33", "total.amount": "0.00"}},
		{"a third seat", forever + three + showInvoice, object{"subtotal.amount": "16.67", "discount.amount": "6.67", "total.amount": "10.00"}},
		{"nothing is left", forever + three + showPlan, object{"discount.amount_left.amount": "0.00", "discount.periods_left": nil, "discount.ends_at": nil}},
		{"the renewal to come", forever + three + showUpcoming, object{"subtotal.amount": "150.00", "total.amount": "30.00"}},
		{"the renewal", forever + three + advance("2031-07-01T00:00:00Z") + showRenewals,
			object{"data.3.subtotal.amount": "150.00", "data.3.discount.amount": "120.00", "data.3.total.amount": "30.00"}},
		{"an upgrade has the amount again", forever + three + yearly + `, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "z"}]` + showInvoice,
			object{"lines.0.amount.amount": "0.00", "lines.2.amount.amount": "-10.00", "lines.3.amount.amount": "90.00", "lines.3.discount.amount": "40.00", "total.amount": "40.00"}},
		{"the preview of a second seat", couponed("2031-06-01T00:00:00Z", "50.00", amountOf("70.00")+`, "duration": "forever"`, "") +
			`, ["POST", "/v1/workspaces/w/subscription/proration-preview", {"seats": 2}]]`, object{"total.amount": "30.00"}},
		{"a stub has its share", couponed("2031-06-16T00:00:00Z", "100.00", amountOf("30.00")+`, "duration": "forever"`, `, "billing_anchor": "2031-07-01"`) + showInvoice,
			object{"subtotal.amount": "50.00", "discount.amount": "15.00"}},
		{"in proportion to months", forever + yearlyPrice + advance("2031-07-01T00:00:00Z") + upgradeYear + showInvoice,
			object{"lines.1.amount.amount": "1200.00", "lines.1.discount.amount": "1200.00", "total.amount": "0.00"}},
		{"periods are a time for an amount too", couponed("2031-06-01T00:00:00Z", "100.00", amountOf("30.00")+`, "duration": "periods", "periods": 3`, "") +
			yearlyPrice + advance("2031-07-16T00:00:00Z") + upgradeYear + showInvoice,
			object{"lines.0.amount.amount": "-36.13", "lines.1.discount.amount": "46.23"}},
	})
}

// TestVouchers lets an amount that is taken off once be used up in the first period, whatever part of one is charged.
func TestVouchers(t *testing.T) {
	t.Parallel()
	stub := couponed("2031-06-16T00:00:00Z", "100.00", amountOf("30.00")+`, "duration": "once"`, `, "billing_anchor": "2031-07-01"`)
	large := couponed("2031-06-16T00:00:00Z", "100.00", amountOf("70.00")+`, "duration": "once"`, `, "billing_anchor": "2031-07-01"`)
	second := seatsAt("2031-06-21T00:00:00Z", 2)
	better := `, ["POST", "/v1/products", {"code": "z", "name": "z", "tier": 2}],
		["POST", "/v1/products/z/prices", {"code": "z", "currency": "USD", "interval": "month", "unit_amount": "300.00"}]
		, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "z"}]`
	tellEdges(t, []edge{
		{"half a month", couponed("2031-06-16T00:00:00Z", "100.00", amountOf("10.00")+`, "duration": "once"`, `, "billing_anchor": "2031-07-01"`) + showInvoice,
			object{"discount.amount": "10.00"}},
		{"whole on a stub", stub + showInvoice, object{"subtotal.amount": "50.00", "discount.amount": "30.00", "total.amount": "20.00"}},
		{"is used up", stub + second + showInvoice, object{"subtotal.amount": "33.33", "discount.amount": "0.00", "total.amount": "33.33"}},
		{"lapses", stub + second + advance("2031-07-01T00:00:00Z") + showRenewals,
			object{"data.2.subtotal.amount": "200.00", "data.2.discount.amount": "0.00"}},
		{"up to the charge", large + showInvoice, object{"discount.amount": "50.00", "total.amount": "0.00"}},
		{"its rest is left", large + showPlan, object{"discount.amount_left.amount": "20.00", "discount.periods_left": float64(0)}},
		{"its rest is taken whole", large + second + showInvoice, object{"discount.amount": "20.00", "total.amount": "13.33"}},
		{"what a credit line takes back is rest", stub + advance("2031-06-26T00:00:00Z") + better + showInvoice,
			object{"lines.0.amount.amount": "-6.67", "lines.1.amount.amount": "50.00", "lines.1.discount.amount": "10.00", "total.amount": "33.33"}},
		{"after a pause in the same period",
			stub + advance("2031-06-26T00:00:00Z") + `, ["POST", "/v1/workspaces/w/subscription/pause"],
				["POST", "/v1/workspaces/w/subscription/resume", {"anchor": "unchanged"}]` + showInvoice,
			object{"subtotal.amount": "16.67", "discount.amount": "10.00"}},
	})
}

// TestPercentageCoupons takes percentages of what a reader sees, and only of the part of a period that their time covers.
func TestPercentageCoupons(t *testing.T) {
	t.Parallel()
	ten := func(duration string) string { return `"percent_off": "10", "duration": ` + duration }
	year := strings.Replace(couponed("2031-06-01T00:00:00Z", "100.00", ten(`"months", "months": 3`), ""), `"price": "a"`, `"price": "y"`, 1)
	year = strings.Replace(year, `["POST", "/v1/coupons"`, yearlyPrice[2:]+`, ["POST", "/v1/coupons"`, 1)
	pay := `, ["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "90.00", "currency": "USD"}, "reference": "r"}]`
	three := couponed("2031-06-01T00:00:00Z", "100.00", ten(`"periods", "periods": 3`), "")
	tellEdges(t, []edge{
		{"of the rounded amount", couponed("2031-06-01T00:00:00Z", "92.90", ten(`"forever"`), "") + seatsAt("2031-06-16T00:00:00Z", 2) + showInvoice,
			object{"subtotal.amount": "46.45", "discount.amount": "4.65", "total.amount": "41.80"}},
		{"three months of a year", year + showInvoice, object{"discount.amount": "30.16", "total.amount": "1169.84"}},
		{"until they are over", year + showPlan,
			object{"discount.ends_at": "2031-09-01T00:00:00Z", "discount.periods_left": nil, "discount.percent_off": "10", "discount.amount_left": nil}},
		{"a seat within the time", year + seatsAt("2031-08-22T00:00:00Z", 2) + showInvoice, // 284 of 366 days, 10 of them discounted
			object{"subtotal.amount": "931.15", "discount.amount": "3.28"}},
		{"a seat after it", year + seatsAt("2031-09-01T00:00:00Z", 2) + showInvoice, object{"discount.amount": "0.00"}},
		{"periods are time", three + pay + advance("2031-07-16T00:00:00Z") + yearlyPrice + upgradeYear + showInvoice,
			object{"lines.0.amount.amount": "-46.45", "lines.1.amount.amount": "1200.00", "lines.1.discount.amount": "15.41", "total.amount": "1138.14"}},
		{"periods that are left", three + showPlan, object{"discount.periods_left": float64(2), "discount.ends_at": "2031-09-01T00:00:00Z"}},
		{"the last of them", three + advance("2031-08-01T00:00:00Z") + showRenewals, object{"data.2.total.amount": "90.00"}},
		{"none is left", three + advance("2031-08-01T00:00:00Z") + showUpcoming, object{"total.amount": "100.00"}},
		{"it is gone", three + advance("2031-09-01T00:00:00Z") + showPlan, object{"discount": nil}},
		{"from the next period on",
			monthly("2031-01-31T00:00:00Z", "100.00", "") + fmt.Sprintf(`, ["POST", "/v1/coupons", {"code": "c", "name": "Ten", %s}]`, ten(`"periods", "periods": 1`)) +
				`, ["POST", "/v1/workspaces/w/subscription/discount", {"coupon": "c"}]` + showPlan,
			object{"discount.coupon": "c", "discount.name": "Ten", "discount.periods_left": float64(1), "discount.ends_at": nil}},
		{"a whole period from the end of February",
			monthly("2031-01-31T00:00:00Z", "100.00", "") + fmt.Sprintf(`, ["POST", "/v1/coupons", {"code": "c", %s}]`, ten(`"periods", "periods": 1`)) +
				`, ["POST", "/v1/workspaces/w/subscription/discount", {"coupon": "c"}]` + advance("2031-02-28T00:00:00Z") + showRenewals,
			object{"data.1.total.amount": "90.00"}},
		{"a stub has its part of the time",
			couponed("2031-06-16T00:00:00Z", "100.00", ten(`"periods", "periods": 1`), `, "billing_anchor": "2031-07-01"`) +
				advance("2031-07-01T00:00:00Z") + showRenewals,
			object{"data.1.discount.amount": "4.84", "data.1.total.amount": "95.16"}},
		{"a line tells its tax", three + showInvoice, object{"lines.0.tax_rate": "0", "lines.0.tax_behavior": "exclusive", "lines.0.product": "a"}},
	})
}

// TestTrialCoupons lets a coupon of a trial, or of its conversion, begin with the first charge.
func TestTrialCoupons(t *testing.T) {
	t.Parallel()
	shop := `[["POST", "/v1/clock/advance", {"to": "2031-06-01T00:00:00Z"}],
		["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
		["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "unit_amount": "100.00", "trial_days": 10}],
		["POST", "/v1/products", {"code": "b", "name": "b", "tier": 2}],
		["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "200.00", "trial_days": 7}],
		["POST", "/v1/products", {"code": "z", "name": "z", "tier": 0}],
		["POST", "/v1/products/z/prices", {"code": "z", "currency": "USD", "interval": "month", "unit_amount": "10.00", "trial_days": 60}],
		["POST", "/v1/coupons", {"code": "c", "percent_off": "10", "duration": "once"}],
		["POST", "/v1/coupons", {"code": "d", "percent_off": "20", "duration": "once"}],
		["POST", "/v1/coupons", {"code": "e", "amount_off": {"amount": "1", "currency": "EUR"}, "duration": "once"}]`
	start := func(more string) string {
		return fmt.Sprintf(`, ["POST", "/v1/workspaces/w/trial", {"price": "a", "seats": 1%s}]`, more)
	}
	convert := func(more string) string {
		return fmt.Sprintf(`, ["POST", "/v1/workspaces/w/trial/convert", {"collection": "send_invoice"%s}]`, more)
	}
	tellEdges(t, []edge{
		{"the trial shows it", shop + start(`, "coupon": "c"`) + showPlan, object{"discount.coupon": "c", "discount.periods_left": float64(1)}},
		{"the first charge has it", shop + start(`, "coupon": "c"`) + advance("2031-06-05T00:00:00Z") + convert("") + showInvoice,
			object{"discount.amount": "10.00", "total.amount": "90.00"}},
		{"the conversion's instead", shop + start(`, "coupon": "c"`) + convert(`, "coupon": "d"`) + showInvoice, object{"discount.amount": "20.00"}},
		{"the conversion's at the trial's end", shop + start("") + convert(`, "coupon": "d", "anchor": "trial_end"`) + showUpcoming,
			object{"discount.amount": "20.00", "period.start": "2031-06-11T00:00:00Z"}},
		{"one that waits for money", shop + start(`, "coupon": "c"`) +
			`, ["POST", "/v1/workspaces/w/trial/convert", {"coupon": "d"}, 202], ["POST", "/v1/invoices/{invoice}/record-payment", {"amount": {"amount": "80.00", "currency": "USD"}, "reference": "r"}]` +
			showPlan, object{"status": "active", "discount.coupon": "d", "discount.periods_left": float64(0)}},
		{"one whose money does not come", shop + start(`, "coupon": "c"`) +
			`, ["POST", "/v1/workspaces/w/trial/convert", {"coupon": "d"}, 202]` + advance("2031-06-03T00:00:00Z") + showPlan,
			object{"status": "trialing", "discount.coupon": "c"}},
		{"no such coupon", shop + `, ["POST", "/v1/workspaces/w/trial", {"price": "a", "coupon": "x"}, 422]]`, object{"errors.0.code": "coupon_not_found"}},
		{"another currency", shop + start("") + `, ["POST", "/v1/workspaces/w/trial/convert", {"coupon": "e"}, 422]]`,
			object{"errors.0.code": "currency_mismatch"}},
		{"a downgrade never extends", shop + start("") + `, ["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "z"}]` + showPlan,
			object{"trial.end": "2031-06-11T00:00:00Z"}},
		{"nor the way down and up", shop + start("") + `, ["POST", "/v1/workspaces/w/subscription/downgrade", {"price": "z"}],
			["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}]` + showPlan, object{"trial.end": "2031-06-11T00:00:00Z"}},
		{"an upgrade to more days does", strings.Replace(shop, `"trial_days": 7`, `"trial_days": 12`, 1) + start("") + advance("2031-06-08T00:00:00Z") +
			`, ["POST", "/v1/workspaces/w/subscription/upgrade", {"price": "b"}]` + showPlan, object{"trial.end": "2031-06-13T00:00:00Z"}},
	})
}

// TestCouponUnits refuses numbers that were meant in another unit, and says which one is.
func TestCouponUnits(t *testing.T) {
	t.Parallel()
	coupon := func(fields string) string {
		return fmt.Sprintf(`[["POST", "/v1/coupons", {"code": "c", %s}, 422]]`, fields)
	}
	price := func(rate string) string {
		return fmt.Sprintf(`[["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
			["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "unit_amount": "1", "tax_rate": %q}, 422]]`, rate)
	}
	percent := object{"errors.0.code": "percent_off_invalid",
		"errors.0.message": `percent_off is in percent, "1" to "100" with at most 4 digits after the point: "25" is 25 %, not "0.25"`}
	rate := object{"errors.0.code": "tax_rate_invalid",
		"errors.0.message": `tax_rate is a fraction, "0" or more and below "1" with at most 6 digits after the point: "0.19" is 19 %, not "19"`}
	tellEdges(t, []edge{
		{"a fraction off", coupon(`"percent_off": "0.25", "duration": "once"`), percent},
		{"more than all", coupon(`"percent_off": "101", "duration": "once"`), percent},
		{"a tax rate in percent", price("19"), rate},
		{"a tax rate of all", price("1"), rate},
		{"months of an amount", coupon(amountOf("1.00") + `, "duration": "months", "months": 3`), object{"errors.0.code": "duration_not_allowed"}},
		{"no months", coupon(`"percent_off": "10", "duration": "months"`), object{"errors.0.code": "months_invalid"}},
		{"months of another duration", coupon(`"percent_off": "10", "duration": "once", "months": 1`), object{"errors.0.code": "months_not_allowed"}},
		{"a name", `[["POST", "/v1/coupons", {"code": "c", "name": "Spring", "percent_off": "10", "duration": "months", "months": 3}]]`,
			object{"name": "Spring", "months": float64(3), "periods": nil}},
		{"no name", `[["POST", "/v1/coupons", {"code": "c", "percent_off": "10", "duration": "forever"}]]`, object{"name": "c", "months": nil}},
	})
}

// TestCouponOnDocuments names the coupon on the page of an invoice.
func TestCouponOnDocuments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	for coupon, want := range map[string]string{`"name": "Spring & Co", `: "coupon Spring &amp; Co", "": "coupon c"} {
		t.Run(want, func(t *testing.T) {
			c := &client{t: t, base: p.url, token: b.tokenAt(want, "2031-01-01")}
			sold := script(t, c, couponed("2031-06-01T00:00:00Z", "50.00", coupon+`"percent_off": "10", "duration": "once"`, "")+"]")
			page := c.get("/v1/invoices/"+sold.text("invoice")+"/print", sold.position()).is(200)
			if !strings.Contains(string(page.body), want) {
				t.Errorf("%s", page.body)
			}
		})
	}
}
