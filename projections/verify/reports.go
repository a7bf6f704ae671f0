package verify

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/projections/finance"
)

func quoted(schema string) string { return pgx.Identifier{schema}.Sanitize() }

// reported is a row of a report, by the names of its columns. Empty cells are missing.
type reported map[string]string

// amount gives an amount of the row, nothing where there is none.
func (r reported) amount(column string) money.Amount {
	amount, err := money.ParseStored(money.Currency(r["currency"]), r[column])
	if err != nil {
		return money.Zero(money.Currency(r["currency"]))
	}
	return amount
}

const reportRows = 1_000

// ofReport looks at each row of a report of the whole ledger. It does nothing where the read model does not show the position.
func ofReport(ctx context.Context, r *run, name string, date *journal.Day, look func(reported)) error {
	schema := r.books.schema()
	report, found := finance.Find(name)
	if schema == "" || !found {
		return nil
	}
	inner, err := r.tx.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = inner.Rollback(ctx) }()
	if _, err := inner.Exec(ctx, `SELECT set_config('search_path', $1, true)`, quoted(schema)+", tallystick"); err != nil {
		return err
	}
	params := finance.Params{Date: date}
	params.Cut.Position, params.Cut.Time = r.Position, r.Now
	for after := ""; ; {
		rows, err := report.Walk(ctx, inner, r.Ledger.ID, params, after, reportRows)
		if err != nil {
			return err
		}
		for _, row := range rows {
			cells := reported{}
			for i, column := range report.Columns {
				if row.Cells[i] != nil {
					cells[column.Name] = *row.Cells[i]
				}
			}
			look(cells)
		}
		if len(rows) < reportRows {
			return nil
		}
		after = rows[len(rows)-1].Key()
	}
}

// amounts adds amounts up by what they are of and their currency.
type amounts map[[2]string]money.Amount

func (a amounts) add(of string, amount money.Amount) {
	key := [2]string{of, string(amount.Currency())}
	sum, some := a[key]
	if !some {
		sum = money.Zero(amount.Currency())
	}
	a[key] = sum.Plus(amount)
}

// same holds sums against others, those of some names.
func (a amounts) same(c *check, others amounts, what, other string, named func(of string) bool) {
	for key := range joined(a, others) {
		if !named(key[0]) {
			continue
		}
		one, two := a.of(key), others.of(key)
		c.holds(one.Equal(two), 0, key[0], "%s %s, and %s %s", what, one, other, two)
	}
}

func (a amounts) of(key [2]string) money.Amount {
	if sum, some := a[key]; some {
		return sum
	}
	return money.Zero(money.Currency(key[1]))
}

// all chooses all sums.
func all(string) bool { return true }

func joined(all ...amounts) map[[2]string]bool {
	keys := map[[2]string]bool{}
	for _, a := range all {
		for key := range a {
			keys[key] = true
		}
	}
	return keys
}

// monthOf gives the month of a day of the books that the run is at.
func (r *run) today() *journal.Day {
	settings := journal.DefaultSettings()
	settings.TimeZone = stateOf[bookkeeping.State](r, bookkeeping.Stream()).Policy().TimeZone
	return new(settings.Day(r.Now))
}

// buckets tell from how many days on an invoice is in which.
var buckets = []struct {
	from int
	name string
}{{91, "over_90"}, {61, "61-90"}, {31, "31-60"}, {1, "1-30"}, {0, "current"}}

// aging adds the invoices of the report of receivables up, which must come to the account, each in the bucket of its age.
func aging() *check {
	held := amounts{}
	return &check{Result: Result{Name: "aging"}, entry: func(_ *check, _ *run, e *entry) {
		for _, p := range e.Postings {
			if p.Account == journal.Receivable {
				held.add("receivables", p.amount())
			}
		}
	}, stored: func(ctx context.Context, c *check, r *run) error {
		shown := amounts{}
		err := ofReport(ctx, r, finance.Receivables, r.today(), func(row reported) {
			shown.add("receivables", row.amount("outstanding"))
			days, want := 0, ""
			_, err := fmt.Sscan(row["days_overdue"], &days)
			for _, b := range buckets {
				if want == "" && days >= b.from {
					want = b.name
				}
			}
			c.holds(err == nil && row["bucket"] == want, 0, "invoice "+row["invoice"], "it is %s days overdue, in the bucket %s", row["days_overdue"], row["bucket"])
		})
		if err == nil && r.books.schema() != "" {
			shown.same(c, held, "the report has", "the account", all)
		}
		return err
	}}
}

// balanceSheet holds assets against liabilities and equity, now and at the end of each month, and the balance sheet of now against
// the entries.
func balanceSheet() *check {
	first, accounts := journal.Day(0), amounts{}
	return &check{Result: Result{Name: "balance_sheet"}, entry: func(_ *check, _ *run, e *entry) {
		for _, p := range e.Postings {
			if first == 0 || p.Date < first {
				first = p.Date
			}
			of := string(p.Account)
			if line, _ := p.Account.Describe(); line.Type == journal.Income || line.Type == journal.Expense {
				of = string(journal.Result)
			}
			accounts.add("account "+of, p.amount())
		}
	}, stored: func(ctx context.Context, c *check, r *run) error {
		if first == 0 || r.books.schema() == "" {
			return nil
		}
		for month := first.Month(); month < r.today().Month(); month++ {
			if err := sheet(ctx, c, r, new(month.Last()), nil); err != nil {
				return err
			}
		}
		return sheet(ctx, c, r, nil, accounts)
	}}
}

// sheet looks at the balance sheet of a day, or of all days, which is to be of some entries then.
func sheet(ctx context.Context, c *check, r *run, date *journal.Day, entries amounts) error {
	sums, shown := amounts{}, amounts{}
	err := ofReport(ctx, r, finance.BalanceSheet, date, func(row reported) {
		amount := row.amount("amount")
		if row["section"] == "assets" {
			shown.add("account "+row["account_code"], amount)
			sums.add("assets", amount)
			return
		}
		shown.add("account "+row["account_code"], amount.Neg())
		sums.add("assets", amount.Neg())
	})
	if err != nil {
		return err
	}
	for key, left := range sums {
		c.holds(left.IsZero(), 0, "balance sheet of "+dayOr(date, "now"), "assets are %s more than liabilities and equity in %s", left, key[1])
	}
	if entries != nil {
		shown.same(c, entries, "the balance sheet has", "the entries", all)
	}
	return nil
}

func dayOr(day *journal.Day, otherwise string) string {
	if day == nil {
		return otherwise
	}
	return day.String()
}

// Names of what the waterfall comes to.
const (
	allRevenue      = "revenue, and what is deferred"
	deferredRevenue = "deferred revenue"
)

// waterfall holds the reports of deferred revenue against the entries: what was revenue in each month that has ended, what there is of
// revenue in all months together, also those to come, and what is left.
func waterfall() *check {
	entries := amounts{}
	return &check{Result: Result{Name: "waterfall"}, entry: func(_ *check, _ *run, e *entry) {
		for _, p := range e.Postings {
			if p.Account != journal.Deferred {
				continue
			}
			if p.Kind == string(journal.KindEarn) {
				entries.add("revenue of "+p.Date.Month().String(), p.amount())
				entries.add(allRevenue, p.amount())
			}
			entries.add(deferredRevenue, p.amount().Neg())
			entries.add(allRevenue, p.amount().Neg())
		}
	}, stored: func(ctx context.Context, c *check, r *run) error {
		if r.books.schema() == "" {
			return nil
		}
		ended := "revenue of " + stateOf[bookkeeping.State](r, bookkeeping.Stream()).Ended.String()
		rows, rolled := amounts{}, amounts{}
		err := ofReport(ctx, r, finance.DeferredWaterfall, nil, func(row reported) {
			rows.add("revenue of "+row["recognition_month"], row.amount("amount"))
			rows.add(allRevenue, row.amount("amount"))
		})
		if err != nil {
			return err
		}
		rows.same(c, entries, "the waterfall has", "the entries", func(of string) bool {
			return of == allRevenue || strings.HasPrefix(of, "revenue of ") && of <= ended
		})
		err = ofReport(ctx, r, finance.DeferredRevenue, nil, func(row reported) {
			left := row.amount("opening").Plus(row.amount("billed")).Minus(row.amount("recognized")).Minus(row.amount("credited")).Minus(row.amount("written_off"))
			c.holds(left.Equal(row.amount("closing")), 0, "deferred revenue of "+row["product"], "its movements come to %s, and it closes with %s", left, row.amount("closing"))
			rolled.add(deferredRevenue, row.amount("closing"))
		})
		rolled.same(c, entries, "the roll-forward closes with", "the entries", func(of string) bool { return of == deferredRevenue })
		return err
	}}
}

// recurring holds the movements of the monthly recurring revenue against what subscriptions bring: each month opens with what the one
// before closed with, and the last one closes with the sum of all subscriptions.
func recurring() *check {
	return &check{Result: Result{Name: "mrr"}, group: func(*check, *run) {}, stored: func(ctx context.Context, c *check, r *run) error {
		if r.books.schema() == "" {
			return nil
		}
		closing, bring := amounts{}, amounts{}
		err := ofReport(ctx, r, finance.MRR, r.today(), func(row reported) {
			opening, sum := row.amount("opening"), row.amount("opening")
			for _, kind := range []string{"new", "expansion", "contraction", "churn", "reactivation"} {
				sum = sum.Plus(row.amount(kind))
			}
			c.holds(sum.Equal(row.amount("closing")), 0, "month "+row["month"], "its movements come to %s, and it closes with %s", sum, row.amount("closing"))
			before := closing.of([2]string{"subscriptions", row["currency"]})
			c.holds(opening.Equal(before), 0, "month "+row["month"], "it opens with %s, and the month before closed with %s", opening, before)
			closing[[2]string{"subscriptions", row["currency"]}] = row.amount("closing")
		})
		for _, state := range r.states {
			if s, ok := state.(subscription.State); ok {
				if monthly, some := finance.Monthly(s); some {
					bring.add("subscriptions", monthly)
				}
			}
		}
		closing.same(c, bring, "the report closes with", "they bring", all)
		return err
	}}
}
