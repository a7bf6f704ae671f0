package api

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestDowngrade lets a cheaper price wait for the period's end. The next period is billed at that price.
func TestDowngrade(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "team-month", 3)
	path := of("acme")
	c.post(path+"/downgrade?dry_run=true", object{"price": "pro-month"}).is(200).
		says(object{"events.0.type": "subscription.change_scheduled.v1", "events.1": nil, "invoice": nil})
	waits := c.post(path+"/downgrade", object{"price": "pro-month"}).is(200).says(object{
		"subscription.price": "team-month", "subscription.pending_change.kind": "price", "subscription.pending_change.price": "pro-month",
		"subscription.pending_change.seats": 3, "invoice": nil,
	})
	waits.says(object{"subscription.pending_change.effective_at": waits.at("subscription.current_period.end")})
	c.get(path+"/upcoming-invoice", waits.position()).is(200).says(object{"total.amount": "36.00"})
	c.delete(path + "/pending-change").is(200).says(object{"subscription.pending_change": nil, "invoice": nil})
	c.get(path + "/upcoming-invoice").is(200).says(object{"total.amount": "60.00"})
	waits = c.post(path+"/downgrade", object{"price": "pro-month"}).is(200)
	b.advance(32 * 24 * time.Hour)
	c.get(path, waits.position()).is(200).says(object{"price": "pro-month", "pending_change": nil})
	// The next command finds it done, with the invoice of the period that began meanwhile.
	last := c.put(path+"/collection", object{"collection": "automatic"}).is(200).says(object{"subscription.price": "pro-month", "invoice": nil})
	c.get("/v1/workspaces/acme/invoices", last.position()).is(200).
		says(object{"data.1.reason": "renewal", "data.1.total.amount": "36.00", "data.2": nil})
}

// TestFewerSeats: seats that nobody has can be given back, and are there until the period's end.
func TestFewerSeats(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 5)
	c.seat("acme", "ada", "admin")
	c.seat("acme", "bob", "member")
	path := of("acme")
	c.post(path+"/seats/remove-unused?dry_run=true", nil).is(200).says(object{"events.0.data.seats": 2})
	c.post(path+"/seats/remove-unused", nil).is(200).says(object{
		"subscription.seats": 5, "subscription.pending_change.kind": "seats", "subscription.pending_change.seats": 2, "invoice": nil,
	})
	// Who comes meanwhile keeps the seat.
	joined := c.seat("acme", "eve", "member")
	c.get(path+"/upcoming-invoice", joined.position()).is(200).says(object{"lines.0.quantity": 3, "total.amount": "36.00"})
	b.advance(32 * 24 * time.Hour)
	last := c.post(path+"/seats", object{"seats": 4}).is(200).says(object{"subscription.seats": 4})
	c.get("/v1/workspaces/acme/seats", last.position()).is(200).says(object{"purchased": 4, "allocated": 3})
}

// TestWaitingChange: where money is collected a change waits for it, and happens as it was priced or not at all.
func TestWaitingChange(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.collect("acme", "pro-month", 2)
	path := of("acme")
	dry := c.post(path+"/upgrade?dry_run=true", object{"price": "team-month"}).is(200).says(object{
		"events.0.type": "subscription.update_pending.v1", "invoice.status": "open", "invoice.number": nil, "invoice.amount_due.amount": "16.00",
	})
	priced := c.post(path+"/proration-preview", object{"price": "team-month"}).is(200)
	waits := c.post(path+"/upgrade", object{"price": "team-month", "quote": priced.at("quote")}).is(202).says(object{
		"subscription.price": "pro-month", "subscription.pending_update.kind": "upgrade", "subscription.pending_update.price": "team-month",
	})
	waits.says(object{"subscription.pending_update.invoice": waits.at("invoice"), "subscription.pending_update.quote": priced.at("quote")})
	c.get(path, waits.position()).is(200).says(object{"pending_update.quote": priced.at("quote")})
	open := c.get("/v1/invoices/"+waits.text("invoice"), waits.position()).is(200).says(object{"status": "open", "amount_due.amount": "16.00"})
	sameLines(t, priced, open)
	for _, name := range []string{"workspace", "reason", "payment_status", "subtotal", "tax", "total", "credit_applied", "period", "overdue"} {
		open.says(object{name: dry.at("invoice." + name)})
	}
	for _, more := range []object{{"price": "team-month"}, {"seats": 3}} {
		c.post(path+"/proration-preview", more).refused(409, "change_in_progress")
	}
	c.post(path+"/seats", object{"seats": 3}).refused(409, "change_in_progress").
		says(object{"available_actions": []any{"cancel_pending_update", "cancel", "apply_discount"}})
	b.advance(22 * time.Hour)
	paid := c.settle(waits)
	c.get(path, paid.position()).is(200).says(object{"price": "team-month", "pending_update": nil, "status": "active"})

	// What is not paid expires, and what was paid of it is credit.
	more := c.post(path+"/seats", object{"seats": 3}).is(202).says(object{"subscription.pending_update.quote": nil})
	money := object{"amount": object{"amount": "1.00", "currency": "USD"}, "reference": "part"}
	part := c.post("/v1/invoices/"+more.text("invoice")+"/record-payment", money).is(200).says(object{"status": "open"})
	b.advance(23 * time.Hour)
	c.get(path, part.position()).is(200).says(object{"seats": 2, "pending_update": nil})
	again := c.post(path+"/seats", object{"seats": 3}).is(202)
	c.get("/v1/invoices/"+more.text("invoice"), again.position()).is(200).says(object{"status": "voided"})
	c.get("/v1/invoices/" + again.text("invoice")).is(200).says(object{"credit_applied.amount": "1.00"})

	// And so is what is taken back.
	c.delete(path + "/pending-update?dry_run=true").is(200).says(object{"events.0.type": "subscription.update_canceled.v1"})
	back := c.delete(path + "/pending-update").is(200).says(object{"subscription.pending_update": nil, "invoice": nil})
	c.get("/v1/invoices/"+again.text("invoice"), back.position()).is(200).says(object{"status": "voided", "number": nil})
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"credit.amount": "1.00", "receivable.amount": "0.00"})
}

// TestAmountsOfOtherCurrencies: amounts have the digits that their currency has, in a quote as on its invoice.
func TestAmountsOfOtherCurrencies(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	for currency, want := range map[string]struct{ unit, total, none string }{
		"JPY": {"1200", "2400", "0"},
		"KWD": {"3.125", "6.250", "0.000"},
		"CLF": {"0.0125", "0.0250", "0.0000"},
	} {
		c.run(t, currency, func(t *testing.T) {
			c.post("/v1/products/pro/prices", object{"code": currency, "currency": currency, "interval": "month", "unit_amount": want.unit}).is(201)
			c.buy(currency, currency, 1)
			preview := c.post(of(currency)+"/proration-preview", object{"seats": 3}).is(200).says(object{
				"currency": currency, "subtotal": object{"amount": want.total, "currency": currency}, "discount.amount": want.none,
				"tax.amount": want.none, "credit_applied.amount": want.none, "amount_due.amount": want.total, "lines.0.amount.amount": want.total,
			})
			more := c.post(of(currency)+"/seats", object{"seats": 3, "quote": preview.at("quote")}).is(200)
			sameLines(t, preview, c.get("/v1/invoices/"+more.text("invoice"), more.position()).is(200).says(object{"total.amount": want.total}))
			c.get(of(currency) + "/upcoming-invoice").is(200).says(object{"currency": currency, "credit_applied.amount": want.none})
		})
	}
	for _, unknown := range []string{"XXX", "jpy", "XAU", "US"} {
		c.run(t, "not "+unknown, func(t *testing.T) {
			c.post("/v1/products/pro/prices", object{"code": "x", "currency": unknown, "interval": "month", "unit_amount": "1"}).
				refused(422, "currency_unknown").says(object{"errors.0.pointer": "/currency"})
		})
	}
}

// TestManyChanges has many ask for the same change at once: it is billed once.
func TestManyChanges(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 2)
	quote := c.quote("acme", object{"seats": 4})
	var answers tally
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			a, err := c.quick(http.MethodPost, of("acme")+"/seats", object{"seats": 4, "quote": quote})
			if err != nil {
				t.Error(err)
				return
			}
			answers.add(a)
		})
	}
	callers.Wait()
	answers.is(t, map[string]int{"200": 1, "409 quote_stale": 19})
	billed := 0
	for _, e := range b.events() {
		if e.Type == "subscription.billed.v1" {
			billed++
		}
	}
	if billed != 2 {
		t.Errorf("%d bills", billed)
	}
}
