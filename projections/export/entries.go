package export

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// entries reads the lines of a journal one after the other, for formats that write entries.
type entries struct {
	entry, date, code, name, minor, exponent, currency, event, kind, position, workspace, invoice, product, memo int

	Last     string          `json:"last"`     // entry that was begun
	Declared map[string]bool `json:"declared"` // currencies
	// Days sums up each day of each account in each currency, by which the balances are asserted at the end.
	Days map[dayKey]*dayChange `json:"days"`
}

// dayKey names a day, an account and a currency, with blanks between.
type dayKey string

// dayChange is what a day does to an account. Account is its name in the format.
type dayChange struct {
	Date     string  `json:"date"`
	Account  string  `json:"account"`
	Currency string  `json:"currency"`
	Minor    big.Int `json:"minor"`
	Exponent int     `json:"exponent"`
}

func newEntries(t Table) (*entries, error) {
	e := &entries{Declared: map[string]bool{}, Days: map[dayKey]*dayChange{}}
	for name, at := range map[string]*int{
		"entry_id": &e.entry, "entry_date": &e.date, "account_code": &e.code, "account_name": &e.name, "amount_minor": &e.minor,
		"exponent": &e.exponent, "currency": &e.currency, "event_id": &e.event, "event_type": &e.kind, "position": &e.position,
		"workspace": &e.workspace, "invoice": &e.invoice, "product": &e.product, "memo": &e.memo,
	} {
		if *at = t.Index(name); *at < 0 {
			return nil, fmt.Errorf("only a journal is written as entries: there is no column %s", name)
		}
	}
	return e, nil
}

// line is a line of an entry.
type line struct {
	row      []Cell
	first    bool // of its entry
	minor    *big.Int
	exponent int
	amount   string
}

// read takes the next line, which stands in an account of the format.
func (e *entries) read(row []Cell, account string) (line, error) {
	minor, ok := new(big.Int).SetString(row[e.minor].Text, 10)
	exponent, err := strconv.Atoi(row[e.exponent].Text)
	if !ok || err != nil {
		return line{}, fmt.Errorf("entry %s has the amount %q of exponent %q", row[e.entry].Text, row[e.minor].Text, row[e.exponent].Text)
	}
	l := line{row: row, first: row[e.entry].Text != e.Last, minor: minor, exponent: exponent, amount: formatDecimal(minor, exponent)}
	e.Last = row[e.entry].Text
	date, currency := row[e.date].Text, row[e.currency].Text
	key := dayKey(date + " " + row[e.code].Text + " " + currency)
	day := e.Days[key]
	if day == nil {
		day = &dayChange{Date: date, Account: account, Currency: currency, Exponent: exponent}
		e.Days[key] = day
	}
	day.Minor.Add(&day.Minor, minor)
	return l, nil
}

// declare reports whether a name comes up for the first time.
func (e *entries) declare(name string) bool {
	known := e.Declared[name]
	e.Declared[name] = true
	return !known
}

// balance is what an account holds at the end of a day that changed it.
type balance struct {
	*dayChange
	amount string
}

// balances gives the balance of each account by the end of each day that changed it.
func (e *entries) balances() []balance {
	var all []balance
	running := map[string]*big.Int{}
	for _, key := range slices.Sorted(maps.Keys(e.Days)) {
		day := e.Days[key]
		name := day.Account + " " + day.Currency
		if running[name] == nil {
			running[name] = new(big.Int)
		}
		running[name].Add(running[name], &day.Minor)
		all = append(all, balance{day, formatDecimal(running[name], day.Exponent)})
	}
	return all
}

// accountsOf lists the accounts that have balances.
func accountsOf(balances []balance) []string {
	accounts := map[string]bool{}
	for _, b := range balances {
		accounts[b.Account] = true
	}
	return slices.Sorted(maps.Keys(accounts))
}

// plain puts a text into a line of a format: without line breaks and without what the format reads as more than text.
func plain(text, special string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || strings.ContainsRune(special, r) }), " ")
}

// roots are the classes of accounts by the first digit of their codes.
var roots = map[byte][2]string{ // hledger's and beancount's
	'1': {"assets", "Assets"}, '2': {"liabilities", "Liabilities"}, '3': {"equity", "Equity"}, '4': {"revenues", "Income"}, '5': {"expenses", "Expenses"},
}

func (e *entries) root(row []Cell) ([2]string, error) {
	code := row[e.code].Text
	if code == "" || roots[code[0]][0] == "" {
		return [2]string{}, fmt.Errorf("entry %s has the account %q", row[e.entry].Text, code)
	}
	return roots[code[0]], nil
}

// nextDay gives the day behind a date.
func nextDay(date string) string {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return day.AddDate(0, 0, 1).Format(time.DateOnly)
}
