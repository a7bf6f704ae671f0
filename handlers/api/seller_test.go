package api

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"testing"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	aSeller = object{"legal_name": "Acme Ltd", "address": "1 High Street\nLeeds", "country": "GB"}
	allOfIt = object{"legal_name": "Acme GmbH", "address": "Köln", "country": "DE", "tax_id": "DE1", "registration": "HRB 1", "email": "a@b",
		"phone": "+49 1", "website": "https://example.com", "bank": object{"name": "Bank", "account": "1-2", "bic": "WESTGB2L"},
		"terms": "Pay.\nPlease.", "footer": "Thanks", "invoice_prefix": "R-", "credit_note_prefix": "", "yearly_numbers": true,
		"time_zone": "Europe/Berlin"}
)

func TestSeller(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.get("/v1/seller").refused(404, "seller_not_found")
	c.put("/v1/seller?dry_run=true", aSeller).is(200).says(object{"events.0.type": "seller.set.v1", "events.1": nil})
	c.get("/v1/seller").refused(404, "seller_not_found")
	set := c.put("/v1/seller", aSeller).is(200).says(aSeller).says(object{
		"tax_id": nil, "bank": nil, "logo": nil, "invoice_prefix": "INV-", "credit_note_prefix": "CN-", "yearly_numbers": false, "time_zone": "UTC",
	})
	shown := c.get("/v1/seller", set.position()).is(200)
	if !bytes.Equal(set.body, shown.body) || set.header.Get("ETag") != `"v1"` || shown.header.Get("ETag") != `"v1"` {
		t.Errorf("set %s %s\nshown %s %s", set.body, set.header.Get("ETag"), shown.body, shown.header.Get("ETag"))
	}
	if again := c.put("/v1/seller", aSeller).is(200); again.header.Get("ETag") != `"v1"` {
		t.Errorf("the same again: %v", again.header)
	}
	c.put("/v1/seller", allOfIt, header("If-Match", `"v2"`)).refused(412, eventstore.CodeVersionMismatch)
	c.put("/v1/seller", allOfIt, header("If-Match", `"v1"`)).is(200).says(object{
		"bank.account": "1-2", "bank.iban": nil, "credit_note_prefix": "", "yearly_numbers": true, "terms": "Pay.\nPlease.", "logo": nil,
	})

	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewGray(image.Rect(0, 0, 240, 80))); err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString(logo.Bytes())
	c.put("/v1/seller", object{"legal_name": "A", "address": "B", "country": "GB", "logo": encoded}).is(200).says(object{"logo": encoded, "terms": nil})

	for _, role := range []endpoint.Role{endpoint.RoleFinance, endpoint.RoleAuditor} {
		reader := client{t: t, base: c.base, token: b.token(b.ledger, role)}
		reader.get("/v1/seller").is(200).says(object{"legal_name": "A", "bank": nil})
		reader.put("/v1/seller", aSeller).refused(403, "role_not_allowed")
	}
}

func TestWhatASellerNeeds(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	for _, field := range []string{"legal_name", "address", "country"} {
		c.run(t, field, func(t *testing.T) {
			without := object{}
			for name, value := range aSeller {
				if name != field {
					without[name] = value
				}
			}
			if a := c.put("/v1/seller", without); a.status != http.StatusUnprocessableEntity || a.text("errors.0.pointer") != "/"+field {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	c.put("/v1/seller", object{"legal_name": " ", "address": "\n", "country": "gb", "invoice_prefix": "INV2"}).refused(422, "legal_name_invalid").says(object{
		"errors.0.pointer": "/legal_name", "errors.1.pointer": "/address", "errors.2.pointer": "/country", "errors.3.pointer": "/invoice_prefix",
	})
	// The largest logo is no body too large, and the next is refused by its own rule.
	c.put("/v1/seller", object{"legal_name": "A", "address": "B", "country": "GB", "logo": base64.StdEncoding.EncodeToString(make([]byte, 64<<10))}).
		refused(422, "logo_invalid")
	c.put("/v1/seller", object{"legal_name": "A", "address": "B", "country": "GB", "logo": base64.StdEncoding.EncodeToString(make([]byte, 64<<10+1))}).
		refused(422, "logo_too_large")
}
