package api

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/command"
	other "github.com/tallystick/tallystick/handlers/gateway/sandbox"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/finance"
	"github.com/tallystick/tallystick/projections/verify"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// planted are faults that a superuser leaves in the log or beside it, by the check that must find each. BOOKS and HOOKS stand for the
// schemas of read models.
var planted = map[string]string{
	"leaves": `UPDATE tallystick.events SET actor = 'somebody' WHERE ledger_id = $1 AND position = 3`,
	"positions": `WITH gone AS (DELETE FROM tallystick.events WHERE ledger_id = $1 AND position = (SELECT max(position) FROM tallystick.events WHERE ledger_id = $1) RETURNING 1)
		SELECT count(*) FROM gone`,
	"streams":     `UPDATE tallystick.events SET version = version + 100 WHERE ledger_id = $1 AND stream = 'catalog:main' AND version = 2`,
	"decodes":     `UPDATE tallystick.events SET data = '{' WHERE ledger_id = $1 AND position = 3`,
	"read_models": `UPDATE BOOKS.note_rows SET reason = 'another' WHERE ledger_id = $1`,
	"invoice_totals": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"total":\{"amount":"[0-9.]+"', '"total":{"amount":"0.01"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'invoice.drafted.v1'`,
	"tax_totals": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"tax":\{"amount":"[0-9.]+"', '"tax":{"amount":"0.01"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'invoice.drafted.v1'`,
	"credit_notes_bounded": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"amount":\{"amount":"[0-9.]+"', '"amount":{"amount":"901.00"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'invoice.credited.v1'`,
	"refunds_bounded": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"amount":\{"amount":"[0-9.]+"', '"amount":{"amount":"999.00"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'refund.created.v1'`,
	"credit": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"balance":\{"amount":"[0-9.]+"', '"balance":{"amount":"7.77"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'account.credit_granted.v1'`,
	"one_charge_per_period": `UPDATE tallystick.events e SET data = f.data FROM tallystick.events f
		WHERE e.ledger_id = $1 AND f.ledger_id = $1 AND e.type = 'invoice.drafted.v1' AND f.type = e.type
		  AND f.position = (SELECT min(position) FROM tallystick.events WHERE ledger_id = $1 AND type = 'invoice.drafted.v1')`,
	"seats": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"purchased":[0-9]+', '"purchased":0', 'g'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'seating.limits_changed.v1'`,
	"checkpoints": `UPDATE tallystick.audit_tiles SET hashes = sha256('another') || substr(hashes, 33) WHERE ledger_id = $1 AND level = 0`,
	"entries_balanced": `UPDATE BOOKS.journal SET amount = amount + 0.01 WHERE ledger_id = $1 AND (position, n, line) =
		(SELECT position, n, line FROM BOOKS.journal WHERE ledger_id = $1 AND account = '4000' LIMIT 1)`,
	"entries_per_event": `UPDATE BOOKS.journal SET amount = 2 * amount WHERE ledger_id = $1 AND event_type = 'account.credit_granted.v1'`,
	"no_closed_period":  `UPDATE BOOKS.journal SET entry_date = '2026-01-31', correction_of = NULL WHERE ledger_id = $1 AND entry_date > '2026-02-28'`,
	"receivables":       `UPDATE BOOKS.journal SET account = '1000' WHERE ledger_id = $1 AND account = '1100' AND kind = 'receive'`,
	"deferred":          `UPDATE BOOKS.journal SET amount = 2 * amount WHERE ledger_id = $1 AND kind = 'issue' AND account IN ('1100', '2000')`,
	"recognition":       `UPDATE BOOKS.journal SET amount = 2 * amount WHERE ledger_id = $1 AND kind = 'earn'`,
	"clearing":          `UPDATE BOOKS.journal SET account = '1010' WHERE ledger_id = $1 AND account = '1000' AND kind = 'settle' AND amount > 0`,
	"cash_gateway":      `UPDATE BOOKS.journal SET amount = 2 * amount WHERE ledger_id = $1 AND kind = 'capture'`,
	"proration": `UPDATE tallystick.events SET data = convert_to(replace(convert_from(data, 'UTF8'), '"ratio":"', '"ratio":"1'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'invoice.drafted.v1'`,
	"mrr":               `UPDATE BOOKS.recurring_rows SET amount = amount + 1 WHERE ledger_id = $1`,
	"aging":             `DELETE FROM BOOKS.invoice_versions WHERE ledger_id = $1`,
	"balance_sheet":     `UPDATE BOOKS.journal SET amount = amount + 0.01 WHERE ledger_id = $1 AND account = '1100'`,
	"waterfall":         `UPDATE BOOKS.journal SET kind = 'note' WHERE ledger_id = $1 AND kind = 'issue'`,
	"tax_not_revenue":   `UPDATE BOOKS.journal SET account = '4050' WHERE ledger_id = $1 AND account = '2100'`,
	"webhook_sequences": `UPDATE HOOKS.deliveries SET sequence = sequence + 1 WHERE ledger_id = $1 AND sequence = 2`,
	"gateway":           `UPDATE tallystick.sandbox_charges SET amount = amount + 1 WHERE ledger_id = $1 AND kind = 'charge'`,
	"currency": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"currency":"USD"', '"currency":"EUR"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'invoice.payment_recorded.v1'`,
}

// TestVerify verifies a ledger that is as it must be, and then with each fault.
func TestVerify(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	verifiable(c)
	b.newSealer().seal()
	v := b.verifier(t, b.ledger)
	v.inTx(t, func(tx pgx.Tx) {
		for _, r := range v.run(t, tx) {
			if !r.OK || r.Checked == 0 {
				t.Errorf("%s: %+v %+v", r.Name, r, r.First)
			}
		}
	})
	for _, name := range verify.Names() {
		t.Run(name, func(t *testing.T) {
			fault, ok := planted[name]
			if !ok {
				t.Fatal("no fault is planted for it")
			}
			v.inTx(t, func(tx pgx.Tx) {
				fault = strings.NewReplacer("BOOKS", finance.Model.Name+"_1", "HOOKS", webhooks.Model.Name+"_1").Replace(fault)
				for _, sql := range []string{`ALTER TABLE tallystick.events DISABLE TRIGGER USER`, fault} {
					var args []any
					if strings.Contains(sql, "$1") {
						args = append(args, [16]byte(b.ledger.ID))
					}
					if tag, err := tx.Exec(t.Context(), sql, args...); err != nil || args != nil && tag.RowsAffected() == 0 {
						t.Fatal(tag, err)
					}
				}
				results := v.run(t, tx, name)
				if r := results[0]; r.OK || r.Failed == 0 || r.First.Detail == "" {
					t.Errorf("it is not found: %+v", r)
				}
				if check, bad := verify.FirstBad(results); bad == nil || check != name {
					t.Error("there is no first fault")
				}
			})
		})
	}
}

// verifiable makes a ledger with something for each check to look at.
func verifiable(c *client) {
	c.openShop()
	c.post("/v1/webhook-endpoints", object{"url": "https://shop.example/hook"}).is(201)
	c.post("/v1/products/pro/prices", object{"code": "taxed", "currency": "USD", "interval": "month", "unit_amount": "12", "tax_rate": "0.2"}).is(201)
	c.buy("acme", "pro-month", 2)
	c.seat("acme", "ada", "member")
	invoice := c.buy("globex", "taxed", 3).text("invoice")
	c.post("/v1/invoices/"+invoice+"/record-payment", object{"amount": dollars("43.20"), "reference": "wire"}).is(200)
	c.post("/v1/invoices/"+invoice+"/credit-notes", object{"amount": dollars("1.20"), "reason": "sorry"}).is(201)
	c.post("/v1/workspaces/globex/credits", object{"amount": dollars("5.00"), "reason": "sorry"}).is(201)
	c.attach("initech", "tok_ok")
	collected := c.post(of("initech"), asks()).is(201)
	c.advance("2026-01-11T00:00:00Z")
	c.post(of("acme")+"/seats", object{"seats": 5}).is(200)
	payment := c.get("/v1/invoices/"+collected.text("invoice"), collected.position()).is(200).text("payment")
	c.post("/v1/payments/"+payment+"/refund", object{"amount": dollars("1.00"), "reason": "sorry"}).is(201)
	c.advance("2026-02-05T00:00:00Z")
	c.post("/v1/finance/periods/2026-01/close", nil).is(200)
	c.advance("2026-03-15T00:00:00Z")
}

// verifier verifies a ledger as a superuser.
type verifier struct {
	*bench
	db     *pgx.Conn
	ledger eventstore.Ledger
	whole  int64 // position of the ledger as it was
}

// verifier waits until all read models show all of a ledger.
func (b *bench) verifier(t *testing.T, ledger eventstore.Ledger) verifier {
	t.Helper()
	v := verifier{bench: b, ledger: ledger}
	var err error
	if v.db, err = pgx.Connect(t.Context(), b.url); err == nil {
		t.Cleanup(func() { _ = v.db.Close(context.Background()) })
		v.whole, err = eventstore.Tail(t.Context(), v.db, ledger.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "all read models are there", func() bool {
		for _, model := range projections.All() {
			built, found, err := model.BuiltFor(t.Context(), v.db, ledger.ID)
			if err != nil {
				t.Fatal(err)
			}
			if !found || built.Position < v.whole {
				return false
			}
		}
		return true
	})
	return v
}

// run makes some checks, or all.
func (v verifier) run(t *testing.T, tx pgx.Tx, checks ...string) []verify.Result {
	t.Helper()
	now, err := v.ledger.ClockAt(t.Context(), tx, v.whole, v.now())
	if err != nil {
		t.Fatal(err)
	}
	results, err := verify.Run(t.Context(), tx, verify.Options{
		Codec: v.codec, StreamTypes: append(command.StreamTypes(), clock.Type), Ledger: v.ledger, Position: v.whole, Checks: checks,
		Models: projections.All(), Charges: other.ForVerify(v.ledger), Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// inTx forgets what was done in a transaction.
func (v verifier) inTx(t *testing.T, do func(pgx.Tx)) {
	t.Helper()
	tx, err := v.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	do(tx)
}
