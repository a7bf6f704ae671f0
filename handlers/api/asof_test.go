package api

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
)

// TestStreamAsOf looks at what streams were at positions and times.
func TestStreamAsOf(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.buy("acme", "pro-month", 2)
	now := c.get("/v1/streams/subscription:acme").is(200)
	position := func(a *answered) int {
		t.Helper()
		n, err := strconv.Atoi(a.header.Get("Ledger-Position"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	bought := position(now)
	now.says(object{"stream": "subscription:acme", "state.seats": 2, "state.status": "active", "as_of.position": bought})
	opened := now.text("as_of.time")
	c.advance("2026-01-25T00:00:00Z")
	c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 5}).is(200)
	more := c.get("/v1/streams/subscription:acme").is(200).says(object{"state.seats": 5})
	version := more.number("version")

	for asOf, want := range map[string]object{
		"":                            {"state.seats": 5, "version": version, "as_of.position": position(more)},
		fmt.Sprint(position(more)):    {"state.seats": 5, "as_of.position": position(more)},
		fmt.Sprint(bought):            {"state.seats": 2, "as_of.position": bought, "as_of.time": opened},
		opened:                        {"state.seats": 2, "as_of.position": bought, "as_of.time": opened},
		"2026-01-24T23:59:59.999999Z": {"state.seats": 2, "as_of.time": "2026-01-24T23:59:59.999999Z"},
		"2026-01-25T00:00:00Z":        {"state.seats": 5},
		"2026-01-25T01:00:00+01:00":   {"state.seats": 5, "as_of.time": "2026-01-25T00:00:00Z"},
		"0":                           {"state": nil, "version": 0, "as_of.position": 0},
		"1970-01-01T00:00:00Z":        {"state": nil, "version": 0, "as_of.position": 0},
	} {
		c.run(t, asOf, func(t *testing.T) {
			c.get("/v1/streams/subscription:acme?as_of=" + url.QueryEscape(asOf)).is(200).says(want)
		})
	}
	for asOf, code := range map[string]string{
		fmt.Sprint(position(more) + 1): "422 as_of_unknown",
		"2026-01-25T00:00:00.000001Z":  "422 as_of_unknown",
		"yesterday":                    "400 parameter_invalid",
		"007":                          "400 parameter_invalid",
		"99999999999999999999":         "400 parameter_invalid",
		"2026-01-25":                   "400 parameter_invalid",
		"2026-01-25T00:00:00.0000001Z": "400 parameter_invalid",
		"-1":                           "400 parameter_invalid",
	} {
		c.run(t, asOf, func(t *testing.T) {
			var status int
			var word string
			_, _ = fmt.Sscan(code, &status, &word)
			c.get("/v1/streams/subscription:acme?as_of="+url.QueryEscape(asOf)).refused(status, word)
		})
	}
	c.get("/v1/streams/subscription:nobody").is(200).says(object{"state": nil, "version": 0})
	c.get("/v1/streams/nothing:acme").refused(404, "stream_not_found")
	c.get("/v1/streams/seating:acme").is(200).says(object{"state.limits.purchased": 5})
	c.get("/v1/streams/catalog:main").is(200)
}
