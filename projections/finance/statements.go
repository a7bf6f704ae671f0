package finance

// Names of reports on the journal alone.
const (
	GeneralLedger     = "general-ledger"
	IncomeStatement   = "income-statement"
	BalanceSheet      = "balance-sheet"
	DeferredRevenue   = "deferred-revenue"
	DeferredWaterfall = "deferred-revenue-waterfall"
)

var generalLedger = Report{
	Name: GeneralLedger,
	Columns: []Column{
		{"account_code", Text}, {"entry_date", Date}, {"entry_id", Text}, {"currency", Text}, {"debit", Amount}, {"credit", Amount}, {"balance", Amount},
		{"workspace", Text}, {"invoice", Text}, {"memo", Text},
	},
	Takes: []string{TakesAccount, TakesFrom, TakesTo},
	Sums:  []string{"debit", "credit"},
	Key:   []KeyColumn{{"account_code", "text"}, {"currency", "text"}, {"dated", "date"}, {"position", "bigint"}, {"n", "integer"}, {"line", "integer"}},
	rows: `
		SELECT l.account_code, l.entry_date, l.entry_id, l.currency, l.debit, l.credit,
		       sum(l.amount) OVER (PARTITION BY l.account_code, l.currency ORDER BY l.dated, l.position, l.n, l.line) AS balance,
		       l.workspace, l.invoice, l.memo, l.dated, l.position, l.n, l.line
		FROM (
			SELECT j.account AS account_code, @from::date AS entry_date, 'opening' AS entry_id, j.currency, NULL::numeric AS debit, NULL::numeric AS credit,
			       coalesce(sum(j.amount) FILTER (WHERE j.entry_date < @from::date), 0) AS amount, NULL::text AS workspace, NULL::text AS invoice,
			       NULL::text AS memo, '-infinity'::date AS dated, 0::bigint AS position, 0 AS n, 0 AS line
			FROM journal j
			WHERE j.ledger_id = @ledger AND j.position <= @position AND (@account::text = '' OR j.account = @account::text)
			  AND (@to::date IS NULL OR j.entry_date < @to::date)
			GROUP BY j.account, j.currency
			UNION ALL
			SELECT j.account, j.entry_date, ` + entryID + `, j.currency, CASE WHEN j.amount > 0 THEN j.amount END, CASE WHEN j.amount < 0 THEN -j.amount END,
			       j.amount, j.workspace, j.invoice, j.memo, j.entry_date, j.position, j.n, j.line
			FROM journal j
			WHERE ` + ofJournal + ` AND (@account::text = '' OR j.account = @account::text)) AS l`,
}

var incomeStatement = Report{
	Name:    IncomeStatement,
	Columns: []Column{{"account_code", Text}, {"account_name", Text}, {"product", Text}, {"currency", Text}, {"amount", Amount}},
	Takes:   []string{TakesFrom, TakesTo},
	Sums:    []string{"amount"},
	Key:     []KeyColumn{{"account_code", "text"}, {"currency", "text"}, {"of", "text"}},
	rows: `
		SELECT j.account AS account_code, c.name AS account_name, j.product, j.currency, -sum(j.amount) AS amount, coalesce(j.product, '') AS of
		FROM journal j
		JOIN ` + chart() + ` ON c.code = j.account
		WHERE ` + ofJournal + ` AND c.type IN ('income', 'expense')
		GROUP BY j.account, c.name, j.product, j.currency`,
}

var balanceSheet = Report{
	Name:    BalanceSheet,
	Columns: []Column{{"section", Text}, {"account_code", Text}, {"account_name", Text}, {"currency", Text}, {"amount", Amount}},
	Takes:   []string{TakesDate},
	Sums:    []string{"assets", "liabilities", "equity"},
	Key:     []KeyColumn{{"place", "integer"}, {"account_code", "text"}, {"currency", "text"}},
	rows: `
		SELECT b.section, b.account_code, c.name AS account_name, b.currency, b.amount, b.place, CASE b.place WHEN 1 THEN b.amount END AS assets,
		       CASE b.place WHEN 2 THEN b.amount END AS liabilities, CASE b.place WHEN 3 THEN b.amount END AS equity
		FROM (
			SELECT CASE c.type WHEN 'asset' THEN 'assets' WHEN 'liability' THEN 'liabilities' ELSE 'equity' END AS section,
			       CASE WHEN c.type IN ('income', 'expense') THEN '3000' ELSE j.account END AS account_code, j.currency,
			       sum(CASE c.type WHEN 'asset' THEN j.amount ELSE -j.amount END) AS amount,
			       CASE c.type WHEN 'asset' THEN 1 WHEN 'liability' THEN 2 ELSE 3 END AS place
			FROM journal j
			JOIN ` + chart() + ` ON c.code = j.account
			WHERE ` + ofJournal + `
			GROUP BY 1, 2, 3, 5) AS b
		JOIN ` + chart() + ` ON c.code = b.account_code`,
}

// deferredRevenue rolls the account forward. What is written off counts less what of it is in the books again.
var deferredRevenue = Report{
	Name: DeferredRevenue,
	Columns: []Column{
		{"product", Text}, {"currency", Text}, {"opening", Amount}, {"billed", Amount}, {"recognized", Amount}, {"credited", Amount}, {"written_off", Amount},
		{"closing", Amount},
	},
	Takes: []string{TakesFrom, TakesTo},
	Sums:  []string{"opening", "billed", "recognized", "credited", "written_off", "closing"},
	Key:   []KeyColumn{{"of", "text"}, {"currency", "text"}},
	rows: `
		SELECT d.product, d.currency, coalesce(sum(d.amount) FILTER (WHERE NOT d.within), 0) AS opening,
		       coalesce(sum(d.amount) FILTER (WHERE d.within AND d.what = 'billed'), 0) AS billed,
		       coalesce(-sum(d.amount) FILTER (WHERE d.within AND d.what = 'recognized'), 0) AS recognized,
		       coalesce(-sum(d.amount) FILTER (WHERE d.within AND d.what = 'credited'), 0) AS credited,
		       coalesce(-sum(d.amount) FILTER (WHERE d.within AND d.what = 'written_off'), 0) AS written_off, sum(d.amount) AS closing,
		       coalesce(d.product, '') AS of
		FROM (
			SELECT j.product, j.currency, -j.amount AS amount, (@from::date IS NULL OR j.entry_date >= @from::date) AS within,
			       CASE WHEN j.kind = 'write_off' OR j.invoice_line IS NULL THEN 'written_off' WHEN j.kind = 'earn' THEN 'recognized'
			            WHEN j.kind = 'issue' AND j.position = k.made THEN 'billed' ELSE 'credited' END AS what
			FROM journal j
			LEFT JOIN kept k ON k.ledger_id = j.ledger_id AND k.kind = 'invoice' AND k.id = j.invoice
			WHERE j.ledger_id = @ledger AND j.position <= @position AND j.account = '2000' AND (@to::date IS NULL OR j.entry_date < @to::date)) AS d
		GROUP BY d.product, d.currency`,
}

// deferredWaterfall shows in which months what was billed in a month became revenue, and in which the rest will.
var deferredWaterfall = Report{
	Name:    DeferredWaterfall,
	Columns: []Column{{"booked_month", Text}, {"recognition_month", Text}, {"currency", Text}, {"amount", Amount}},
	Takes:   []string{TakesDate},
	Sums:    []string{"amount"},
	Key:     []KeyColumn{{"booked_month", "text"}, {"recognition_month", "text"}, {"currency", "text"}},
	rows: `
		SELECT to_char(b.booked, 'YYYY-MM') AS booked_month, to_char(w.month, 'YYYY-MM') AS recognition_month, w.currency, sum(w.amount) AS amount
		FROM (
			SELECT j.invoice, date_trunc('month', j.entry_date)::date AS month, j.currency, j.amount
			FROM journal j
			WHERE ` + ofJournal + ` AND j.account = '2000' AND j.kind = 'earn'
			UNION ALL
			SELECT u.invoice, u.month, u.currency, u.amount
			FROM (` + unearned + `) AS u) AS w
		JOIN (
			SELECT i.invoice, min(i.entry_date) AS booked
			FROM journal i
			WHERE i.ledger_id = @ledger AND i.position <= @position AND i.account = '2000' AND i.kind = 'issue'
			GROUP BY i.invoice) AS b ON b.invoice = w.invoice
		GROUP BY 1, 2, 3
		HAVING sum(w.amount) <> 0`,
}
