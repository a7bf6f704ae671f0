package api

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/licensefile"
	"github.com/tallystick/tallystick/handlers/api/licenses"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// licenseKeys sign the files of all test processes: the first does, and the other did.
var licenseKeys = licenses.SigningKeys{
	ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, ed25519.SeedSize)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{4}, ed25519.SeedSize)),
}

// by presents a license key.
func by(key string) with {
	return func(r *http.Request) {
		r.Header.Set("Authorization", "License "+key)
		r.Header.Del("Idempotency-Key")
	}
}

// license issues a license and gives its id and key.
func (c *client) license(more object) (id, key string) {
	c.t.Helper()
	body := object{"licensee": "Acme Ltd", "product": "team", "seats": 5, "expires_at": nil}
	for name, value := range more {
		body[name] = value
	}
	issued := c.post("/v1/licenses", body).is(http.StatusCreated)
	return issued.text("license.id"), issued.text("key")
}

// licensed issues a license for the instance that the examples name, and keeps its key.
func (c *client) licensed() {
	c.t.Helper()
	_, c.licenseKey = c.license(nil)
	c.activates(c.licenseKey, "berlin").is(http.StatusCreated)
}

// fitting presents the client's license key where a route takes no other, and what the request has anyway elsewhere.
func (c *client) fitting(r *endpoint.Route) with {
	if r.OfLicense() {
		return by(c.licenseKey)
	}
	return func(*http.Request) {}
}

// activates activates an installation, whose fingerprint is its name twice.
func (c *client) activates(key, instance string) *answered {
	c.t.Helper()
	return c.post("/v1/licenses/activate", object{"instance": instance, "fingerprint": instance + instance}, by(key))
}

// trust gives the public keys that a server shows.
func (c *client) trust() licensefile.Trust {
	c.t.Helper()
	var shown struct {
		Data []struct {
			Kid       string `json:"kid"`
			PublicKey string `json:"public_key"`
		} `json:"data"`
	}
	if err := json.Unmarshal(c.get("/v1/license-keys").is(200).body, &shown); err != nil {
		c.t.Fatal(err)
	}
	var trust licensefile.Trust
	for _, key := range shown.Data {
		keys, err := licensefile.ParsePublicKeys([]byte(key.PublicKey))
		if err != nil || licensefile.KeyID(keys[0]) != key.Kid {
			c.t.Fatalf("%s: %v", key.PublicKey, err)
		}
		trust = append(trust, keys...)
	}
	return trust
}

// TestLicenses issues a license, activates an installation with the key that is shown once, syncs it, and verifies its file.
func TestLicenses(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	body := object{"licensee": "Acme Ltd", "product": "team", "seats": 5, "expires_at": instant("2026-07-01"), "features": object{"audit": true}}
	issued := c.post("/v1/licenses", body, key("once")).is(201)
	issued.says(object{"license.status": "inactive", "license.sequence": 1, "license.seats": 5, "license.workspace": nil, "license.features.audit": true,
		"license.max_instances": 1, "license.expiry": "restrict", "license.file_ttl_days": 30, "license.grace_days": 14, "invoice": nil})
	id, secret := issued.text("license.id"), issued.text("key")
	again := c.post("/v1/licenses", body, key("once")).is(201)
	if !strings.HasPrefix(secret, "tallylic_") || len(secret) != 9+12+1+43 || again.at("key") != nil || again.text("license.id") != id {
		t.Fatalf("%s, again %s", issued.body, again.body)
	}
	for _, path := range []string{"/v1/events", "/v1/licenses", "/v1/licenses/" + id} {
		if shown := c.get(path, issued.position()).is(200); strings.Contains(string(shown.body), secret[22:]) {
			t.Errorf("%s shows the key", path)
		}
	}
	c.activates(secret, "berlin").is(201).says(object{"instance.instance": "berlin", "instance.status": "alive", "instance.file": nil, "license.instances": 1,
		"license.status": "active"})
	c.activates(secret, "berlin").is(200)
	c.post("/v1/licenses/activate", object{"instance": "other", "fingerprint": "berlinberlin"}, by(secret)).is(200).says(object{"instance.instance": "berlin"})
	c.activates(secret, "paris").refused(409, "activation_limit_reached").says(object{"max_instances": 1})
	c.post("/v1/licenses/activate", object{"instance": "berlin", "fingerprint": "x"}, by(secret)).refused(409, "fingerprint_mismatch")
	synced := c.post("/v1/licenses/sync", object{"instance": "berlin", "users": 3}, by(secret)).is(200)
	synced.says(object{"valid": true, "code": "VALID", "license.id": id, "instance.users": 3, "instance.file.sequence": 1})
	query := licensefile.Query{Instance: "berlin", Fingerprint: "berlinberlin", Now: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
	result := c.trust().Verify([]byte(synced.text("file")), query)
	if p := result.Payload; result.Verdict != licensefile.OK || p.ID != id || p.Seats != 5 || string(p.Features["sso"]) != "true" || string(p.Features["audit"]) != "true" {
		t.Fatalf("%+v", result)
	}
	fetched := c.post("/v1/licenses/file", object{"instance": "berlin", "ttl_days": 2}, by(secret)).is(200)
	if fetched.header.Get("Content-Type") != "text/plain; charset=us-ascii" || fetched.header.Get("Content-Disposition") != `attachment; filename="`+id+`.lic"` {
		t.Errorf("%v", fetched.header)
	}
	if got := c.trust().Verify(fetched.body, query); got.Verdict != licensefile.OK || got.Payload.FileExpiresAt != time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC) {
		t.Errorf("%+v", got)
	}
	for _, made := range []*answered{c.post("/v1/licenses/"+id+"/file", object{"instance": "berlin"}, key("file")).is(200), c.post("/v1/licenses/"+id+"/file", object{"instance": "berlin"}, key("file")).is(200)} {
		if got := c.trust().Verify(made.body, query); got.Verdict != licensefile.OK || made.header.Get("Content-Disposition") != `attachment; filename="`+id+`.lic"` {
			t.Errorf("%+v %v", got, made.header)
		}
	}
	c.post("/v1/licenses/heartbeat", object{"instance": "berlin"}, by(secret)).is(200).says(object{"instance.users": 3, "license_sequence": 1})
	c.post("/v1/licenses/heartbeat", object{"instance": "none"}, by(secret)).refused(404, "instance_not_found")
	shown := c.get("/v1/licenses/"+id, synced.position()).is(200).says(object{"status": "active", "instances": 1, "key_hint": secret[:21]})
	if shown.header.Get("ETag") == "" {
		t.Error("no ETag")
	}
	c.get("/v1/licenses/"+id+"/instances", synced.position()).is(200).says(object{"data.0.instance": "berlin", "data.0.users": 3})
	c.get("/v1/licenses?status=active", synced.position()).is(200).says(object{"data.0.id": id})
	c.get("/v1/licenses?status=revoked", synced.position()).is(200).says(object{"data": []any{}})
	c.post("/v1/licenses/deactivate", object{"instance": "berlin"}, by(secret)).is(200)
	c.activates(secret, "paris").is(201)
}

// TestAValidationIsSigned verifies the answer with the key that the server shows, and goes through the codes in their order.
func TestAValidationIsSigned(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	id, secret := c.license(object{"max_instances": 2, "heartbeat_ttl": 60, "expires_at": instant("2026-03-01"), "expiry": "maintain"})
	validate := func(more object) *answered {
		c.t.Helper()
		body := object{"nonce": "n-1"}
		for name, value := range more {
			body[name] = value
		}
		a := c.post("/v1/licenses/validate", body, by(secret)).is(200)
		var members map[string]json.RawMessage
		if err := json.Unmarshal(a.body, &members); err != nil {
			t.Fatal(err)
		}
		delete(members, "signature")
		rest, _ := json.Marshal(members)
		canonical, err := licensefile.Canonical(rest)
		signature, alsoErr := base64.RawURLEncoding.DecodeString(a.text("signature"))
		signed := append([]byte("tallystick-license-validation/v1\n"+a.text("kid")+"\n"), canonical...)
		if err != nil || alsoErr != nil || a.text("nonce") != "n-1" || !ed25519.Verify(c.trust()[0], signed, signature) {
			t.Errorf("%s is not signed: %v %v", a.body, err, alsoErr)
		}
		return a
	}
	is := func(a *answered, valid bool, code string) {
		c.t.Helper()
		a.says(object{"valid": valid, "code": code, "license": id})
	}
	is(validate(nil), true, "VALID")
	is(validate(object{"instance": "berlin"}), false, "INSTANCE_UNKNOWN")
	c.activates(secret, "berlin").is(201)
	is(validate(object{"instance": "berlin", "features": []any{"sso", "calls"}}), true, "VALID")
	is(validate(object{"fingerprint": "berlinberlin"}), true, "VALID")
	is(validate(object{"instance": "berlin", "fingerprint": "x", "features": []any{"none"}}), false, "FINGERPRINT_MISMATCH")
	is(validate(object{"instance": "berlin", "features": []any{"none"}}), false, "FEATURE_MISSING")
	c.post("/v1/licenses/sync", object{"instance": "berlin", "users": 6}, by(secret)).is(200).says(object{"valid": true, "code": "TOO_MANY_USERS"})
	is(validate(nil), true, "TOO_MANY_USERS")
	is(validate(object{"features": []any{"none"}}), false, "FEATURE_MISSING")
	c.advance("2026-01-01T00:02:00Z")
	is(validate(object{"instance": "berlin"}), false, "INSTANCE_DEAD")
	is(validate(nil), true, "VALID") // the dead have no users
	c.advance("2026-03-01")
	is(validate(nil), true, "EXPIRED")
	c.post("/v1/licenses/"+id+"/suspend", object{"reason": "unpaid"}).is(200).says(object{"license.status": "suspended", "license.sequence": 2})
	is(validate(object{"instance": "none"}), false, "SUSPENDED")
	c.post("/v1/licenses/"+id+"/revoke", object{"reason": "over"}).is(200)
	is(validate(nil), false, "REVOKED")
	c.post("/v1/licenses/sync", object{"instance": "berlin", "users": 1}, by(secret)).is(200).says(object{"valid": false, "code": "REVOKED", "file": nil, "license.sequence": 3})
	c.activates(secret, "rome").refused(403, "license_revoked")
	c.post("/v1/licenses/validate", object{"nonce": ""}, by(secret)).refused(422, "nonce_invalid")
}

// TestALicenseKeyOpensItsLicenseAlone presents a license key to every other route, and all that is no license key to its own.
func TestALicenseKeyOpensItsLicenseAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
	c.openShop()
	id, secret := c.license(nil)
	_, others := c.license(nil)
	events := len(b.events())
	for _, r := range routes {
		c.run(t, r.ID, func(t *testing.T) {
			switch {
			case r.Roles == nil:
			case r.ID == "list-license-keys":
				c.get(r.Path, by(secret)).is(200)
			case !r.OfLicense():
				c.do(r.Method, fill(r.Path), nil, by(secret)).refused(401, "unauthenticated")
				c.do(r.Method, fill(r.Path), nil, without("Authorization"), header("Authorization", "Bearer "+secret)).refused(401, "unauthenticated")
			default:
				for _, wrong := range []string{
					"", "License", "Bearer " + c.token, "License " + c.token, "Bearer " + secret, "License " + secret + "x", "License " + secret[:len(secret)-1],
					"License " + secret[:22] + others[22:], "License tallylic_AAAAAAAAAAAA" + secret[21:], "License tallylic_" + strings.Repeat("é", 28),
				} {
					a := c.do(r.Method, r.Path, object{"instance": "berlin"}, without("Authorization"), header("Authorization", wrong)).refused(401, "license_key_invalid")
					if a.header.Get("WWW-Authenticate") != "License" {
						t.Errorf("%s: WWW-Authenticate is %q", wrong, a.header.Get("WWW-Authenticate"))
					}
				}
			}
		})
	}
	if n := len(b.events()) - events; n != 0 {
		t.Errorf("%d events were written", n)
	}
	rotated := c.post("/v1/licenses/"+id+"/rotate-key", nil).is(200)
	c.activates(secret, "berlin").refused(401, "license_key_invalid")
	c.activates(rotated.text("key"), "berlin").is(201)
}
