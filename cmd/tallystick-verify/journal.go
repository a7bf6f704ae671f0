package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
)

// books verifies a journal by itself.
type books struct {
	common

	File string `arg:"" help:"A journal that was exported as CSV. Where its manifest stands beside it, that is compared too." type:"existingfile"`
}

// journalColumns are those of a journal as CSV.
var journalColumns = []string{
	"entry_id", "position", "event_id", "event_type", "entry_date", "period", "recorded_at", "account_code", "account_name", "debit", "credit",
	"amount_minor", "exponent", "currency", "workspace", "invoice", "invoice_line", "product", "tax_rate", "reversal_of", "correction_of_period", "memo",
}

const (
	timeLayout = time.RFC3339Nano
	// textColumns are those whose cells get an apostrophe in front of what a spreadsheet would take for a formula.
	textColumns = "entry_id event_id event_type period account_code account_name currency workspace invoice invoice_line product tax_rate reversal_of correction_of_period memo"
)

var isText = func() []bool {
	is := make([]bool, len(journalColumns))
	for i, name := range journalColumns {
		is[i] = slices.Contains(strings.Fields(textColumns), name)
	}
	return is
}()

// csvLine writes cells by RFC 4180.
func csvLine(line []byte, cells []string) []byte {
	for i, cell := range cells {
		if i > 0 {
			line = append(line, ',')
		}
		if cell != "" && isText[i] && strings.IndexByte("=+-@", cell[0]) >= 0 {
			cell = "'" + cell
		}
		if strings.ContainsAny(cell, "\",\r\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		line = append(line, cell...)
	}
	return append(line, "\r\n"...)
}

func (b *books) verify(v *verdict) error {
	file, err := os.Open(b.File)
	if err != nil {
		return usage("%v", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		v.progress.begin("journal", info.Size())
	}
	reader := csv.NewReader(&watched{file, v.progress})
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil || !slices.Equal(header, journalColumns) {
		return badAnywhere(whatEntry, "%s is no journal as CSV: its first line must be %s", filepath.Base(b.File), strings.Join(journalColumns, ","))
	}
	l := &ledgerLines{verdict: v, totals: totals{}}
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return bad(max(l.position, 1), whatEntry, "behind entry %s: %v", l.entry, err)
		}
		if err := l.next(row); err != nil {
			return err
		}
	}
	if err := l.endEntry(); err != nil {
		return err
	}
	return l.checkManifest(b.File)
}

// watched shows how far a file is read.
type watched struct {
	io.Reader
	shown *progress
}

// Read reads on.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.shown.add(n)
	return n, err
}

// ledgerLines follow the lines of a journal, entry by entry.
type ledgerLines struct {
	verdict  *verdict
	totals   totals
	entry    string
	position int64
	n        int
	heading  []string // what all lines of an entry share
	postings []journal.Posting
}

// Columns of a journal.
const (
	colEntry = iota
	colPosition
	colEvent
	colType
	colDate
	colPeriod
	colRecorded
	colCode
	colName
	colDebit
	colCredit
	colMinor
	colExponent
	colCurrency
	colReversal   = 19
	colCorrection = 20
	colMemo       = 21
)

// headingColumns are the same in all lines of an entry.
var headingColumns = []int{colEntry, colPosition, colEvent, colType, colDate, colPeriod, colRecorded, colReversal, colCorrection, colMemo}

// next verifies one line.
func (l *ledgerLines) next(row []string) error {
	if row[colEntry] != l.entry {
		if err := l.endEntry(); err != nil {
			return err
		}
		if err := l.begin(row); err != nil {
			return err
		}
	}
	for i, column := range headingColumns {
		if row[column] != l.heading[i] {
			return bad(l.position, whatEntry, "the lines of entry %s differ in %s", l.entry, journalColumns[column])
		}
	}
	amount, err := amountOf(row)
	if err != nil {
		return bad(l.position, whatEntry, "entry %s: %v", l.entry, err)
	}
	account := journal.Account(row[colCode])
	if of, known := account.Describe(); !known || of.Name != row[colName] {
		return bad(l.position, whatEntry, "entry %s: there is no account %s %s", l.entry, row[colCode], row[colName])
	}
	l.postings = append(l.postings, journal.Posting{Account: account, Amount: amount})
	if err := l.totals.add(amount); err != nil {
		return bad(l.position, whatTotals, "%v", err)
	}
	return nil
}

// begin reads what an entry says beside its postings.
func (l *ledgerLines) begin(row []string) error {
	before, beforeN := l.position, l.n
	first, second, ok := strings.Cut(row[colEntry], "-")
	position, err := strconv.ParseInt(first, 10, 64)
	n, alsoErr := strconv.Atoi(second)
	if !ok || err != nil || alsoErr != nil || position < 1 || n < 1 || row[colPosition] != first {
		return bad(max(before, 1), whatEntry, "behind entry %s comes entry %q of position %q", l.entry, row[colEntry], row[colPosition])
	}
	l.entry, l.position, l.n, l.heading = row[colEntry], position, n, nil
	for _, column := range headingColumns {
		l.heading = append(l.heading, strings.Clone(row[column]))
	}
	l.entry = l.heading[0]
	if position < before || position == before && n <= beforeN {
		return bad(position, whatOrder, "entry %s follows entry %d-%d", l.entry, before, beforeN)
	}
	day, err := journal.ParseDay(row[colDate])
	if err != nil {
		return bad(position, whatEntry, "entry %s: entry_date: %v", l.entry, err)
	}
	var correction journal.Month
	if err := correction.UnmarshalText([]byte(row[colCorrection])); err != nil {
		return bad(position, whatEntry, "entry %s: correction_of_period: %v", l.entry, err)
	}
	switch _, err := time.Parse(timeLayout, row[colRecorded]); {
	case err != nil:
		return bad(position, whatEntry, "entry %s: recorded_at must be a time, and is %q", l.entry, row[colRecorded])
	case row[colPeriod] != day.Month().String():
		return bad(position, whatEntry, "entry %s of %s is in the period %s", l.entry, day, row[colPeriod])
	case correction != 0 && (correction >= day.Month() || day != day.Month().First()):
		return bad(position, whatEntry, "entry %s of %s corrects the period %s; corrections are made on the first day of a later one", l.entry, day, correction)
	}
	return l.checkReversal(row[colReversal])
}

// checkReversal verifies that an entry takes back an earlier one.
func (l *ledgerLines) checkReversal(of string) error {
	if of == "" {
		return nil
	}
	var position int64
	var n int
	if _, err := fmt.Sscanf(of, "%d-%d", &position, &n); err != nil || position > l.position || position == l.position && n >= l.n {
		return bad(l.position, whatEntry, "entry %s takes back %q, which is no entry before it", l.entry, of)
	}
	return nil
}

// amountOf reads what a line posts; a debit is positive.
func amountOf(row []string) (money.Amount, error) {
	currency, err := money.ParseCurrency(row[colCurrency])
	if err != nil {
		return money.Amount{}, fmt.Errorf("currency %q: %w", row[colCurrency], err)
	}
	text, credit := row[colDebit], row[colDebit] == ""
	if credit {
		text = row[colCredit]
	}
	amount, err := money.ParseStored(currency, text)
	if err != nil {
		return amount, fmt.Errorf("the amount %q: %w", text, err)
	}
	switch {
	case (row[colDebit] == "") == (row[colCredit] == "") || amount.Sign() <= 0:
		return amount, fmt.Errorf("a line has a debit or a credit above nothing, and this one has %q and %q", row[colDebit], row[colCredit])
	case amount.Plain() != text || row[colExponent] != strconv.Itoa(currency.Digits()):
		return amount, fmt.Errorf("%s has %d digits behind the point, and the line has %q and the exponent %q", currency, currency.Digits(), text, row[colExponent])
	}
	if credit {
		amount = amount.Neg()
	}
	if amount.Minor().String() != row[colMinor] {
		return amount, fmt.Errorf("%s is not the amount_minor %q", amount, row[colMinor])
	}
	return amount, nil
}

// endEntry verifies that the entry balances.
func (l *ledgerLines) endEntry() error {
	if l.entry == "" {
		return nil
	}
	if _, err := journal.NewEntry(journal.Heading{Position: l.position, N: l.n}, l.postings); err != nil {
		return bad(l.position, whatEntry, "%v", err)
	}
	l.postings = l.postings[:0]
	v := l.verdict
	v.Entries++
	return nil
}
