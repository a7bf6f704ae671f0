package api

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSeatUsage follows a workspace for three days.
func TestSeatUsage(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	b.advance(time.Date(2130, 7, 1, 10, 0, 0, 0, time.UTC).Sub(b.now()))
	c.openShop()
	c.buy("acme", "pro-month", 4)
	c.seat("acme", "ada", "admin")
	c.seat("acme", "bob", "member")
	c.seat("acme", "gil", "guest")
	lapses := b.now().Add(time.Hour).UTC().Format(time.RFC3339)
	c.post("/v1/workspaces/acme/seats", object{"member": "eve", "role": "member", "state": "invited", "expires_at": lapses}).is(201)
	b.advance(48 * time.Hour)
	last := c.delete("/v1/workspaces/acme/seats/bob").is(200)
	c.get("/v1/workspaces/acme/seats/usage?from=2130-06-30&to=2130-07-31", last.position()).is(200).says(object{
		"time_zone": "UTC", "seat_days": 5,
		"data.0": object{"date": "2130-06-30", "allocated": 0, "purchased": 0, "high_water": 0},
		"data.1": object{"date": "2130-07-01", "allocated": 2, "purchased": 4, "high_water": 3},
		"data.2": object{"date": "2130-07-02", "allocated": 2, "purchased": 4, "high_water": 2},
		"data.3": object{"date": "2130-07-03", "allocated": 1, "purchased": 4, "high_water": 2},
		"data.4": nil,
	})
	c.get("/v1/workspaces/acme/seats/usage?from=2130-07-04&to=2130-07-31").is(200).says(object{"data": []any{}, "seat_days": 0})
	c.get("/v1/workspaces/nobody/seats/usage?from=2130-07-03&to=2130-07-04").is(200).
		says(object{"time_zone": "UTC", "data": []any{object{"date": "2130-07-03", "allocated": 0, "purchased": 3, "high_water": 0}}})
}

// TestLateDeadlinesCountOnTime: what is carried out late is as of its own instant.
func TestLateDeadlinesCountOnTime(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	b.advance(time.Date(2130, 7, 1, 10, 0, 0, 0, time.UTC).Sub(b.now()))
	c.openShop()
	c.buy("acme", "pro-month", 4)
	c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 2}).is(200)
	b.advance(33 * 24 * time.Hour)
	last := c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 3}).is(200)
	c.get("/v1/workspaces/acme/seats/usage?from=2130-07-31&to=2130-09-01", last.position()).is(200).says(object{
		"data.0.purchased": 4, "data.1.purchased": 2, "data.2.purchased": 2, "data.3.purchased": 3, "data.4": nil,
	})
}

// TestUsageNeedsDays: what is missing or makes no range is named.
func TestUsageNeedsDays(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	for query, named := range map[string]string{
		"":                                "from ",
		"?from=2026-01-01":                "to ",
		"?to=2026-01-01":                  "from ",
		"?from=&to=2026-01-01":            "from ",
		"?from=2026-02-30&to=2026-03-01":  "from ",
		"?from=2026-1-1&to=2026-03-01":    "from ",
		"?from=2026-01-01&to=2026-13-01":  "to ",
		"?from=2026-01-01&to=2026-01-01":  "to ",
		"?from=2026-01-02&to=2026-01-01":  "to ",
		"?from=2026-01-01&to=2027-02-06":  "to ",
		"?from=0000-01-01&to=2027-02-06":  "from ",
		"?from=2026-01-01T00:00:00Z&to=2": "",
	} {
		c.run(t, query, func(t *testing.T) {
			a := c.get("/v1/workspaces/acme/seats/usage"+query).refused(http.StatusBadRequest, "parameter_invalid")
			if !strings.HasPrefix(a.text("detail"), named) {
				t.Errorf("%s: %s", query, a.text("detail"))
			}
		})
	}
	c.get("/v1/workspaces/acme/seats/usage?from=2026-01-01&to=2027-02-05").is(200)
	if a := c.get("/v1/workspaces/acme/member-payments").refused(http.StatusBadRequest, "parameter_invalid"); !strings.HasPrefix(a.text("detail"), "invoice ") {
		t.Error(a.text("detail"))
	}
}

// TestMemberPayments: shares and what is unassigned are the invoice.
func TestMemberPayments(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	b.advance(time.Date(2130, 7, 1, 10, 0, 0, 0, time.UTC).Sub(b.now()))
	c.openShop()
	bought := c.buy("acme", "pro-month", 4)
	c.seat("acme", "bob", "member")
	c.seat("acme", "ada", "admin")
	last := c.seat("acme", "gil", "guest")
	path := "/v1/workspaces/acme/member-payments?invoice=" + bought.text("invoice")
	usd := func(amount string) object { return object{"amount": amount, "currency": "USD"} }
	shares := object{
		"invoice": bought.text("invoice"), "currency": "USD", "final": false,
		"shares": []any{
			object{"member": "ada", "seat_days": 31, "amount": usd("12.00")}, object{"member": "bob", "seat_days": 31, "amount": usd("12.00")},
		},
		"unassigned": object{"seat_days": 62, "amount": usd("24.00")},
	}
	c.get(path, last.position()).is(200).says(shares)
	b.advance(31 * 24 * time.Hour)
	shares["final"], shares["as_of"] = true, "2130-08-01T00:00:00Z"
	c.get(path).is(200).says(shares)
	c.get(strings.Replace(path, "acme", "birch", 1)).refused(404, "invoice_not_found")
}

// TestMemberOfTheNameOfAPath: a member may have the name of a path.
func TestMemberOfTheNameOfAPath(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.seat("acme", "usage", "member")
	request, err := http.NewRequest(http.MethodDelete, c.base+"/v1/workspaces/acme/seats/usage", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Idempotency-Key", "release")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("release: %d", response.StatusCode)
	}
}
