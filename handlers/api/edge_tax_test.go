package api

import (
	"strings"
	"testing"
)

// taxShop sells at two tiers with tax on the price, and at one with tax in it.
func (c *client) taxShop() {
	c.t.Helper()
	for i, code := range []string{"one", "two"} {
		c.post("/v1/products", object{"code": code, "name": code, "tier": i}).is(201)
	}
	for code, of := range map[string][2]string{"one": {"100.00", "exclusive"}, "two": {"200.00", "exclusive"}, "in": {"120.00", "inclusive"}} {
		product := code
		if code == "in" {
			product = "one"
		}
		c.post("/v1/products/"+product+"/prices", object{
			"code": code, "currency": "USD", "interval": "month", "unit_amount": of[0], "tax_rate": "0.2", "tax_behavior": of[1], "trial_days": 7,
		}).is(201)
	}
}

func (c *client) tax(workspace string, set object) *answered {
	c.t.Helper()
	return c.put("/v1/workspaces/"+workspace+"/tax", set).is(200)
}

func (c *client) billOf(a *answered) *answered {
	c.t.Helper()
	return c.get("/v1/invoices/"+a.text("invoice"), a.position()).is(200)
}

var (
	exempt  = object{"status": "exempt", "reason": "Charity"}
	reverse = object{"status": "reverse_charge"}
	ownRate = object{"status": "standard", "rate": "0.1"}
)

// Each treatment on each kind of price: what an inclusive price comes to stays what is to be paid.
func TestTaxOfACustomer(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	c.get("/v1/workspaces/new/tax").is(200).says(object{"status": "standard", "rate": nil, "reason": nil})
	for name, test := range map[string]struct {
		set   object
		price string
		want  object
	}{
		"standard":            {nil, "one", object{"subtotal.amount": "100.00", "tax.amount": "20.00", "total.amount": "120.00", "lines.0.tax_treatment": "standard"}},
		"exempt":              {exempt, "one", object{"subtotal.amount": "100.00", "tax.amount": "0.00", "total.amount": "100.00", "lines.0.tax_treatment": "exempt", "lines.0.tax_reason": "Charity"}},
		"reverse":             {reverse, "one", object{"tax.amount": "0.00", "total.amount": "100.00", "lines.0.tax_treatment": "reverse_charge", "lines.0.tax_reason": nil}},
		"own-rate":            {ownRate, "one", object{"tax.amount": "10.00", "total.amount": "110.00", "lines.0.tax_treatment": "standard"}},
		"standard-inclusive":  {nil, "in", object{"subtotal.amount": "100.00", "tax.amount": "20.00", "total.amount": "120.00"}},
		"exempt-inclusive":    {exempt, "in", object{"subtotal.amount": "120.00", "tax.amount": "0.00", "total.amount": "120.00"}},
		"reverse-inclusive":   {reverse, "in", object{"subtotal.amount": "120.00", "tax.amount": "0.00", "total.amount": "120.00"}},
		"own-rate-inclusive":  {ownRate, "in", object{"subtotal.amount": "109.09", "tax.amount": "10.91", "total.amount": "120.00"}},
		"standard-once-again": {object{"status": "standard"}, "one", object{"total.amount": "120.00"}},
	} {
		c.run(t, name, func(*testing.T) {
			if test.set != nil {
				c.tax(name, exempt)
				c.tax(name, test.set).says(test.set)
			}
			offers := c.get("/v1/workspaces/" + name + "/products").is(200)
			c.billOf(c.buy(name, test.price, 1)).says(test.want)
			if test.price == "one" && offers.at("data.0.prices.0.total") == nil {
				t.Errorf("no offer: %s", offers.body)
			}
		})
	}
	c.tax("offered", exempt)
	c.get("/v1/workspaces/offered/products").is(200).says(object{"data.1.prices.0.tax.amount": "0.00", "data.1.prices.0.total.amount": "200.00"})
}

// What is set holds from then on: each way of billing has the tax of its day, and a credit gives back the tax that was charged.
func TestTaxHoldsFromThenOn(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	c.waitForMoney()
	first := c.buy("acme", "one", 1)
	c.billOf(first).says(object{"tax.amount": "20.00"})
	c.tax("acme", exempt)
	c.get(of("acme") + "/upcoming-invoice").is(200).says(object{"tax.amount": "0.00", "total.amount": "100.00"})
	c.advance("2026-01-16T12:00:00Z")
	// Half of the month back with its tax, and half of the better plan without.
	c.post(of("acme")+"/proration-preview", object{"price": "two"}).is(200).says(object{
		"lines.0.amount.amount": "-51.61", "lines.0.tax.amount": "-10.32", "lines.1.amount.amount": "103.23", "lines.1.tax.amount": "0.00",
	})
	c.billOf(c.post(of("acme")+"/upgrade", object{"price": "two"}).is(200)).says(object{
		"lines.0.tax.amount": "-10.32", "lines.0.tax_treatment": "standard", "lines.1.tax.amount": "0.00", "lines.1.tax_treatment": "exempt",
		"tax.amount": "-10.32", "total.amount": "41.30",
	})
	c.billOf(c.post(of("acme")+"/seats", object{"seats": 2}).is(200)).says(object{"tax.amount": "0.00", "total.amount": "103.23"})
	renewed := c.advance("2026-02-01")
	c.get("/v1/workspaces/acme/invoices?limit=100", renewed.position()).is(200).says(object{"data.3.reason": "renewal", "data.3.total.amount": "400.00"})
	c.tax("acme", ownRate)
	// The renewal was exempt: so is what a credit note gives back of it.
	renewal := c.get("/v1/workspaces/acme/invoices?limit=100").text("data.3.id")
	c.post("/v1/invoices/"+renewal+"/credit-notes", object{"amount": dollars("40.00"), "reason": "sorry"}).is(201).says(object{"tax.amount": "0.00"})
	c.post("/v1/invoices/"+first.text("invoice")+"/credit-notes", object{"amount": dollars("12.00"), "reason": "sorry"}).is(201).says(object{"tax.amount": "2.00"})
	next := c.advance("2026-03-01")
	c.get("/v1/workspaces/acme/invoices?limit=100", next.position()).is(200).says(object{"data.4.total.amount": "440.00", "data.4.tax.amount": "40.00"})
}

// Quotes and changes that wait for money keep the tax that they were priced with.
func TestTaxOfWhatWasQuoted(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	c.buy("quoted", "one", 1)
	quote := c.post(of("quoted")+"/proration-preview", object{"seats": 2}).is(200).says(object{"total.amount": "120.00"})
	c.tax("quoted", reverse)
	c.billOf(c.post(of("quoted")+"/seats", object{"seats": 2, "quote": quote.text("quote")}).is(200)).says(object{
		"total.amount": "120.00", "tax.amount": "20.00", "lines.0.tax_treatment": "standard",
	})
	again := c.post(of("quoted")+"/proration-preview", object{"seats": 3}).is(200).says(object{"total.amount": "100.00"})
	c.tax("quoted", object{"status": "standard"})
	c.billOf(c.post(of("quoted")+"/seats", object{"seats": 3, "quote": again.text("quote")}).is(200)).says(object{"total.amount": "100.00"})

	waiting := c.post(of("waits"), object{"price": "one", "seats": 1, "collection": "automatic"}).is(202)
	c.tax("waits", exempt)
	c.post("/v1/invoices/"+waiting.text("invoice")+"/record-payment", object{"amount": dollars("120.00"), "reference": "wire"}).is(200).
		says(object{"payment_status": "succeeded", "tax.amount": "20.00"})

	c.tax("tries", exempt)
	c.tryOut("tries", "one", 1)
	converted := c.post("/v1/workspaces/tries/trial/convert", object{"collection": "send_invoice"}).is(200)
	c.billOf(converted).says(object{"total.amount": "100.00", "tax.amount": "0.00"})

	c.tax("pauses", exempt)
	c.buy("pauses", "one", 1)
	c.post(of("pauses")+"/pause", object{}).is(200)
	c.tax("pauses", reverse)
	c.billOf(c.post(of("pauses")+"/resume", object{"anchor": "now"}).is(200)).says(object{"tax.amount": "0.00", "lines.0.tax_treatment": "reverse_charge"})
}

// What was due before is taxed as it was, however late it is carried out.
func TestTaxOfWhatWasDueBefore(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.taxShop()
	c.buy("acme", "one", 1)
	b.advance(40 * 24 * 60 * 60 * 1_000_000_000)
	set := c.tax("acme", exempt)
	c.get("/v1/workspaces/acme/invoices", set.position()).is(200).says(object{"data.1.reason": "renewal", "data.1.tax.amount": "20.00"})
}

// Documents have the words that the law wants.
func TestTaxOnPaper(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.taxShop()
	for name, test := range map[string]struct {
		set  object
		want string
	}{"exempt": {exempt, "Charity"}, "reverse": {reverse, "Reverse charge"}} {
		c.run(t, name, func(*testing.T) {
			c.tax(name, test.set)
			bought := c.buy(name, "one", 1)
			page := c.get("/v1/invoices/"+bought.text("invoice")+"/print", bought.position()).is(200)
			if !strings.Contains(string(page.body), test.want) {
				t.Errorf("%q is not on it: %s", test.want, page.body)
			}
		})
	}
}
