package api

import (
	"fmt"
	"maps"
	"net/http"
)

// paying does something with an invoice of a workspace of the sandbox, whose first payment the gateway was asked for where a
// token is given.
func paying(route, code, workspace, token string, do func(c *client, invoice string) *answered) refusalCase {
	return refusalCase{route, code, func(c *client) *answered {
		c.token = c.sandbox
		if token != "" {
			c.attach(workspace, token)
		}
		return do(c, c.buyUnpaid(workspace).text("invoice"))
	}}
}

// acting posts to an invoice.
func acting(action string, body object) func(*client, string) *answered {
	return func(c *client, invoice string) *answered { return c.post("/v1/invoices/"+invoice+"/"+action, body) }
}

// inSandbox sends a request to the sandbox.
func inSandbox(route, code, method, path string, body any) refusalCase {
	return refusalCase{route, code, func(c *client) *answered {
		c.token = c.sandbox
		return c.do(method, path, body)
	}}
}

var paymentRefusals = func() []refusalCase {
	const methods = "/v1/workspaces/new/payment-methods"
	with := func(gateway, token string) object { return object{"gateway": gateway, "token": token} }
	cases := []refusalCase{
		ask("set-dunning", "retry_days_invalid", http.MethodPut, "/v1/dunning", object{"retry_days": []int{3, 1}}, nil),
		ask("set-dunning", "restrict_after_days_invalid", http.MethodPut, "/v1/dunning", object{"restrict_after_days": 0}, nil),
		ask("set-dunning", "cancel_after_days_invalid", http.MethodPut, "/v1/dunning", object{"cancel_after_days": 14}, nil),
		ask("set-dunning", "settlement_invalid", http.MethodPut, "/v1/dunning", object{"settlement": "refund"}, nil),
		ask("get-payment", "payment_not_found", http.MethodGet, "/v1/payments/none", nil, nil),
		ask("pay-invoice", "invoice_not_found", http.MethodPost, "/v1/invoices/none/pay", nil, object{}),
		{"pay-invoice", "too_far_behind", func(c *client) *answered {
			return acting("pay", object{})(c, c.get("/v1/workspaces/behind/invoices").is(200).text("data.0.id"))
		}},
		{"pay-invoice", "invoice_voided", func(c *client) *answered {
			invoice := c.buy("pay-void", "pro-month", 1).text("invoice")
			acting("void", object{})(c, invoice).is(200)
			return acting("pay", object{})(c, invoice)
		}},
		{"pay-invoice", "invoice_paid", func(c *client) *answered {
			return acting("pay", object{})(c, c.collect("pay-paid", "pro-month", 1).text("id"))
		}},
		paying("pay-invoice", "no_payment_method", "pay-none", "", acting("pay", object{})),
		paying("pay-invoice", "payment_method_not_found", "pay-other", "", acting("pay", object{"payment_method": "none"})),
		paying("pay-invoice", "payment_in_progress", "pay-open", "tok_pending_ok", acting("pay", object{})),
		paying("void-invoice", "payment_in_progress", "void-open", "tok_pending_ok", acting("void", object{})),
		paying("write-off-invoice", "payment_in_progress", "write-open", "tok_pending_ok", acting("write-off", object{})),
		{"remove-payment-method", "payment_in_progress", func(c *client) *answered {
			c.token = c.sandbox
			method := c.attach("remove-open", "tok_pending_ok")
			c.buyUnpaid("remove-open")
			return c.delete("/v1/workspaces/remove-open/payment-methods/" + method)
		}},
		inSandbox("add-payment-method", "payment_method_declined", http.MethodPost, methods, with("sandbox", "tok_refused")),
		inSandbox("add-payment-method", "token_unknown", http.MethodPost, methods, with("sandbox", "tok_none")),
		inSandbox("add-payment-method", "gateway_unknown", http.MethodPost, methods, with("none", "tok_ok")),
		{"add-payment-method", "payment_methods_full", func(c *client) *answered {
			c.token = c.sandbox
			for range 50 {
				c.attach("full", "tok_ok")
			}
			return c.post("/v1/workspaces/full/payment-methods", with("sandbox", "tok_ok"))
		}},
		{"add-payment-method", "gateway_unreachable", func(c *client) *answered {
			c.token = c.sandbox
			c.put("/v1/sandbox/gateway", object{"available": false}).is(200)
			defer func() { c.put("/v1/sandbox/gateway", object{}).is(200) }()
			return c.post(methods, with("sandbox", "tok_ok"))
		}},
		inSandbox("set-sandbox-gateway", "latency_invalid", http.MethodPut, "/v1/sandbox/gateway", object{"latency_ms": -1}),
		inSandbox("set-sandbox-gateway", "fee_invalid", http.MethodPut, "/v1/sandbox/gateway", object{"fee_rate": "1"}),
		inSandbox("set-sandbox-gateway", "settle_days_invalid", http.MethodPut, "/v1/sandbox/gateway", object{"settle_days": 91}),
		ask("set-sandbox-gateway", "gateway_not_found", http.MethodPut, "/v1/sandbox/gateway", nil, object{}),
	}
	cases = append(cases, declined...)
	for code, body := range map[string]object{
		"invalid_transition": {}, "outcome_invalid": {"outcome": "maybe"}, "reference_invalid": {"reference": ""}, "reason_invalid": {"reason": ""},
	} {
		asked := object{"outcome": "failed", "reference": "ticket", "reason": "seen at the bank"}
		maps.Copy(asked, body)
		cases = append(cases, refusalCase{"resolve-payment", code, func(c *client) *answered {
			c.token = c.sandbox
			c.attach("resolve-"+code, "tok_pending_ok")
			return c.post("/v1/payments/"+c.buyUnpaid("resolve-"+code).text("payment.id")+"/resolve", asked)
		}})
	}
	for route, path := range map[string]string{"list-sandbox-charges": "charges", "get-sandbox-totals": "totals", "get-sandbox-gateway": "gateway"} {
		cases = append(cases, ask(route, "gateway_not_found", http.MethodGet, "/v1/sandbox/"+path, nil, nil))
	}
	for _, change := range []struct{ route, method, path string }{
		{"set-default-payment-method", http.MethodPut, "/default"}, {"remove-payment-method", http.MethodDelete, ""},
	} {
		for code, workspace := range map[string]string{"payment_method_not_found": "new", "too_far_behind": "behind"} {
			path := fmt.Sprintf("/v1/workspaces/%s/payment-methods/none%s", workspace, change.path)
			cases = append(cases, ask(change.route, code, change.method, path, nil, nil))
		}
	}
	return cases
}()

// declined has money declined that commands wait for.
var declined = func() (cases []refusalCase) {
	buys := func(c *client, workspace, token string) *answered {
		c.token = c.sandbox
		c.attach(workspace, token)
		return c.post(of(workspace), object{"price": "pro-month", "seats": 3, "collection": "automatic"})
	}
	licensed := func(c *client, workspace, token string) *answered {
		c.token = c.sandbox
		c.attach(workspace, token)
		return c.post("/v1/licenses", object{"licensee": "x", "product": "pro", "price": "pro-month", "seats": 3, "workspace": workspace, "collection": "automatic"})
	}
	for route, change := range map[string]object{
		"upgrade-subscription": {"price": "team-month"}, "change-seats": {"seats": 9}, "resume-subscription": {"anchor": "now"},
	} {
		cases = append(cases, refusalCase{route, "payment_declined", func(c *client) *answered {
			buys(c, route, "tok_ok.lost_card").is(201)
			action := map[string]string{"upgrade-subscription": "/upgrade", "change-seats": "/seats", "resume-subscription": "/resume"}[route]
			if action == "/resume" {
				c.post(of(route)+"/pause", object{}).is(200)
				back := object{"amount": object{"amount": "36.00", "currency": "USD"}, "reason": "asked for"}
				c.post("/v1/workspaces/"+route+"/credits/refund", back).is(201)
			}
			return c.post(of(route)+action, change)
		}})
	}
	return append(cases,
		refusalCase{"create-subscription", "payment_declined", func(c *client) *answered { return buys(c, "create-declined", "tok_lost_card") }},
		refusalCase{"issue-license", "payment_declined", func(c *client) *answered { return licensed(c, "license-declined", "tok_lost_card") }},
		refusalCase{"change-license-seats", "payment_declined", func(c *client) *answered {
			id := licensed(c, "license-seats-declined", "tok_ok.lost_card").is(201).text("license.id")
			return c.post("/v1/licenses/"+id+"/seats", object{"seats": 9})
		}},
		refusalCase{"convert-trial", "payment_declined", func(c *client) *answered {
			c.token = c.sandbox
			c.attach("convert-declined", "tok_lost_card")
			c.post("/v1/workspaces/convert-declined/trial", object{"price": "pro-try", "seats": 3}).is(201)
			return c.post("/v1/workspaces/convert-declined/trial/convert", object{})
		}},
		paying("pay-invoice", "payment_declined", "pay-declined", "", func(c *client, invoice string) *answered {
			c.attach("pay-declined", "tok_lost_card")
			return c.post("/v1/invoices/"+invoice+"/pay", object{})
		}),
	)
}()
