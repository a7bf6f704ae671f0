package api

import (
	"maps"
	"testing"
	"time"
)

// sellAs sets the seller's profile with some fields changed.
func (c *client) sellAs(change object) *answered {
	c.t.Helper()
	profile := maps.Clone(aSeller)
	maps.Copy(profile, change)
	return c.put("/v1/seller", profile).is(200)
}

// numberOf gives the number and the seller of the invoice that an answer names.
func (c *client) numberOf(a *answered) (number string, seller any) {
	c.t.Helper()
	shown := c.get("/v1/invoices/"+a.text("invoice"), a.position()).is(200)
	return shown.text("number"), shown.at("seller")
}

// What stands before the digits is a series, gap-free from 1, whatever settings led to it, and a document names the profile
// that it was issued with.
func TestNumbersOfSeries(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.advance("2030-06-01")
	bill := func(workspace, number string, seller any) string {
		t.Helper()
		a := c.buy(workspace, "pro-month", 1)
		if got, by := c.numberOf(a); got != number || by != seller {
			t.Errorf("%s of seller %v, want %s of %v", got, by, number, seller)
		}
		return "/v1/invoices/" + a.text("invoice")
	}
	note := func(invoice, number string, seller any) {
		t.Helper()
		c.post(invoice+"/credit-notes", object{"amount": dollars("1.00"), "reason": "sorry"}).is(201).says(object{"number": number, "seller": seller})
	}
	bill("a", "INV-000001", nil)
	c.sellAs(nil)
	second := bill("b", "INV-000002", 1.0)
	note(second, "CN-000001", 1)
	c.sellAs(object{"credit_note_prefix": "INV-"})
	note(second, "INV-000003", 2)
	third := bill("c", "INV-000004", 2.0)
	c.sellAs(object{"yearly_numbers": true, "time_zone": "Pacific/Auckland"})
	bill("d", "INV-2030-000001", 3.0)
	note(third, "CN-2030-000001", 3)
	c.sellAs(object{"invoice_prefix": "INV-2030-"})
	bill("e", "INV-2030-000002", 4.0)
	c.sellAs(nil)
	bill("f", "INV-000005", 5.0)
	note(third, "CN-000002", 5)
	c.get(second).is(200).says(object{"number": "INV-000002", "seller": 1})
}

// The year of a number is that of the issue in the seller's zone, also of what is carried out on the way.
func TestNumbersOfYears(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.sellAs(object{"yearly_numbers": true, "time_zone": "Europe/Berlin", "invoice_prefix": ""})
	c.advance("2030-11-30T23:30:00Z")
	bought := c.post("/v1/workspaces/acme/subscription", object{"price": "pro-month", "seats": 1, "collection": "send_invoice", "time_zone": "Europe/London"}).is(201)
	if number, _ := c.numberOf(bought); number != "2030-000001" {
		t.Errorf("number %s", number)
	}
	c.advance("2030-12-31T22:59:59Z")
	last := c.buy("birch", "pro-month", 1)
	if number, _ := c.numberOf(last); number != "2030-000003" {
		t.Errorf("number %s, after that of the renewal before", number)
	}
	c.advance("2030-12-31T23:00:00Z")
	first := c.buy("cedar", "pro-month", 1)
	if number, _ := c.numberOf(first); number != "2031-000001" {
		t.Errorf("number %s", number)
	}
}

// What is issued late continues the year that it is of.
func TestLateNumbersContinueTheirYear(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	stand := func(month time.Month, day int) {
		year := 2030
		if month < time.June {
			year++
		}
		b.clock.Store(new(time.Date(year, month, day, 12, 0, 0, 0, time.UTC)))
	}
	stand(time.November, 20)
	c.openShop()
	c.sellAs(object{"yearly_numbers": true})
	c.buy("late", "pro-month", 1)
	stand(time.January, 10)
	if number, _ := c.numberOf(c.buy("first", "pro-month", 1)); number != "INV-2031-000001" {
		t.Errorf("number %s", number)
	}
	// Only now the renewal of December is carried out.
	credited := c.post("/v1/workspaces/late/credits", object{"amount": dollars("1.00"), "reason": "sorry"}).is(201)
	c.get("/v1/workspaces/late/invoices", credited.position()).is(200).says(object{
		"data.0.number": "INV-2030-000001", "data.1.issued_at": "2030-12-20T00:00:00Z", "data.1.number": "INV-2030-000002",
	})
}
