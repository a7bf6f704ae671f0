package finance

// Names of reports on documents.
const (
	Receivables        = "receivables"
	InvoiceRegister    = "invoice-register"
	CreditNoteRegister = "credit-note-register"
	TaxSummary         = "tax-summary"
)

// latestInvoices gives each invoice as the last event up to the cut left it.
const latestInvoices = `
	SELECT DISTINCT ON (v.invoice) v.*
	FROM invoice_versions v
	WHERE v.ledger_id = @ledger AND v.position <= @position
	ORDER BY v.invoice, v.position DESC`

var receivables = Report{
	Name: Receivables,
	Columns: []Column{
		{"workspace", Text}, {"invoice", Text}, {"number", Text}, {"issued_on", Date}, {"due_on", Date}, {"currency", Text}, {"outstanding", Amount},
		{"days_overdue", Integer}, {"bucket", Text},
	},
	Takes: []string{TakesDate},
	Sums:  []string{"outstanding"},
	Key:   []KeyColumn{{"workspace", "text"}, {"issued_on", "date"}, {"invoice", "text"}},
	rows: `
		SELECT o.*, CASE WHEN o.days_overdue = 0 THEN 'current' WHEN o.days_overdue <= 30 THEN '1-30' WHEN o.days_overdue <= 60 THEN '31-60'
		                 WHEN o.days_overdue <= 90 THEN '61-90' ELSE 'over_90' END AS bucket
		FROM (
			SELECT v.workspace, v.invoice, v.number, v.issued_on, v.due_on, v.currency, s.outstanding,
			       greatest(coalesce(@date::date - v.due_on, 0), 0) AS days_overdue
			FROM (
				SELECT j.invoice, sum(j.amount) AS outstanding
				FROM journal j
				WHERE ` + ofJournal + ` AND j.account = '1100'
				GROUP BY j.invoice
				HAVING sum(j.amount) <> 0) AS s
			JOIN (` + latestInvoices + `) AS v ON v.invoice = s.invoice) AS o`,
}

var invoiceRegister = Report{
	Name: InvoiceRegister,
	Columns: []Column{
		{"number", Text}, {"invoice", Text}, {"workspace", Text}, {"reason", Text}, {"issued_on", Date}, {"due_on", Date}, {"currency", Text},
		{"subtotal", Amount}, {"discount", Amount}, {"tax", Amount}, {"total", Amount}, {"credit_applied", Amount}, {"paid", Amount}, {"credited", Amount},
		{"written_off", Amount}, {"outstanding", Amount}, {"status", Text}, {"payment_status", Text},
	},
	Takes: []string{TakesFrom, TakesTo},
	Sums:  []string{"subtotal", "discount", "tax", "total", "credit_applied", "paid", "credited", "written_off", "outstanding"},
	Key:   []KeyColumn{{"issued_on", "date"}, {"digits", "integer"}, {"number", "text"}, {"invoice", "text"}},
	rows: `
		SELECT v.*, length(v.number) AS digits
		FROM (` + latestInvoices + `) AS v
		WHERE (@from::date IS NULL OR v.issued_on >= @from::date) AND (@to::date IS NULL OR v.issued_on < @to::date)`,
}

var creditNoteRegister = Report{
	Name: CreditNoteRegister,
	Columns: []Column{
		{"number", Text}, {"credit_note", Text}, {"invoice_number", Text}, {"workspace", Text}, {"issued_on", Date}, {"currency", Text}, {"net", Amount},
		{"tax", Amount}, {"total", Amount}, {"set_off", Amount}, {"to_credit", Amount}, {"refunded", Amount}, {"reason", Text},
	},
	Takes: []string{TakesFrom, TakesTo},
	Sums:  []string{"net", "tax", "total", "set_off", "to_credit", "refunded"},
	Key:   []KeyColumn{{"issued_on", "date"}, {"position", "bigint"}},
	rows: `
		SELECT c.*, c.total - c.tax AS net
		FROM note_rows c
		WHERE c.ledger_id = @ledger AND c.position <= @position AND (@from::date IS NULL OR c.issued_on >= @from::date)
		  AND (@to::date IS NULL OR c.issued_on < @to::date)`,
}

// taxSummary has the country of the billing details that were in force when the invoice was issued, or else of the first ones after. It
// reads them where they stand, since no read model copies them: once they are erased there is none.
var taxSummary = Report{
	Name: TaxSummary,
	Columns: []Column{
		{"country", Text}, {"treatment", Text}, {"tax_rate", Text}, {"currency", Text}, {"taxable", Amount}, {"tax", Amount}, {"credited_taxable", Amount},
		{"credited_tax", Amount}, {"net_taxable", Amount}, {"net_tax", Amount},
	},
	Takes: []string{TakesFrom, TakesTo},
	Sums:  []string{"taxable", "tax", "credited_taxable", "credited_tax", "net_taxable", "net_tax"},
	Key:   []KeyColumn{{"of", "text"}, {"treatment", "text"}, {"tax_rate", "text"}, {"currency", "text"}},
	rows: `
		SELECT NULLIF(c.country, '') AS country, t.treatment, t.tax_rate, t.currency, sum(t.taxable) AS taxable, sum(t.tax) AS tax,
		       sum(t.credited_taxable) AS credited_taxable, sum(t.credited_tax) AS credited_tax, sum(t.taxable - t.credited_taxable) AS net_taxable,
		       sum(t.tax - t.credited_tax) AS net_tax, coalesce(c.country, '') AS of
		FROM (
			SELECT workspace, issued_at, treatment, tax_rate, currency, sum(taxable) AS taxable, sum(tax) AS tax, sum(credited_taxable) AS credited_taxable,
			       sum(credited_tax) AS credited_tax
			FROM tax_rows
			WHERE ledger_id = @ledger AND position <= @position AND (@from::date IS NULL OR dated >= @from::date)
			  AND (@to::date IS NULL OR dated < @to::date)
			GROUP BY workspace, issued_at, treatment, tax_rate, currency) AS t
		LEFT JOIN LATERAL (
			SELECT (
				SELECT convert_from(p.data, 'UTF8')::json ->> 'country'
				FROM tallystick.private_parts p
				WHERE p.ledger_id = e.ledger_id AND p.position = e.position) AS country
			FROM tallystick.events e
			WHERE e.ledger_id = @ledger AND e.stream = 'details:' || t.workspace AND e.version > 0 AND e.position <= @position
			ORDER BY e.effective_at <= t.issued_at DESC, CASE WHEN e.effective_at <= t.issued_at THEN e.version ELSE -e.version END DESC
			LIMIT 1) AS c ON true
		GROUP BY coalesce(c.country, ''), c.country, t.treatment, t.tax_rate, t.currency`,
}
