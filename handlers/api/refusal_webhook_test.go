package api

import (
	"net/http"
	"slices"
	"strings"
)

const hooks = "/v1/webhook-endpoints"

var aHook = object{"url": "https://hooks.example/x", "types": []any{"invoice.*"}}

// hook makes an endpoint and gives its path.
func (c *client) hook() string {
	c.t.Helper()
	return hooks + "/" + c.post(hooks, aHook).is(http.StatusCreated).text("id")
}

// stopped makes an endpoint that is disabled, with one delivery whose path it gives, too.
func (c *client) stopped() (hook, delivery string) {
	c.t.Helper()
	hook = c.hook()
	tested := c.post(hook+"/test", nil).is(http.StatusAccepted)
	delivery = "/v1/webhook-deliveries/" + c.get(hook+"/deliveries", tested.position()).is(http.StatusOK).text("data.0.id")
	c.do(http.MethodPut, hook, object{"url": aHook["url"], "status": "disabled"}).is(http.StatusOK)
	return hook, delivery
}

// webhookRefusals are asked of servers, one of which has no key for secrets and opens the same ledger.
func webhookRefusals(keyless *client) []refusalCase {
	cases := []refusalCase{
		{"create-webhook-endpoint", "secret_key_missing", func(c *client) *answered {
			return (&client{t: c.t, base: keyless.base, token: c.token}).post(hooks, aHook)
		}},
		{"rotate-webhook-secret", "secret_key_missing", func(c *client) *answered {
			hook := c.hook()
			return (&client{t: c.t, base: keyless.base, token: c.token}).post(hook+"/rotate-secret", nil)
		}},
		ask("get-webhook-endpoint", "webhook_endpoint_not_found", http.MethodGet, hooks+"/none", nil, nil),
		ask("change-webhook-endpoint", "webhook_endpoint_not_found", http.MethodPut, hooks+"/none", aHook, nil),
		ask("delete-webhook-endpoint", "webhook_endpoint_not_found", http.MethodDelete, hooks+"/none", nil, nil),
		ask("rotate-webhook-secret", "webhook_endpoint_not_found", http.MethodPost, hooks+"/none/rotate-secret", nil, nil),
		ask("test-webhook-endpoint", "webhook_endpoint_not_found", http.MethodPost, hooks+"/none/test", nil, nil),
		ask("replay-webhook-endpoint", "webhook_endpoint_not_found", http.MethodPost, hooks+"/none/replay", object{"from": 1}, nil),
		ask("list-webhook-deliveries", "webhook_endpoint_not_found", http.MethodGet, hooks+"/none/deliveries", nil, nil),
		ask("get-webhook-delivery", "webhook_delivery_not_found", http.MethodGet, "/v1/webhook-deliveries/none.1", nil, nil),
		ask("redeliver-webhook", "webhook_delivery_not_found", http.MethodPost, "/v1/webhook-deliveries/none.1/redeliver", nil, nil),
		{"redeliver-webhook", "webhook_endpoint_not_found", func(c *client) *answered {
			hook, delivery := c.stopped()
			c.do(http.MethodDelete, hook, nil).is(http.StatusOK)
			return c.post(delivery+"/redeliver", nil)
		}},
		{"redeliver-webhook", "endpoint_disabled", func(c *client) *answered {
			_, delivery := c.stopped()
			return c.post(delivery+"/redeliver", nil)
		}},
		{"test-webhook-endpoint", "endpoint_disabled", func(c *client) *answered {
			hook, _ := c.stopped()
			return c.post(hook+"/test", nil)
		}},
		{"replay-webhook-endpoint", "endpoint_disabled", func(c *client) *answered {
			hook, _ := c.stopped()
			return c.post(hook+"/replay", object{"from": 1})
		}},
	}
	settings := []struct {
		code   string
		change object
	}{
		{"url_invalid", object{"url": "https://hooks.example/" + strings.Repeat("x", 2000)}},
		{"url_refused", object{"url": "https://169.254.169.254/latest"}},
		{"type_unknown", object{"types": []any{"invoice.payed"}}},
		{"types_invalid", object{"types": slices.Repeat([]any{"*"}, 101)}},
		{"description_invalid", object{"description": strings.Repeat("x", 501)}},
	}
	for _, s := range settings {
		cases = append(cases, ask("create-webhook-endpoint", s.code, http.MethodPost, hooks, aHook, s.change),
			changing("change-webhook-endpoint", s.code, http.MethodPut, "", aHook, s.change))
	}
	return append(cases,
		changing("change-webhook-endpoint", "status_invalid", http.MethodPut, "", aHook, object{"status": "deleted"}),
		changing("replay-webhook-endpoint", "from_invalid", http.MethodPost, "/replay", nil, object{"from": 0}),
		changing("replay-webhook-endpoint", "to_invalid", http.MethodPost, "/replay", nil, object{"from": 2, "to": 1}),
		changing("replay-webhook-endpoint", "type_unknown", http.MethodPost, "/replay", nil, object{"from": 1, "types": []any{"none"}}),
	)
}

// changing asks below an endpoint of its own.
func changing(route, code, method, below string, base, change object) refusalCase {
	return refusalCase{route, code, func(c *client) *answered { return ask(route, code, method, c.hook()+below, base, change).ask(c) }}
}
