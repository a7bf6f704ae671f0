package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// sandbox is a bench whose ledger has a clock of its own, which stands at the beginning of 2026.
func sandbox(t testing.TB) (*bench, *client) {
	t.Helper()
	b := setup(t)
	return b, b.openSandbox()
}

// openSandbox makes the bench's ledger a sandbox, and starts a process.
func (b *bench) openSandbox() *client {
	b.t.Helper()
	var err error
	b.ledger, err = eventstore.CreateLedger(b.t.Context(), b.admin, "sandbox", eventstore.ModeSandbox, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
}

// advance lets the ledger's clock stand at a time, or at the beginning of a day.
func (c *client) advance(to string) *answered {
	c.t.Helper()
	return c.post("/v1/clock/advance", object{"to": instant(to)}, without("Idempotency-Key")).is(200)
}

func TestClock(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.get("/v1/clock").is(200).says(object{"now": "2026-01-01T00:00:00Z", "mode": "sandbox", "ledger": b.ledger.ID.String()})
	c.advance("2026-01-01T00:00:00.5Z").says(object{"now": "2026-01-01T00:00:00.5Z", "ran": 0})
	c.advance("2026-01-01T00:00:00.5Z").says(object{"ran": 0})
	c.post("/v1/clock/advance", object{"to": "2026-01-01T00:00:00Z"}).refused(422, "clock_backwards").says(object{"errors.0.pointer": "/to"})
	c.post("/v1/clock/advance", object{"to": "2201-01-01T00:00:00Z"}).refused(422, "timestamp_invalid")
	c.post("/v1/clock/advance", object{"to": "2026-02-30T00:00:00Z"}).refused(422, "timestamp_invalid")
	c.post("/v1/clock/advance", object{}).refused(422, "required")
	live := &client{t: t, base: c.base, token: b.token(b.newLedger("live", eventstore.ModeLive), endpoint.RoleAdmin)}
	live.post("/v1/clock/advance", object{"to": "2100-01-01T00:00:00Z"}).refused(404, "clock_not_found")
	live.get("/v1/clock").is(200).says(object{"mode": "live"})
	finance := &client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleFinance)}
	finance.post("/v1/clock/advance", object{"to": "2100-01-01T00:00:00Z"}).refused(403, "role_not_allowed")
}

// TestRenewals: on the way through half a year each month is billed once, at its own instant, however far the jump.
func TestRenewals(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	c.waitForMoney()
	c.advance("2026-01-31T12:00:00Z")
	c.buy("acme", "pro-month", 3)
	c.buy("birch", "pro-year", 2)
	c.seat("acme", "ada", "member")
	c.post("/v1/workspaces/acme/seats", object{"member": "bob", "role": "member", "state": "invited", "expires_at": "2026-03-01T06:00:00Z"}).is(201)
	c.advance("2026-02-10T00:00:00Z").says(object{"ran": 0})
	// Renewals on the last days of the months from February to July, and bob's invitation; and invoices are overdue, some at
	// the same instants.
	done := c.advance("2026-07-31T00:00:00Z").says(object{"now": "2026-07-31T00:00:00Z", "ran": 11})
	c.advance("2026-07-31T00:00:00Z").says(object{"ran": 0})
	c.get("/v1/workspaces/acme/subscription").is(200).says(object{
		"status": "past_due", "current_period.start": "2026-07-31T00:00:00Z", "current_period.end": "2026-08-31T00:00:00Z",
	})
	invoices := c.get("/v1/workspaces/acme/invoices", done.position()).is(200)
	for i, day := range []string{"01-31T12", "02-28T00", "03-31T00", "04-30T00", "05-31T00", "06-30T00", "07-31T00"} {
		at := fmt.Sprintf("data.%d.", i)
		reason := "renewal"
		if i == 0 {
			reason = "create"
		}
		invoices.says(object{
			at + "reason": reason, at + "total.amount": "36.00", at + "issued_at": "2026-" + day + ":00:00Z", at + "period.start": "2026-" + day + ":00:00Z",
			at + "overdue": i < 6, at + "payment_status": "pending",
		})
	}
	invoices.says(object{"page.has_more": false, "data.7": nil})
	c.get("/v1/workspaces/acme/seats").is(200).says(object{"reserved": 0, "allocated": 1})
	c.get("/v1/workspaces/acme/balance").is(200).says(object{"receivable.amount": "252.00", "overdue.amount": "216.00"})
	expired := c.get("/v1/events?stream=seating:acme&type=seating.reservation_expired.v1").is(200)
	expired.says(object{"data.0.effective_at": "2026-03-01T06:00:00Z", "data.0.actor": "deadlines"})
}

// TestAutomaticCollection: what waits for money expires after 23 hours; a renewal that is not paid makes past due.
func TestAutomaticCollection(t *testing.T) {
	t.Parallel()
	_, c := sandbox(t)
	c.openShop()
	automatic := object{"price": "pro-month", "seats": 2, "collection": "automatic"}
	c.post("/v1/workspaces/birch/subscription", automatic).is(202)
	made := c.post("/v1/workspaces/acme/subscription", automatic).is(202).says(object{"subscription.status": "incomplete"})
	pay := func(invoice string) *answered {
		return c.post("/v1/invoices/"+invoice+"/record-payment", object{"amount": object{"amount": "24.00", "currency": "USD"}, "reference": "wire"})
	}
	pay(made.text("invoice")).is(200).says(object{"status": "finalized", "payment_status": "succeeded"})
	c.advance("2026-01-01T23:00:00Z").says(object{"ran": 1})
	c.get("/v1/workspaces/birch/subscription").is(200).says(object{"status": "incomplete_expired"})
	c.get("/v1/invoices?workspace=birch").is(200).says(object{"data.0.status": "voided"})
	c.get("/v1/workspaces/acme/subscription").is(200).says(object{"status": "active"})

	c.advance("2026-02-01T22:59:59Z").says(object{"ran": 1})
	c.get("/v1/workspaces/acme/subscription").is(200).says(object{"status": "active"})
	c.advance("2026-02-01T23:00:00Z").says(object{"ran": 1})
	c.get("/v1/workspaces/acme/subscription").is(200).says(object{"status": "past_due"})
	c.post("/v1/workspaces/acme/subscription/seats", object{"seats": 3}).refused(402, "payment_past_due")
	owed := c.get("/v1/invoices?workspace=acme&payment_status=pending").is(200)
	paid := pay(owed.text("data.0.id")).is(200)
	c.get("/v1/workspaces/acme/subscription", paid.position()).is(200).says(object{"status": "active"})
	c.advance("2026-02-20").says(object{"ran": 0})
}

// TestAdvanceBehindAReadModel: a read model that has stopped does not keep an advance for ever, and the client hears of it.
func TestAdvanceBehindAReadModel(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	last := c.settle(c.buy("acme", "pro-month", 3))
	c.get("/v1/workspaces/acme/seats/usage?from=2026-01-01&to=2026-01-02", last.position()).is(200)
	_, err := b.admin.Exec(t.Context(), `
		INSERT INTO tallystick.projection_failures (ledger_id, projection, version, status, from_position, attempts, retry_at, error)
		SELECT ledger_id, projection, version, 'stopped', max(to_position) + 1, 1, now(), 'made up'
		FROM tallystick.projection_checkpoints
		WHERE projection = 'usage'
		GROUP BY ledger_id, projection, version`)
	if err != nil {
		t.Fatal(err)
	}
	// Other read models may be behind as well, for a while.
	impatient := b.client(b.startWaiting(endpoint.Options{}, time.Second), endpoint.RoleAdmin)
	testbed.Eventually(t, "the answer names the one that has stopped", func() bool {
		stopped := impatient.post("/v1/clock/advance", object{"to": "2026-03-01T00:00:00Z"}).refused(503, "read_model_behind")
		detail := stopped.text("detail")
		return strings.Contains(detail, "usage") && strings.Contains(detail, "goes on from there")
	})
	if _, err := b.admin.Exec(t.Context(), `DELETE FROM tallystick.projection_failures`); err != nil {
		t.Fatal(err)
	}
	c.advance("2026-03-01").says(object{"now": "2026-03-01T00:00:00Z", "ran": 0})
	c.get("/v1/workspaces/acme/subscription").is(200).says(object{"current_period.start": "2026-03-01T00:00:00Z"})
}
