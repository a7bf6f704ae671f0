package api

import "net/http"

// linkRefusals are those of payment links and setup pages.
var linkRefusals = func() (cases []refusalCase) {
	base := object{"price": "pro-month", "seats": 1}
	make := func(code, workspace string, change object) {
		cases = append(cases, ask("create-payment-link", code, http.MethodPost, "/v1/workspaces/"+workspace+"/payment-links", base, change))
	}
	for code, workspace := range map[string]string{"too_far_behind": "behind", "subscription_exists": "taken", "seats_in_use": "full", "payment_past_due": "owing"} {
		make(code, workspace, nil)
	}
	for code, change := range map[string]object{
		"price_or_invoice": {"price": nil, "seats": nil}, "expires_at_invalid": {"expires_at": "2020-01-01T00:00:00Z"}, "seats_out_of_range": {"seats": nil},
		"coupon_not_found": {"coupon": "none"}, "time_zone_unknown": {"time_zone": "Nowhere"}, "name_invalid": {"price": ""},
		"price_not_found": {"price": "none"}, "price_archived": {"price": "pro-gone"}, "product_archived": {"price": "old-month"},
		"currency_mismatch": {"coupon": "euro"}, "invoice_not_found": {"price": nil, "seats": nil, "invoice": "none"},
		"amount_out_of_range": {"price": "brim-month", "seats": 2},
	} {
		make(code, "brim-new", change)
	}
	return append(cases,
		refusalCase{"create-payment-link", "invoice_voided", func(c *client) *answered {
			invoice := c.buy("link-void", "pro-month", 1).text("invoice")
			acting("void", object{})(c, invoice).is(200)
			return c.post("/v1/workspaces/link-void/payment-links", object{"invoice": invoice})
		}},
		refusalCase{"create-payment-link", "invoice_paid", func(c *client) *answered {
			return c.post("/v1/workspaces/link-paid/payment-links", object{"invoice": c.collect("link-paid", "pro-month", 1).text("id")})
		}},
		ask("get-payment-link", "payment_link_not_found", http.MethodGet, "/v1/payment-links/none", nil, nil),
		ask("cancel-payment-link", "payment_link_not_found", http.MethodPost, "/v1/payment-links/none/cancel", nil, object{}),
		cancelPaid("payment_in_progress", "tok_pending_ok"),
		cancelPaid("link_completed", "tok_ok"),
		ask("open-portal", "return_url_invalid", http.MethodPost, "/v1/workspaces/new/portal", nil, object{"return_url": "/"}),
		ask("open-portal", "page_invalid", http.MethodPost, "/v1/workspaces/new/portal", nil, object{"page": "attic"}),
		ask("set-up-payment-method", "return_url_invalid", http.MethodPost, "/v1/workspaces/new/payment-methods/setup", nil, object{"return_url": "/"}),
	)
}()

// cancelPaid cancels a link that was paid by a token.
func cancelPaid(code, token string) refusalCase {
	return refusalCase{"cancel-payment-link", code, func(c *client) *answered {
		c.token = c.sandbox
		l := c.link("cancel-"+token, nil)
		p := &person{t: c.t}
		p.open(l.text("url"), http.StatusOK)
		p.send(payBy(token), http.StatusOK)
		return c.post("/v1/payment-links/"+l.text("id")+"/cancel", object{})
	}}
}
