package api

import "testing"

func TestCoupons(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.get("/v1/coupons").is(200).says(object{"data": []any{}})
	percent := c.post("/v1/coupons", object{"code": "half", "percent_off": "50.00", "duration": "once"}).is(201).
		says(object{"code": "half", "percent_off": "50", "amount_off": nil, "duration": "once", "periods": nil})
	amount := c.post("/v1/coupons", object{
		"code": "five", "amount_off": object{"amount": "5", "currency": "USD"}, "duration": "periods", "periods": 3,
	}).is(201).says(object{"percent_off": nil, "amount_off": object{"amount": "5.00", "currency": "USD"}, "duration": "periods", "periods": 3})
	listed := c.get("/v1/coupons", amount.position()).is(200)
	if want := `{"data":[` + string(percent.body) + `,` + string(amount.body) + `],"page":{"next":null,"has_more":false}}`; string(listed.body) != want {
		t.Errorf("listed %s\nwant   %s", listed.body, want)
	}
	if listed.header.Get("ETag") != `"v2"` {
		t.Errorf("ETag: %s", listed.header.Get("ETag"))
	}
	c.openShop()
	bought := c.post("/v1/workspaces/acme/subscription", object{"price": "pro-month", "seats": 2, "collection": "send_invoice", "coupon": "half"}).
		is(201).says(object{"subscription.discount.coupon": "half"})
	c.get("/v1/invoices/"+bought.text("invoice"), bought.position()).is(200).
		says(object{"subtotal.amount": "24.00", "discount.amount": "12.00", "total.amount": "12.00"})
}
