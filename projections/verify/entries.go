package verify

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
)

const nameEntriesPerEvent = "entries_per_event"

// entriesBalanced adds the lines of each entry up, and the totals of exports that are kept.
func entriesBalanced() *check {
	sums := map[money.Currency]money.Amount{}
	return &check{Result: Result{Name: "entries_balanced"}, entry: func(c *check, _ *run, e *entry) {
		object := "entry " + e.id()
		c.holds(len(e.Postings) >= 2, e.Position, object, "it has %d lines", len(e.Postings))
		clear(sums)
		for i, p := range e.Postings {
			amount, err := money.ParseStored(p.Currency, p.Amount)
			_, known := p.Account.Describe()
			switch {
			case err != nil || p.Exponent != p.Currency.Digits():
				c.fail(e.Position, object, "line %d has %s %s, which is no amount of %d digits", i+1, p.Amount, p.Currency, p.Currency.Digits())
				continue
			case amount.IsZero():
				c.fail(e.Position, object, "line %d is of nothing", i+1)
			case !known || p.Account == journal.Result:
				c.fail(e.Position, object, "line %d is posted to the account %q", i+1, p.Account)
			case p.Line != i+1:
				c.fail(e.Position, object, "line %d follows on %d others", p.Line, i)
			}
			sum, some := sums[p.Currency]
			if !some {
				sum = money.Zero(p.Currency)
			}
			sums[p.Currency] = sum.Plus(amount)
		}
		for _, sum := range sums {
			if !sum.IsZero() {
				c.fail(e.Position, object, "its debits are %s more than its credits", sum)
			}
		}
	}, stored: exportTotals}
}

// exportTotals holds the control totals of journals that were exported whole against the journal up to their positions.
func exportTotals(ctx context.Context, c *check, r *run) error {
	schema := r.books.schema()
	if schema == "" {
		return nil
	}
	exported, err := exportsOf(ctx, r)
	if err != nil {
		return err
	}
	for _, e := range exported {
		totals, err := debitsUpTo(ctx, r, schema, e.Position)
		if err != nil {
			return err
		}
		c.holds(len(totals) == len(e.Totals), 0, "export "+e.id, "it has totals of %d currencies, and the journal of %d", len(e.Totals), len(totals))
		for _, total := range e.Totals {
			same := totals[total.Currency] == total.Debit && total.Debit == total.Credit
			c.holds(same, 0, "export "+e.id, "its debits and credits are %s and %s %s, and those of the journal up to position %d %s",
				total.Debit, total.Credit, total.Currency, e.Position, totals[total.Currency])
		}
	}
	return nil
}

// exported is the manifest of an export.
type exported struct {
	id       string
	From     *string `json:"from"`
	To       *string `json:"to"`
	Position int64   `json:"position"`
	Totals   []struct {
		Currency string `json:"currency"`
		Debit    string `json:"debit"`
		Credit   string `json:"credit"`
	} `json:"control_totals"`
}

// exportsOf lists the journals that were exported whole.
func exportsOf(ctx context.Context, r *run) (all []exported, err error) {
	rows, err := r.tx.Query(ctx, `
		SELECT e.export_id, e.manifest
		FROM tallystick.exports e
		WHERE e.ledger_id = $1 AND e.manifest IS NOT NULL AND e.of ->> 'kind' = 'journal'
		ORDER BY e.export_id`, [16]byte(r.Ledger.ID))
	if err != nil {
		return nil, fmt.Errorf("read the manifests of exports: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e exported
		var manifest []byte
		if err := rows.Scan(&e.id, &manifest); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(manifest, &e); err != nil {
			return nil, fmt.Errorf("the manifest of export %s: %w", e.id, err)
		}
		if e.From == nil && e.To == nil && e.Position <= r.Position {
			all = append(all, e)
		}
	}
	return all, rows.Err()
}

// debitsUpTo adds the debits of the journal up by currency.
func debitsUpTo(ctx context.Context, r *run, schema string, position int64) (map[string]string, error) {
	rows, err := r.tx.Query(ctx, fmt.Sprintf(`
		SELECT j.currency, sum(j.amount)::text
		FROM %s.journal j
		WHERE j.ledger_id = $1 AND j.position <= $2 AND j.amount > 0
		GROUP BY j.currency`, quoted(schema)), [16]byte(r.Ledger.ID), position)
	if err != nil {
		return nil, fmt.Errorf("add the journal up: %w", err)
	}
	defer rows.Close()
	totals := map[string]string{}
	for rows.Next() {
		var currency money.Currency
		var sum string
		if err := rows.Scan(&currency, &sum); err != nil {
			return nil, err
		}
		amount, err := money.ParseStored(currency, sum)
		if err != nil {
			return nil, err
		}
		totals[string(currency)] = amount.Plain()
	}
	return totals, rows.Err()
}

// entriesPerEvent makes the entries of each event again. [books] holds them against those of the journal.
func entriesPerEvent() *check {
	return &check{Result: Result{Name: nameEntriesPerEvent}, group: func(*check, *run) {}}
}

// noClosedPeriod looks for entries that are dated into a period that was closed before.
func noClosedPeriod() *check {
	var closed journal.Month // by the commands before
	return &check{Result: Result{Name: "no_closed_period"}, entry: func(c *check, _ *run, e *entry) {
		date, correction := e.Postings[0].Date, e.Postings[0].Correction
		object := "entry " + e.id()
		c.holds(date.Month() > closed, e.Position, object, "it is dated %s, and the period %s was closed before", date, closed)
		if correction == "" {
			return
		}
		of, err := journal.ParseMonth(correction)
		c.holds(err == nil && of <= closed && date == (closed+1).First(), e.Position, object,
			"it corrects the period %s on %s, and the periods up to %s were closed before", correction, date, closed)
	}, group: func(_ *check, r *run) { closed = stateOf[bookkeeping.State](r, bookkeeping.Stream()).Closed }}
}
