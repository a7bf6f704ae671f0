package command_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/export"
	"github.com/tallystick/tallystick/projections/finance"
)

var oracleLives = flag.Int("oracle-lives", 1, "the lives whose books other programs read")

// oracle is a program that reads exported books. The groups of its expressions are named.
type oracle struct {
	format   export.Format
	posting  *regexp.Regexp // before, currency, amount and behind of a line of an entry
	written  func(before, currency, amount, behind string) string
	check    func(file string) *exec.Cmd
	balances func(file string, through journal.Day) *exec.Cmd // prints the balances by the end of a day
	balance  *regexp.Regexp                                   // code and amounts, such as "USD 1.00, EUR 2.00"
}

var oracles = map[string]oracle{
	"hledger": {
		format:  export.FormatHledger,
		posting: regexp.MustCompile(`(?m)^(?P<before>    [a-z]+:.+?  )(?P<currency>[A-Z]{3}) (?P<amount>-?[0-9.]+)(?P<behind>(?:  ;.*)?)$`),
		written: func(before, currency, amount, behind string) string { return before + currency + " " + amount + behind },
		check: func(file string) *exec.Cmd {
			return exec.Command("hledger", "check", "balancednoautoconversion", "assertions", "accounts", "commodities", "-f", file)
		},
		balances: func(file string, through journal.Day) *exec.Cmd {
			return exec.Command("hledger", "-f", file, "bal", "-N", "--flat", "-e", (through + 1).String(), "-O", "csv")
		},
		balance: regexp.MustCompile(`(?m)^"[a-z]+:(?P<code>[0-9]{4}) [^"]*","(?P<amounts>[^"]*)"`),
	},
	"bean-check": {
		format:  export.FormatBeancount,
		posting: regexp.MustCompile(`(?m)^(?P<before>  [A-Z][a-z]+:\S+  )(?P<amount>-?[0-9.]+) (?P<currency>[A-Z]{3})(?P<behind>)$`),
		written: func(before, currency, amount, behind string) string { return before + amount + " " + currency + behind },
		check:   func(file string) *exec.Cmd { return exec.Command("bean-check", file) },
		balances: func(file string, through journal.Day) *exec.Cmd {
			// As text, since numbers are rounded as most of the file's are written, and in yen that is to whole ones.
			return exec.Command("bean-query", "-f", "csv", file, "SELECT account, currency, str(sum(number)) AS total WHERE date < "+(through+1).String()+" GROUP BY account, currency")
		},
		balance: regexp.MustCompile(`(?m)^ *[A-Z][a-z]+:(?P<code>[0-9]{4})-[^,]*, *(?P<currency>[A-Z]{3}) *, *(?:Decimal\(')?(?P<amounts>-?[0-9.]+)`),
	},
}

// TestOtherProgramsReadTheBooks exports the books of random lives. hledger and beancount accept them, with no tolerance, come to the
// balances of the trial balance by the ends of months, and refuse them with an error that is planted anywhere.
func TestOtherProgramsReadTheBooks(t *testing.T) {
	t.Parallel()
	for name := range oracles {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("%s is not installed", name)
		}
	}
	b := testbed.New(t, command.StreamTypes()...)
	told := rapid.Custom(func(t *rapid.T) *lived { return tellLife(t, yearPrices, nil, 0) })
	for range *oracleLives {
		seed := rand.IntN(1 << 30)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			books := bookLife(t, b, told.Example(seed))
			for name, o := range oracles {
				t.Run(name, func(t *testing.T) { books.readBy(t, o) })
			}
		})
	}
}

// lifeBooks are the books of a life, as reports show them.
type lifeBooks struct {
	tx     pgx.Tx
	ledger uuid.UUID
	cut    eventstore.Cut
	first  journal.Day // of an entry
	last   journal.Day
}

// bookLife builds the read model of the books, in a transaction that the test's end forgets.
func bookLife(t *testing.T, b *testbed.Bench, l *lived) lifeBooks {
	tx, err := b.Admin.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	schema := finance.Model.Name + "_1"
	if _, err := tx.Exec(t.Context(), `CREATE SCHEMA `+schema+`; SET LOCAL search_path = `+schema+`, tallystick; `+finance.Model.Tables); err != nil {
		t.Fatal(err)
	}
	page := engine.Page{Ledger: b.Ledger.ID, Events: l.events()}
	last := page.Events[len(page.Events)-1]
	page.Events = slices.DeleteFunc(page.Events, func(e eventstore.Event) bool {
		reads := func(of domain.StreamType) bool { return of.Name == e.Stream.Type() }
		skips := func(of domain.Event) bool { return of.EventType() == e.Type }
		return !slices.ContainsFunc(finance.Model.Reads, reads) || slices.ContainsFunc(finance.Model.Skips, skips)
	})
	if err := finance.Model.Apply(t.Context(), tx, page); err != nil {
		t.Fatal(err)
	}
	books := lifeBooks{tx: tx, ledger: b.Ledger.ID, cut: eventstore.Cut{Position: last.Position, Time: last.EffectiveAt}}
	var first, latest *time.Time
	if err := tx.QueryRow(t.Context(), `SELECT min(entry_date), max(entry_date) FROM journal WHERE ledger_id = $1`, [16]byte(books.ledger)).Scan(&first, &latest); err != nil {
		t.Fatal(err)
	}
	if first == nil {
		t.Skip("nothing is booked in this life")
	}
	books.first, books.last = journal.DayIn(*first, time.UTC), journal.DayIn(*latest, time.UTC)
	return books
}

// rows gives all rows of a report.
func (b lifeBooks) rows(t *testing.T, name string, date *journal.Day) export.Table {
	report, found := finance.Find(name)
	if !found {
		t.Fatalf("there is no report %s", name)
	}
	return report.Table(func(ctx context.Context, after string, limit int) ([]finance.Row, error) {
		return report.Rows(ctx, b.tx, b.ledger, finance.Params{Cut: b.cut, Date: date}, after, limit)
	})
}

// readBy lets a program read the journal, sound and with errors.
func (b lifeBooks) readBy(t *testing.T, o oracle) {
	var out bytes.Buffer
	if err := export.Stream(t.Context(), &out, o.format, b.rows(t, finance.Journal, nil)); err != nil {
		t.Fatal(err)
	}
	sound := out.String()
	file := filepath.Join(t.TempDir(), "books."+o.format.Extension())
	judge := func(text string) (said string, accepts bool) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		output, err := o.check(file).CombinedOutput()
		return string(output), err == nil
	}
	for what, planted := range o.faults(t, sound) {
		if said, accepts := judge(planted); accepts {
			t.Errorf("%s is accepted: %s", what, said)
		}
	}
	if said, accepts := judge(sound); !accepts {
		t.Fatalf("%s\nin\n%s", said, sound)
	}
	months := int(b.last.Month() - b.first.Month())
	for _, day := range []journal.Day{b.last, (b.first.Month() + journal.Month(rand.IntN(months+1))).Last()} {
		if diff := cmp.Diff(b.trialBalance(t, day), o.trialBalance(t, file, day)); diff != "" {
			t.Errorf("by the end of %s the balances are others (-ours):\n%s", day, diff)
		}
	}
}

// trialBalance gives what is in each account by the end of a day.
func (b lifeBooks) trialBalance(t *testing.T, day journal.Day) map[string]string {
	balances := map[string]string{}
	table := b.rows(t, finance.TrialBalance, &day)
	code, currency, balance := table.Index("account_code"), table.Index("currency"), table.Index("balance")
	for after := ""; ; {
		page, err := table.Read(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Rows {
			put(t, balances, row[code].Text+" "+row[currency].Text, row[balance].Text)
		}
		if after = page.Next; after == "" {
			return balances
		}
	}
}

// put notes an exact amount, unless it is nothing.
func put(t *testing.T, balances map[string]string, of, amount string) {
	exact, ok := new(big.Rat).SetString(amount)
	if !ok {
		t.Fatalf("%s of %s is no amount", amount, of)
	}
	if exact.Sign() != 0 {
		balances[of] = exact.RatString()
	}
}

// trialBalance gives what the program finds in each account by the end of a day.
func (o oracle) trialBalance(t *testing.T, file string, day journal.Day) map[string]string {
	output, err := o.balances(file, day).Output()
	if err != nil {
		t.Fatal(err)
	}
	balances := map[string]string{}
	for _, found := range o.balance.FindAllStringSubmatch(string(output), -1) {
		parts := namedIn(o.balance, found)
		for amount := range strings.SplitSeq(parts["amounts"], ", ") {
			currency, number, both := strings.Cut(amount, " ")
			if !both {
				currency, number = parts["currency"], amount
			}
			put(t, balances, parts["code"]+" "+currency, number)
		}
	}
	return balances
}

// faults plants an error of each kind in a line that is drawn.
func (o oracle) faults(t *testing.T, sound string) map[string]string {
	lines := o.posting.FindAllStringSubmatchIndex(sound, -1)
	if len(lines) == 0 {
		t.Fatalf("there is no entry in\n%s", sound)
	}
	at := lines[rand.IntN(len(lines))]
	var found []string
	for i := 0; i < len(at); i += 2 {
		found = append(found, sound[at[i]:at[i+1]])
	}
	line := namedIn(o.posting, found)
	currency, amount := line["currency"], line["amount"]
	changed := func(currency, amount string) string {
		return sound[:at[0]] + o.written(line["before"], currency, amount, line["behind"]) + sound[at[1]:]
	}
	_, decimals, _ := strings.Cut(amount, ".")
	exact, _ := new(big.Rat).SetString(amount)
	more := new(big.Rat).Add(exact, new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(len(decimals))), nil)))
	another := "EUR"
	if currency == another {
		another = "USD"
	}
	headings := regexp.MustCompile(`(?m)^[0-9]{4}-[0-9]{2}-[0-9]{2} \* `).FindAllStringIndex(sound[:at[0]], -1)
	begin := headings[len(headings)-1][0]
	day, err := journal.ParseDay(sound[begin : begin+len(time.DateOnly)])
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"a unit more":      changed(currency, more.FloatString(len(decimals))),
		"a thousandth":     changed(currency, amount+map[bool]string{true: ".001", false: "1"}[decimals == ""]),
		"the other sign":   changed(currency, new(big.Rat).Neg(exact).FloatString(len(decimals))),
		"another currency": changed(another, amount),
		"another date":     sound[:begin] + (day + 1).String() + sound[begin+len(time.DateOnly):],
	}
}

// namedIn gives the groups of a match by their names.
func namedIn(of *regexp.Regexp, found []string) map[string]string {
	groups := map[string]string{}
	for i, name := range of.SubexpNames() {
		groups[name] = found[i]
	}
	return groups
}
