package api

import (
	"testing"
	"time"
)

// offers gives what is said of each price that a workspace is offered.
func (c *client) offers(workspace string, more ...with) map[string]object {
	c.t.Helper()
	found := map[string]object{}
	for _, product := range c.get("/v1/workspaces/"+workspace+"/products", more...).is(200).at("data").([]any) {
		for _, price := range product.(object)["prices"].([]any) {
			found[price.(object)["price"].(string)] = price.(object)
		}
	}
	return found
}

func TestOffers(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.get("/v1/workspaces/acme/products").is(200).says(object{"billable_members": 0, "data": []any{}})
	c.openShop()
	expect := func(workspace string, want map[string]string) {
		t.Helper()
		found := c.offers(workspace)
		for price, change := range want {
			if found[price]["change"] != change {
				t.Errorf("%s: %s is %v, want %s", workspace, price, found[price], change)
			}
		}
		if len(found) != len(want) {
			t.Errorf("%s: %d prices, want %d", workspace, len(found), len(want))
		}
	}
	none := map[string]string{
		"pro-month": "new", "pro-year": "new", "pro-eur": "new", "pro-try": "new", "team-month": "new", "team-eur": "new",
		"team-many": "new", "team-try": "new", "desk-try": "new",
	}
	expect("acme", none)
	c.seat("acme", "ada", "admin")
	c.seat("acme", "gil", "guest")
	c.post("/v1/workspaces/acme/seats", object{"member": "bob", "role": "member", "state": "invited", "expires_at": b.now().Add(time.Hour).UTC().Truncate(time.Second)}).is(201)
	c.get("/v1/workspaces/acme/products").is(200).says(object{
		"billable_members": 2, "data.0.product": "pro", "data.1.product": "team", "data.2.product": "desk", "data.3": nil,
		"data.0.prices.1": object{
			"price": "pro-year", "seats": 2, "change": "new", "subtotal": object{"amount": "241.00", "currency": "USD"},
			"tax": object{"amount": "0.00", "currency": "USD"}, "total": object{"amount": "241.00", "currency": "USD"},
		},
		"data.1.prices.0.price": "team-month", "data.1.prices.2.price": "team-many", "data.1.prices.2.seats": 50,
		"data.1.prices.3.subtotal.amount": "40.00", "data.1.prices.3.tax.amount": "7.60", "data.1.prices.3.total.amount": "47.60",
	})
	b.advance(2 * time.Hour)
	c.get("/v1/workspaces/acme/products").is(200).says(object{"billable_members": 1, "data.0.prices.0.seats": 1, "data.1.prices.0.seats": 2})
	bought := c.buy("acme", "pro-year", 6)
	var last *answered
	for _, member := range []string{"b", "c", "d", "e", "f"} {
		last = c.seat("acme", member, "member")
	}
	a := c.get("/v1/workspaces/acme/products").is(200).says(object{"billable_members": 6})
	if a.header.Get("ETag") != bought.header.Get("ETag") || a.header.Get("Ledger-Position") != last.header.Get("Ledger-Position") {
		t.Errorf("%v after %v", a.header, bought.header)
	}
	// team-month takes at most 5 seats.
	expect("acme", map[string]string{
		"pro-month": "downgrade", "pro-year": "current", "pro-eur": "new", "pro-try": "downgrade", "team-eur": "new",
		"team-many": "upgrade", "team-try": "upgrade", "desk-try": "downgrade",
	})
	tried := map[string]string{
		"pro-month": "downgrade", "pro-year": "upgrade", "pro-eur": "new", "pro-try": "current", "team-month": "upgrade",
		"team-eur": "new", "team-many": "upgrade", "team-try": "upgrade", "desk-try": "new",
	}
	c.tryOut("birch", "pro-try", 1)
	expect("birch", tried)
	b.advance(20 * 24 * time.Hour)
	expect("birch", none)
	c.post("/v1/workspaces/cedar/subscription", object{"price": "pro-month", "seats": 1, "collection": "automatic"}).is(202)
	expect("cedar", none)
	c.get("/v1/workspaces/acme/products", header("Min-Position", "100000")).refused(503, "read_model_behind")
}
