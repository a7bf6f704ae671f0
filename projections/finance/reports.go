package finance

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/journal"
)

// Names of reports.
const (
	Journal      = "journal"
	TrialBalance = "trial-balance"
)

// Reports lists all reports.
var Reports = []Report{
	journalReport, trialBalance, generalLedger, incomeStatement, balanceSheet, receivables, deferredRevenue, deferredWaterfall, invoiceRegister,
	creditNoteRegister, paymentReconciliation, taxSummary, mrr, mrrMovements,
}

// chart gives the accounts as a relation.
func chart() string {
	var rows []string
	for i, line := range journal.Chart {
		rows = append(rows, fmt.Sprintf("('%s', '%s', '%s', %d)", line.Code, line.Name, line.Type, i))
	}
	return "(VALUES " + strings.Join(rows, ", ") + ") AS c (code, name, type, place)"
}

// accountName names an account by its code, which costs less than to join the chart.
var accountName = func() string {
	var cases []string
	for _, line := range journal.Chart {
		cases = append(cases, fmt.Sprintf("WHEN '%s' THEN '%s'", line.Code, line.Name))
	}
	return "CASE j.account " + strings.Join(cases, " ") + " END"
}()

// ofJournal chooses postings of the journal by what all reports take.
const ofJournal = `j.ledger_id = @ledger AND j.position <= @position
	AND (@from::date IS NULL OR j.entry_date >= @from::date) AND (@to::date IS NULL OR j.entry_date < @to::date)
	AND (@date::date IS NULL OR j.entry_date <= @date::date)`

// entryID names an entry in SQL.
const entryID = `j.position || '-' || j.n`

var journalReport = Report{
	Name: Journal,
	Columns: []Column{
		{"entry_id", Text}, {"position", Integer}, {"event_id", Text}, {"event_type", Text}, {"entry_date", Date}, {"period", Text}, {"recorded_at", Time},
		{"account_code", Text}, {"account_name", Text}, {"debit", Amount}, {"credit", Amount}, {"amount_minor", Minor}, {"exponent", Integer},
		{"currency", Text}, {"workspace", Text}, {"invoice", Text}, {"invoice_line", Text}, {"product", Text}, {"tax_rate", Text}, {"reversal_of", Text},
		{"correction_of_period", Text}, {"memo", Text},
	},
	Takes: []string{TakesFrom, TakesTo, TakesAccount, TakesWorkspace, TakesInvoice},
	Sums:  []string{"debit", "credit"},
	Key:   []KeyColumn{{"position", "bigint"}, {"n", "integer"}, {"line", "integer"}}, indexed: true,
	rows: `
		SELECT ` + entryID + ` AS entry_id, j.position, j.n, j.line, j.event_id, j.event_type, j.entry_date, substr(j.entry_date::text, 1, 7) AS period,
		       j.recorded_at, j.account AS account_code, ` + accountName + ` AS account_name, CASE WHEN j.amount > 0 THEN j.amount END AS debit,
		       CASE WHEN j.amount < 0 THEN -j.amount END AS credit, j.amount AS amount_minor,
		       j.exponent, j.currency, j.workspace, j.invoice, j.invoice_line, j.product, j.tax_rate, j.reversal_of,
		       j.correction_of AS correction_of_period, j.memo
		FROM journal j
		WHERE ` + ofJournal + `
		  AND (@account::text = '' OR j.account = @account::text) AND (@workspace::text = '' OR j.workspace = @workspace::text)
		  AND (@invoice::text = '' OR j.invoice = @invoice::text)`,
}

var trialBalance = Report{
	Name: TrialBalance,
	Columns: []Column{
		{"account_code", Text}, {"account_name", Text}, {"type", Text}, {"currency", Text}, {"debit", Amount}, {"credit", Amount}, {"balance", Amount},
	},
	Takes: []string{TakesDate},
	Sums:  []string{"debit", "credit", "balance"},
	Key:   []KeyColumn{{"account_code", "text"}, {"currency", "text"}},
	rows: `
		SELECT j.account AS account_code, c.name AS account_name, c.type, j.currency, coalesce(sum(j.amount) FILTER (WHERE j.amount > 0), 0) AS debit,
		       coalesce(-sum(j.amount) FILTER (WHERE j.amount < 0), 0) AS credit, sum(j.amount) AS balance
		FROM journal j
		JOIN ` + chart() + ` ON c.code = j.account
		WHERE ` + ofJournal + `
		GROUP BY j.account, c.name, c.type, j.currency`,
}

// Entry is an entry of the journal with its postings, as rows of the report of the journal.
type Entry struct {
	Rows []Row
	Key  string
}

// entryKey lists the columns that tell entries apart.
var entryKey = journalReport.Key[:2]

// ParseEntryKey takes the key of an entry, and nothing that no entry can have.
func ParseEntryKey(text string) (string, bool) { return parseKey(entryKey, text) }

// Entries gives at most limit entries of the journal behind a key, with those of their postings that the parameters choose.
func Entries(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, p Params, after string, limit int) (entries []Entry, err error) {
	args := p.args(ledger)
	args["limit"] = limit
	where, err := behind(entryKey, after, args)
	if err != nil {
		return nil, err
	}
	rows, err := journalReport.query(ctx, tx, p.chooseAll(), fmt.Sprintf(`
		WHERE (%s) IN (
			SELECT DISTINCT r.position, r.n
			FROM (%s) AS r
			%s
			ORDER BY r.position, r.n
			LIMIT @limit)
		ORDER BY %s`, namesOf(entryKey), journalReport.rows, where, namesOf(journalReport.Key)), args)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		last := len(entries) - 1
		if last < 0 || *entries[last].Rows[0].Cells[0] != *row.Cells[0] {
			position, n, _ := strings.Cut(*row.Cells[0], "-")
			entries, last = append(entries, Entry{Key: keyOf([]Cell{&position, &n})}), last+1
		}
		entries[last].Rows = append(entries[last].Rows, row)
	}
	return entries, nil
}
