package api

import (
	"testing"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/stripe"
	"github.com/tallystick/tallystick/handlers/gateway/stripe/stripetest"
)

// differing expects one difference of a workspace, which says so, has it repaired unless it has no repair, and expects that nothing
// differs then.
func (c *client) differing(workspace string, says object) *answered {
	c.t.Helper()
	said := object{"differences.0.workspace": workspace, "differences.1": nil}
	for name, value := range says {
		said["differences.0."+name] = value
	}
	found := c.post("/v1/billing-sync", object{"workspace": workspace}).is(200).says(said)
	id := found.text("differences.0.id")
	c.post("/v1/billing-sync", object{"workspace": workspace}).is(200).says(object{"differences.0.id": id})
	if says["repair"] == nil {
		return c.post("/v1/billing-sync/repair", object{"differences": []any{id}}).is(200).says(object{"repaired": []any{}, "left.0.id": id, "left.0.code": "no_repair"})
	}
	repaired := c.post("/v1/billing-sync/repair", object{"differences": []any{id}}).is(200).says(object{"repaired": []any{id}, "left": []any{}})
	c.post("/v1/billing-sync", object{"workspace": workspace}, repaired.position()).is(200).says(object{"differences": []any{}})
	c.post("/v1/billing-sync/repair", object{"differences": []any{id}}).is(200).says(object{"repaired": []any{}, "left.0.code": "difference_gone"})
	return repaired
}

// TestBillingSync: what happened at the gateway and was not told is found, reported and repaired, and then nothing is found.
func TestBillingSync(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.sandbox = c.token
	c.openShop()
	c.post("/v1/billing-sync", object{}).is(200).says(object{"checked": 0, "differences": []any{}})
	c.run(t, "money that was sent back silently", func(t *testing.T) {
		payment, charge := c.charged("silent", "tok_ok")
		for _, amount := range []string{"6.00", "5.00"} {
			c.post("/v1/sandbox/charges/"+charge+"/refund", object{"amount": dollars(amount), "silent": true}).is(201)
		}
		found := c.post("/v1/billing-sync", object{"workspace": "silent"}).is(200).says(object{
			"checked": 4, "differences.0.kind": "refund_unknown", "differences.0.ours": nil, "differences.0.theirs": "6.00 USD",
			"differences.0.repair": "record_refund", "differences.1.theirs": "5.00 USD", "differences.2": nil,
		})
		repaired := c.post("/v1/billing-sync/repair", object{}).is(200).says(object{
			"repaired.0": found.text("differences.0.id"), "repaired.1": found.text("differences.1.id"), "left": []any{},
		})
		c.get("/v1/payments/"+payment, repaired.position()).is(200).says(object{"amount_refunded.amount": "11.00", "status": "succeeded"})
		c.get("/v1/refunds?workspace=silent", repaired.position()).is(200).says(object{
			"data.0.status": "succeeded", "data.0.reason": "gateway", "data.0.amount.amount": "6.00", "data.1.amount.amount": "5.00", "data.2": nil,
		})
		c.get("/v1/credit-notes?workspace=silent", repaired.position()).is(200).says(object{"data.0.reason": "gateway"})
		c.post("/v1/billing-sync", object{}).is(200).says(object{"differences": []any{}})
	})
	c.run(t, "a method that is gone", func(t *testing.T) {
		method := c.attach("gone", "tok_ok")
		c.post("/v1/sandbox/payment-methods/"+method+"/remove", nil).is(200)
		repaired := c.differing("gone", object{"kind": "method_gone", "object": method, "theirs": nil, "repair": "remove_payment_method"})
		c.get("/v1/workspaces/gone/payment-methods", repaired.position()).is(200).says(object{"data": []any{}})
	})
	c.run(t, "a charge that nobody answered", func(t *testing.T) {
		c.attach("unanswered", "tok_timeout_ok")
		payment := c.buyUnpaid("unanswered").text("payment.id")
		repaired := c.differing("unanswered", object{
			"kind": "payment_status", "object": payment, "ours": "unknown", "theirs": "succeeded", "repair": "answer_payment",
		})
		c.get(of("unanswered"), repaired.position()).is(200).says(object{"status": "active"})
	})
	c.run(t, "a refund that nobody answered", func(t *testing.T) {
		payment, _ := c.charged("back", "tok_refund_timeout")
		sent := c.post("/v1/payments/"+payment+"/refund", object{"amount": dollars("1.00"), "reason": "sorry"}).is(201).text("refund.id")
		c.advance(c.get("/v1/clock").is(200).text("now"))
		repaired := c.differing("back", object{"kind": "refund_status", "object": sent, "ours": "unknown", "theirs": "succeeded", "repair": "answer_refund"})
		c.get("/v1/refunds/"+sent, repaired.position()).is(200).says(object{"status": "succeeded"})
	})
	c.run(t, "the gateway is away", func(t *testing.T) {
		c.put("/v1/sandbox/gateway", object{"available": false}).is(200)
		c.post("/v1/billing-sync", object{}).refused(409, "gateway_unreachable")
		c.post("/v1/billing-sync/repair", object{}).refused(409, "gateway_unreachable")
		c.put("/v1/sandbox/gateway", object{}).is(200)
	})
	c.post("/v1/billing-sync", object{"workspace": "a b"}).refused(422, "name_invalid")
	c.post("/v1/billing-sync/repair", object{"differences": []any{"none"}}).is(200).says(object{"left.0": object{"id": "none", "code": "difference_gone"}})
	c.post("/v1/billing-sync", object{}).is(200).says(object{"differences": []any{}})
}

// TestBillingSyncFindsWhatTheLedgerNeverHeardOf: a ledger that was restored from an older backup has forgotten what the gateway
// knows, and a gateway may have forgotten something too.
func TestBillingSyncFindsWhatTheLedgerNeverHeardOf(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.sandbox = c.token
	c.openShop()
	payment, charge := c.charged("acme", "tok_ok")
	change := func(sql string, args ...any) {
		t.Helper()
		if _, err := b.admin.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	c.run(t, "a dispute", func(t *testing.T) {
		change(`INSERT INTO tallystick.sandbox_disputes (ledger_id, dispute_id, charge_id, reason, status, opened_at, evidence_due_at)
			VALUES ($1, 'dp_silent', $2, 'fraudulent', 'open', $3, $3)`, [16]byte(b.ledger.ID), charge, b.ledger.Clock)
		repaired := c.differing("acme", object{"kind": "dispute_unknown", "object": "dp_silent", "ours": nil, "theirs": "open", "repair": "record_dispute"})
		c.get("/v1/disputes/dp_silent", repaired.position()).is(200).says(object{"status": "open", "payment": payment})
		change(`UPDATE tallystick.sandbox_disputes SET status = 'lost', closed_at = opened_at WHERE dispute_id = 'dp_silent'`)
		repaired = c.differing("acme", object{"kind": "dispute_unknown", "object": "dp_silent", "ours": "open", "theirs": "lost", "repair": "record_dispute"})
		c.get("/v1/payments/"+payment, repaired.position()).is(200).says(object{"status": "reversed"})
	})
	c.run(t, "a charge", func(t *testing.T) {
		const unknown = "ch_unknown"
		change(`INSERT INTO tallystick.sandbox_charges (ledger_id, charge_id, key, payment, workspace, token, part, amount, currency, fee, succeeds_at, settles_at,
				requests, lookups, first_at, last_at, kind)
			SELECT ledger_id, $2, 'lost:1', 'lost', 'forgotten', token, part, amount, currency, fee, succeeds_at, settles_at, 1, 0, first_at, last_at, kind
			FROM tallystick.sandbox_charges
			WHERE ledger_id = $1 AND charge_id = $3`, [16]byte(b.ledger.ID), unknown, charge)
		c.differing("forgotten", object{"kind": "charge_unknown", "object": unknown, "ours": nil, "theirs": "succeeded", "repair": nil})
	})
	c.run(t, "another amount", func(t *testing.T) {
		paid, taken := c.charged("amount", "tok_ok")
		change(`UPDATE tallystick.sandbox_charges SET amount = amount + 1 WHERE charge_id = $1`, taken)
		c.differing("amount", object{"kind": "amount", "object": paid, "ours": "36.00 USD", "theirs": "37.00 USD", "repair": nil})
	})
	c.run(t, "no charge", func(t *testing.T) {
		paid, taken := c.charged("never", "tok_ok")
		change(`DELETE FROM tallystick.sandbox_charges WHERE charge_id = $1`, taken)
		c.differing("never", object{"kind": "payment_status", "object": paid, "ours": "succeeded", "theirs": nil, "repair": nil})
	})
	c.run(t, "money that the bank has back", func(t *testing.T) {
		paid, taken := c.charged("returned", "tok_ok")
		change(`UPDATE tallystick.sandbox_charges SET returned_at = first_at WHERE charge_id = $1`, taken)
		repaired := c.differing("returned", object{"kind": "payment_status", "object": paid, "ours": "succeeded", "theirs": "reversed", "repair": "reverse_payment"})
		c.get("/v1/payments/"+paid, repaired.position()).is(200).says(object{"status": "reversed"})
	})
}

// TestBillingSyncWithStripe: messages of Stripe's that never came are made up for.
func TestBillingSyncWithStripe(t *testing.T) {
	t.Parallel()
	m := stripes(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	intents := map[string]string{}
	for _, workspace := range []string{"sent-back", "disputed"} {
		m.collect(workspace, "pro-month", 3)
		m.pays(workspace, stripetest.Succeeds)
	}
	renewed := m.advance("2026-02-01T00:00:00Z")
	for _, workspace := range []string{"sent-back", "disputed"} {
		paid := m.get("/v1/workspaces/"+workspace+"/payments?gateway=stripe", renewed.position()).is(200).says(object{"data.0.status": "succeeded"})
		intents[workspace] = paid.text("data.0.gateway_reference")
	}
	m.post("/v1/billing-sync", object{}).is(200).says(object{"checked": 4, "differences": []any{}})
	m.run(t, "money that was sent back", func(*testing.T) {
		must(m.stripe.SendBack(intents["sent-back"], 600))
		m.differing("sent-back", object{"kind": "refund_unknown", "theirs": "6.00 USD", "repair": "record_refund"})
		for _, e := range m.stripe.Events() {
			m.hear(e.Body).is(200) // late, and nothing comes of it
		}
		m.post("/v1/billing-sync", object{}).is(200).says(object{"differences": []any{}})
	})
	m.run(t, "money that was sent back, and told in a sum", func(*testing.T) {
		must(m.stripe.SendBack(intents["sent-back"], 300))
		for _, e := range m.stripe.Events() {
			m.hear(e.Body).is(200)
		}
		m.post("/v1/billing-sync", object{}).is(200).says(object{"differences": []any{}})
		for range 3 { // more refunds than Stripe shows with a charge
			must(m.stripe.SendBack(intents["sent-back"], 100))
		}
		m.post("/v1/billing-sync", object{}).is(200).says(object{"differences.2.theirs": "1.00 USD", "differences.3": nil})
		m.post("/v1/billing-sync/repair", object{}).is(200).says(object{"left": []any{}})
		m.post("/v1/billing-sync", object{}).is(200).says(object{"differences": []any{}})
	})
	m.run(t, "a dispute", func(*testing.T) {
		dispute, err := m.stripe.Dispute(intents["disputed"])
		must(err)
		m.differing("disputed", object{"kind": "dispute_unknown", "object": dispute, "theirs": "open", "repair": "record_dispute"})
		must(m.stripe.CloseDispute(dispute, false))
		m.differing("disputed", object{"kind": "dispute_unknown", "ours": "open", "theirs": "lost", "repair": "record_dispute"})
	})
	m.run(t, "a method that is gone", func(t *testing.T) {
		token := m.stripe.Method(stripetest.Succeeds)
		method := m.post("/v1/workspaces/gone/payment-methods", object{"gateway": "stripe", "token": token}).is(201).text("id")
		must(m.stripe.Detach(token))
		m.differing("gone", object{"kind": "method_gone", "object": method, "repair": "remove_payment_method"})
	})
	m.run(t, "a link that was paid on a page of Stripe's", func(t *testing.T) {
		link := m.post("/v1/workspaces/linked/payment-links", object{"price": "pro-month", "seats": 3}).is(201).text("id")
		amount, err := money.FromMinor("USD", 3600)
		must(err)
		pages := stripe.New(stripe.Options{Secrets: plainKey("sk_test_1"), URL: m.stripe.URL})
		page, err := pages.PaymentPage(t.Context(), m.b.ledger, gateway.PaymentPage{
			Key: "link:" + link, Link: link, Workspace: "linked", Title: "Pro", Amount: amount, ReturnURL: "https://shop.example",
		})
		must(err)
		must(m.stripe.Complete(page.Reference))
		m.differing("linked", object{"kind": "charge_unknown", "theirs": "succeeded", "repair": "record_link_payment"})
		paid := m.get("/v1/payment-links/" + link).is(200).says(object{"status": "completed"}).text("payment")
		// What Stripe tells of the charge later leads to the payment, though its metadata name the link alone.
		must(m.stripe.SendBack(m.get("/v1/payments/"+paid).is(200).text("gateway_reference"), 100))
		for _, e := range m.stripe.Events() {
			m.hear(e.Body).is(200)
		}
		told := m.get("/v1/gateway-events?result=applied").is(200)
		m.get("/v1/payments/"+paid, told.position()).is(200).says(object{"amount_refunded.amount": "1.00"})
	})
	m.post("/v1/billing-sync", object{}).is(200).says(object{"differences": []any{}})
}

// TestBillingSyncByNight: a ledger that has to do with a gateway is compared with it each night, and shows what was found until
// it is repaired.
func TestBillingSyncByNight(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.sandbox = c.token
	c.openShop()
	nights := func() (n int) {
		for _, e := range b.events() {
			if e.Type == "billing_sync.ran.v1" {
				n++
			}
		}
		return n
	}
	jobs := func(at *answered) *answered { return c.get("/v1/jobs?kind=billing_sync", at.position()).is(200) }
	c.buy("by-hand", "pro-month", 1)
	c.advance("2026-01-03T00:00:00Z")
	if n := nights(); n != 0 {
		t.Errorf("a ledger without a gateway was compared %d times", n)
	}
	_, charge := c.charged("acme", "tok_ok")
	quiet := c.advance("2026-01-04T02:00:00Z")
	jobs(quiet).says(object{"data": []any{}})
	if n := nights(); n != 1 {
		t.Errorf("it was compared %d times", n)
	}
	c.post("/v1/jobs/billing_sync:nightly/retry", nil).refused(404, "job_not_found")
	c.post("/v1/sandbox/charges/"+charge+"/refund", object{"amount": dollars("6.00"), "silent": true}).is(201)
	const since = "2026-01-05T02:00:00Z"
	found := c.advance(since)
	id := jobs(found).says(object{
		"data.0.kind": "billing_sync", "data.0.status": "failed", "data.0.due_at": since, "data.0.attempts": 1, "data.0.workspace": nil,
		"data.0.last_error.code": "differences_found", "data.0.next_at": "2026-01-06T02:00:00Z", "data.1": nil,
	}).text("data.0.id")
	jobs(c.advance("2026-01-06T12:00:00Z")).says(object{"data.0.attempts": 2, "data.0.due_at": since})
	c.post("/v1/jobs/"+id+"/retry", nil).is(200).says(object{"status": "due"})
	jobs(c.advance("2026-01-06T12:00:00Z")).says(object{"data.0.attempts": 3, "data.0.next_at": "2026-01-07T02:00:00Z"})
	repaired := c.post("/v1/billing-sync/repair", object{}).is(200).says(object{"left": []any{}})
	jobs(repaired).says(object{"data": []any{}})
	c.put("/v1/sandbox/gateway", object{"available": false}).is(200)
	jobs(c.advance("2026-01-07T03:30:00Z")).says(object{"data": []any{}}) // it may be back soon
	jobs(c.advance("2026-01-08T03:00:00Z")).says(object{
		"data.0.last_error.code": "gateway_unreachable", "data.0.status": "failed", "data.0.due_at": "2026-01-07T03:30:00Z", "data.0.next_at": "2026-01-08T04:00:00Z",
	})
	c.put("/v1/sandbox/gateway", object{}).is(200)
	jobs(c.advance("2026-01-08T04:00:00Z")).says(object{"data": []any{}})
	before := nights()
	jobs(c.advance("2026-01-31T00:00:00Z")).says(object{"data": []any{}})
	if n := nights() - before; n != 1 {
		t.Errorf("at the end of weeks without a deadline it was compared %d times", n)
	}
}
