package api

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections/verify"
)

// planted are faults that a superuser leaves in the log, by the check that must find each.
var planted = map[string]string{
	"leaves": `UPDATE tallystick.events SET actor = 'somebody' WHERE ledger_id = $1 AND position = 3`,
	"positions": `WITH gone AS (DELETE FROM tallystick.events WHERE ledger_id = $1 AND position = (SELECT max(position) FROM tallystick.events WHERE ledger_id = $1) RETURNING 1)
		SELECT count(*) FROM gone`,
	"streams": `UPDATE tallystick.events SET version = version + 100 WHERE ledger_id = $1 AND stream = 'catalog:main' AND version = 2`,
	"decodes": `UPDATE tallystick.events SET data = '{' WHERE ledger_id = $1 AND position = 3`,
	"read_models": `UPDATE tallystick.events SET leaf_hash = sha256('another') WHERE ledger_id = $1
		AND position = (SELECT max(to_position) FROM tallystick.projection_checkpoints WHERE ledger_id = $1)`,
	"invoice_totals": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"total":\{"amount":"[0-9.]+"', '"total":{"amount":"0.01"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'invoice.drafted.v1'`,
	"tax_totals": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"tax":\{"amount":"[0-9.]+"', '"tax":{"amount":"0.01"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'invoice.drafted.v1'`,
	"credit_notes_bounded": `UPDATE tallystick.events SET data = convert_to(replace(convert_from(data, 'UTF8'), '"1.20"', '"901.20"'), 'UTF8')
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
	"currency": `UPDATE tallystick.events SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"currency":"USD"', '"currency":"EUR"'), 'UTF8')
		WHERE ledger_id = $1 AND type = 'invoice.payment_recorded.v1'`,
}

// TestVerify verifies a ledger that is as it must be, and then with each fault.
func TestVerify(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	c.buy("acme", "pro-month", 2)
	c.seat("acme", "ada", "member")
	invoice := c.buy("globex", "pro-month", 3).text("invoice")
	c.post("/v1/invoices/"+invoice+"/record-payment", object{"amount": dollars("36.00"), "reference": "wire"}).is(200)
	c.post("/v1/invoices/"+invoice+"/credit-notes", object{"amount": dollars("1.20"), "reason": "sorry"}).is(201)
	c.post("/v1/workspaces/globex/credits", object{"amount": dollars("5.00"), "reason": "sorry"}).is(201)
	c.attach("initech", "tok_ok")
	collected := c.post(of("initech"), asks()).is(201)
	c.advance("2026-01-03T00:00:00Z")
	payment := c.get("/v1/invoices/"+collected.text("invoice"), collected.position()).is(200).text("payment")
	c.post("/v1/payments/"+payment+"/refund", object{"amount": dollars("1.00"), "reason": "sorry"}).is(201)
	c.advance("2026-03-15T00:00:00Z")

	var whole int64 // of the ledger as it was
	run := func(t *testing.T, tx pgx.Tx) map[string]verify.Result {
		t.Helper()
		var tail int64
		if err := tx.QueryRow(t.Context(), `SELECT max(position) FROM tallystick.events WHERE ledger_id = $1`, [16]byte(b.ledger.ID)).Scan(&tail); err != nil {
			t.Fatal(err)
		}
		results, err := verify.Run(t.Context(), tx, verify.Options{
			Codec: b.codec, StreamTypes: append(command.StreamTypes(), clock.Type), Ledger: b.ledger, Position: max(tail, whole),
		})
		if err != nil {
			t.Fatal(err)
		}
		whole = max(tail, whole)
		byName := map[string]verify.Result{}
		for _, r := range results {
			byName[r.Name] = r
		}
		return byName
	}
	inTx := func(t *testing.T, do func(pgx.Tx)) {
		t.Helper()
		tx, err := b.admin.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(t.Context()) }()
		do(tx)
	}
	inTx(t, func(tx pgx.Tx) {
		for name, r := range run(t, tx) {
			if !r.OK || r.Checked == 0 {
				t.Errorf("%s: %+v %+v", name, r, r.First)
			}
		}
	})
	for _, name := range verify.Names() {
		t.Run(name, func(t *testing.T) {
			fault, ok := planted[name]
			if !ok {
				t.Fatal("no fault is planted for it")
			}
			inTx(t, func(tx pgx.Tx) {
				if _, err := tx.Exec(t.Context(), `ALTER TABLE tallystick.events DISABLE TRIGGER USER`); err != nil {
					t.Fatal(err)
				}
				if _, err := tx.Exec(t.Context(), fault, [16]byte(b.ledger.ID)); err != nil {
					t.Fatal(err)
				}
				results := run(t, tx)
				if r := results[name]; r.OK || r.Failed == 0 || r.First.Detail == "" {
					t.Errorf("it is not found: %+v", r)
				}
				if _, bad := verify.FirstBad(verifyList(results)); bad == nil {
					t.Error("there is no first fault")
				}
			})
		})
	}
}

func verifyList(results map[string]verify.Result) (list []verify.Result) {
	for _, r := range results {
		list = append(list, r)
	}
	return list
}
