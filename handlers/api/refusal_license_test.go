package api

import (
	"net/http"
	"strings"
	"time"
)

const licensesPath = "/v1/licenses"

var (
	aLicense   = object{"licensee": "Acme Ltd", "product": "team", "seats": 5}
	anInstance = object{"instance": "berlin", "fingerprint": "berlinberlin"}
	aReason    = object{"reason": "over"}
)

// licenseChanges are the changes of a license, by the ids of their routes.
var licenseChanges = []struct {
	route, action string
	body          any
}{
	{"change-license-seats", "seats", object{"seats": 6}},
	{"preview-license-seats", "proration-preview", object{"seats": 6}},
	{"remove-unused-license-seats", "remove-unused-seats", nil},
	{"change-license-features", "features", object{"features": object{"sso": false}}},
	{"suspend-license", "suspend", aReason},
	{"reinstate-license", "reinstate", nil},
	{"renew-license", "renew", object{"expires_at": nil}},
	{"revoke-license", "revoke", aReason},
	{"rotate-license-key", "rotate-key", nil},
}

// licenseRefusals are asked of servers, one of which has no key to sign with and opens the same ledger.
func licenseRefusals(b *bench, keyless *client) []refusalCase {
	unsigned := func(c *client) *client { return &client{t: c.t, base: keyless.base, token: c.token} }
	return append(append(issueRefusals(), changeLicenseRefusals()...), installationRefusals(b, unsigned)...)
}

func issueRefusals() []refusalCase {
	cases := []refusalCase{
		{"issue-license", "price_archived", func(c *client) *answered {
			return c.post(licensesPath, object{"licensee": "x", "product": "pro", "seats": 1, "workspace": "l-archived", "price": "pro-gone"})
		}},
		{"issue-license", "license_active", func(c *client) *answered {
			c.license(object{"workspace": "l-active"})
			return c.post(licensesPath, object{"licensee": "x", "product": "pro", "seats": 1, "workspace": "l-active"})
		}},
		{"create-subscription", "license_active", func(c *client) *answered {
			c.license(object{"workspace": "l-active-too"})
			return c.post(of("l-active-too"), object{"price": "pro-month", "seats": 1, "collection": "send_invoice"})
		}},
		{"create-payment-link", "license_active", func(c *client) *answered {
			c.license(object{"workspace": "l-active-four"})
			return c.post("/v1/workspaces/l-active-four/payment-links", object{"price": "pro-month", "seats": 1})
		}},
		{"start-trial", "license_active", func(c *client) *answered {
			c.license(object{"workspace": "l-active-three"})
			return c.post("/v1/workspaces/l-active-three/trial", object{"price": "pro-try", "seats": 1})
		}},
	}
	for code, change := range map[string]object{
		"product_not_found":      {"product": "none"},
		"price_not_found":        {"price": "none", "workspace": "l-new"},
		"product_archived":       {"product": "old"},
		"subscription_active":    {"workspace": "taken"},
		"workspace_required":     {"price": "team-month"},
		"price_of_other_product": {"price": "pro-month", "workspace": "l-new"},
		"licensee_invalid":       {"licensee": " "},
		"name_invalid":           {"workspace": "a b"},
		"seats_out_of_range":     {"seats": 0},
		"expires_at_invalid":     {"expires_at": "2001-01-01T00:00:00Z"},
		"expiry_invalid":         {"expiry": "never"},
		"feature_invalid":        {"features": object{"x": []any{}}},
		"feature_type_mismatch":  {"features": object{"sso": 3}},
		"max_instances_invalid":  {"max_instances": 1001},
		"dead_instances_invalid": {"dead_instances": "bury"},
		"heartbeat_ttl_invalid":  {"heartbeat_ttl": 1},
		"file_ttl_days_invalid":  {"file_ttl_days": 366},
		"grace_days_invalid":     {"grace_days": 61},
		"collection_invalid":     {"price": "team-month", "workspace": "l-new", "collection": "barter"},
	} {
		cases = append(cases, ask("issue-license", code, http.MethodPost, licensesPath, aLicense, change))
	}
	return cases
}

func changeLicenseRefusals() []refusalCase {
	// on issues a license and changes it.
	on := func(route, code, action string, license object, body any) refusalCase {
		return refusalCase{route, code, func(c *client) *answered {
			id, _ := c.license(license)
			return c.post(licensesPath+"/"+id+"/"+action, body)
		}}
	}
	billed := func(workspace string) object {
		return object{"product": "pro", "price": "pro-month", "workspace": workspace}
	}
	cases := []refusalCase{
		ask("get-license", "license_not_found", http.MethodGet, licensesPath+"/none", nil, nil),
		ask("list-license-instances", "license_not_found", http.MethodGet, licensesPath+"/none/instances", nil, nil),
		on("change-license-seats", "seats_out_of_range", "seats", nil, object{"seats": 0}),
		on("preview-license-seats", "license_not_billed", "proration-preview", nil, object{"seats": 6}),
		on("preview-license-seats", "seats_out_of_range", "proration-preview", billed("l-preview"), object{"seats": 1_000_001}),
		on("remove-unused-license-seats", "users_unknown", "remove-unused-seats", nil, nil),
		on("change-license-features", "name_invalid", "features", nil, object{"features": object{"a b": true}}),
		on("change-license-features", "feature_invalid", "features", nil, object{"features": object{"x": []any{}}}),
		on("change-license-features", "feature_type_mismatch", "features", nil, object{"features": object{"sso": 1}}),
		on("suspend-license", "reason_invalid", "suspend", nil, object{"reason": " "}),
		on("revoke-license", "reason_invalid", "revoke", nil, object{"reason": " "}),
		on("reinstate-license", "license_not_suspended", "reinstate", nil, nil),
		on("renew-license", "license_billed", "renew", billed("l-renew"), object{"expires_at": nil}),
		on("renew-license", "expires_at_invalid", "renew", nil, object{"expires_at": "2001-01-01T00:00:00Z"}),
		{"issue-license", "payment_past_due", func(c *client) *answered {
			c.post(of("left")+"/cancel", object{"when": "now", "settlement": "none"}).is(200)
			return c.post(licensesPath, object{"licensee": "Acme Ltd", "product": "pro", "price": "pro-month", "seats": 1, "workspace": "left"})
		}},
		{"change-license-seats", "payment_past_due", func(c *client) *answered {
			id := c.get(licensesPath + "?workspace=license-owing").is(200).text("data.0.id")
			return c.post(licensesPath+"/"+id+"/seats", object{"seats": 9})
		}},
		{"change-license-seats", "seats_in_use", func(c *client) *answered {
			id, _ := c.license(billed("l-used"))
			c.seat("l-used", "ada", "member")
			c.seat("l-used", "bob", "member")
			return c.post(licensesPath+"/"+id+"/seats", object{"seats": 1})
		}},
		{"remove-unused-license-seats", "seats_in_use", func(c *client) *answered {
			id, key := c.license(billed("l-unused"))
			c.seat("l-unused", "ada", "member")
			c.seat("l-unused", "bob", "member")
			c.activates(key, "berlin").is(201)
			c.post(licensesPath+"/sync", object{"instance": "berlin", "users": 1}, by(key)).is(200)
			return c.post(licensesPath+"/"+id+"/remove-unused-seats", nil)
		}},
		{"change-license-seats", "invalid_transition", func(c *client) *answered {
			id, _ := c.license(billed("l-ended"))
			c.post(of("l-ended")+"/cancel", object{"when": "now", "settlement": "none"}).is(200)
			return c.post(licensesPath+"/"+id+"/seats", object{"seats": 6})
		}},
		{"change-license-seats", "change_in_progress", func(c *client) *answered {
			more := billed("l-waits")
			more["collection"] = "automatic"
			more["licensee"], more["seats"] = "Acme Ltd", 1
			issued := c.post(licensesPath, more).is(202)
			c.post("/v1/invoices/"+issued.text("invoice")+"/record-payment", object{"amount": dollars("12.00"), "reference": "wire"}).is(200)
			seats := licensesPath + "/" + issued.text("license.id") + "/seats"
			c.post(seats, object{"seats": 6}).is(202)
			return c.post(seats, object{"seats": 7})
		}},
	}
	for _, change := range licenseChanges {
		cases = append(cases,
			refusalCase{change.route, "license_not_found", func(c *client) *answered {
				return c.post(licensesPath+"/none/"+change.action, change.body)
			}},
			refusalCase{change.route, "license_revoked", func(c *client) *answered {
				id, _ := c.license(nil)
				c.post(licensesPath+"/"+id+"/revoke", aReason).is(200)
				return c.post(licensesPath+"/"+id+"/"+change.action, change.body)
			}})
	}
	return cases
}

func installationRefusals(b *bench, unsigned func(*client) *client) []refusalCase {
	cases := []refusalCase{
		ask("add-license-instance", "license_not_found", http.MethodPost, licensesPath+"/none/instances", anInstance, nil),
		ask("make-license-file", "license_not_found", http.MethodPost, licensesPath+"/none/file", object{"instance": "berlin"}, nil),
		ask("remove-license-instance", "license_not_found", http.MethodDelete, licensesPath+"/none/instances/berlin", nil, nil),
		{"remove-license-instance", "instance_not_found", func(c *client) *answered {
			id, _ := c.license(nil)
			return c.delete(licensesPath + "/" + id + "/instances/none")
		}},
		{"sync-license", "users_invalid", func(c *client) *answered {
			return c.post(licensesPath+"/sync", object{"instance": "berlin", "users": -1}, by(c.installed(true)))
		}},
		{"validate-license", "nonce_invalid", func(c *client) *answered {
			return c.post(licensesPath+"/validate", object{"nonce": strings.Repeat("x", 129)}, by(c.installed(true)))
		}},
	}
	for _, code := range []string{"license_revoked", "license_suspended", "license_expired", "activation_limit_reached", "fingerprint_mismatch", "name_invalid", "fingerprint_invalid"} {
		for route, path := range map[string]string{"add-license-instance": "/{id}/instances", "activate-license": "/activate"} {
			cases = append(cases, refusalCase{route, code, func(c *client) *answered { return c.activationRefused(b, code, path) }})
		}
	}
	for route, path := range map[string]string{"make-license-file": "/{id}/file", "fetch-license-file": "/file"} {
		for _, code := range []string{"license_revoked", "license_suspended", "license_expired", "instance_not_found", "file_ttl_days_invalid"} {
			cases = append(cases, refusalCase{route, code, func(c *client) *answered { return c.fileRefused(b, code, path) }})
		}
		cases = append(cases, refusalCase{route, "license_signing_unavailable", func(c *client) *answered {
			id, key := c.license(nil)
			return unsigned(c).post(licensesPath+strings.Replace(path, "{id}", id, 1), object{"instance": "berlin"}, asWho(path, key))
		}})
	}
	for route, action := range map[string]string{"deactivate-license": "deactivate", "heartbeat-license": "heartbeat", "sync-license": "sync"} {
		body := object{"instance": "none"}
		if action == "sync" {
			body["users"] = 1
		}
		cases = append(cases, refusalCase{route, "instance_not_found", func(c *client) *answered {
			return c.post(licensesPath+"/"+action, body, by(c.installed(true)))
		}})
	}
	for route, action := range map[string]string{"sync-license": "sync", "validate-license": "validate"} {
		body := map[string]object{"sync": {"instance": "berlin", "users": 1}, "validate": {"nonce": "x"}}[action]
		cases = append(cases, refusalCase{route, "license_signing_unavailable", func(c *client) *answered {
			_, key := c.license(nil)
			return unsigned(c).post(licensesPath+"/"+action, body, by(key))
		}})
	}
	for route, action := range map[string]string{"heartbeat-license": "heartbeat", "sync-license": "sync"} {
		body := map[string]object{"heartbeat": {"instance": "berlin"}, "sync": {"instance": "berlin", "users": 1}}[action]
		cases = append(cases, refusalCase{route, "activation_limit_reached", func(c *client) *answered {
			_, key := c.license(object{"heartbeat_ttl": 30, "dead_instances": "release"})
			c.activates(key, "berlin").is(201)
			b.advance(time.Minute)
			c.activates(key, "rome").is(201)
			return c.post(licensesPath+"/"+action, body, by(key))
		}})
	}
	for route, action := range map[string]string{
		"activate-license": "activate", "deactivate-license": "deactivate", "heartbeat-license": "heartbeat", "sync-license": "sync",
		"fetch-license-file": "file", "validate-license": "validate",
	} {
		cases = append(cases, ask(route, "license_key_invalid", http.MethodPost, licensesPath+"/"+action, anInstance, nil))
	}
	return cases
}

// asWho presents a license key where the path is one of an installation's.
func asWho(path, key string) with {
	if strings.HasPrefix(path, "/{id}") {
		return func(*http.Request) {}
	}
	return by(key)
}

// unusable issues a license and makes it unusable, as a code says; any other code leaves it as it is.
func (c *client) unusable(b *bench, code string) (id, key string) {
	c.t.Helper()
	id, key = c.license(object{"expires_at": b.now().Add(time.Minute).UTC().Format(time.RFC3339)})
	c.activates(key, "berlin").is(201)
	switch code {
	case "license_revoked":
		c.post(licensesPath+"/"+id+"/revoke", aReason).is(200)
	case "license_suspended":
		c.post(licensesPath+"/"+id+"/suspend", aReason).is(200)
	case "license_expired":
		b.advance(time.Minute)
	}
	return id, key
}

func (c *client) activationRefused(b *bench, code, path string) *answered {
	c.t.Helper()
	id, key := c.unusable(b, code)
	body := map[string]object{
		"activation_limit_reached": {"instance": "rome", "fingerprint": "romerome"}, "fingerprint_mismatch": {"instance": "berlin", "fingerprint": "x"},
		"name_invalid": {"instance": "a b", "fingerprint": "x"}, "fingerprint_invalid": {"instance": "rome", "fingerprint": " "},
	}[code]
	if body == nil {
		body = anInstance
	}
	return c.post(licensesPath+strings.Replace(path, "{id}", id, 1), body, asWho(path, key))
}

func (c *client) fileRefused(b *bench, code, path string) *answered {
	c.t.Helper()
	id, key := c.unusable(b, code)
	body := map[string]object{"instance_not_found": {"instance": "none"}, "file_ttl_days_invalid": {"instance": "berlin", "ttl_days": 366}}[code]
	if body == nil {
		body = object{"instance": "berlin"}
	}
	return c.post(licensesPath+strings.Replace(path, "{id}", id, 1), body, asWho(path, key))
}

// collectLicense issues a license whose seats are collected, and pays its first invoice.
func (c *client) collectLicense(workspace string) {
	c.t.Helper()
	c.settle(c.post(licensesPath, object{
		"licensee": "Acme Ltd", "product": "pro", "price": "pro-month", "seats": 1, "workspace": workspace, "collection": "automatic",
	}).is(http.StatusAccepted))
}
