package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/projections/engine"
)

// posting is a line of the journal, as the read model has it. Texts are empty where it says nothing.
type posting struct {
	Line        int
	EventID     string
	EventType   string
	Kind        string
	Date        journal.Day
	Account     journal.Account
	Amount      string // in decimal digits; debits are positive
	Exponent    int
	Currency    money.Currency
	Workspace   string
	Invoice     string
	InvoiceLine string
	Product     string
	TaxRate     string
	ReversalOf  string
	Correction  string
	Memo        string
}

// amount gives the amount, nothing where it is none of its currency.
func (p posting) amount() money.Amount {
	amount, err := money.ParseStored(p.Currency, p.Amount)
	if err != nil {
		return money.Zero(p.Currency)
	}
	return amount
}

// entry is an entry of the journal with its lines.
type entry struct {
	Position int64
	N        int
	Postings []posting
}

// id names the entry as reports do.
func (e *entry) id() string { return fmt.Sprintf("%d-%d", e.Position, e.N) }

// compare puts entries into the order of the journal.
func (e *entry) compare(position int64, n int) int {
	if e.Position != position {
		return int(min(max(e.Position-position, -1), 1))
	}
	return e.N - n
}

// made gives an entry that the events give, as the read model would have it.
func made(of journal.Entry) *entry {
	e := &entry{Position: of.Position, N: of.N}
	for i, p := range of.Postings() {
		e.Postings = append(e.Postings, posting{
			Line: i + 1, EventID: of.EventID, EventType: of.EventType, Kind: string(of.Kind), Date: of.Date, Account: p.Account,
			Amount: p.Amount.Plain(), Exponent: p.Amount.Currency().Digits(), Currency: p.Amount.Currency(), Workspace: p.Workspace,
			Invoice: p.Invoice, InvoiceLine: p.InvoiceLine, Product: p.Product, TaxRate: p.TaxRate, ReversalOf: of.ReversalOf,
			Correction: of.CorrectionOf.String(), Memo: of.Memo,
		})
	}
	return e
}

// reader reads the journal of a read model entry by entry. It holds some rows at once.
type reader struct {
	r      *run
	schema string
	upTo   int64

	rows     []row
	position int64 // of the last row that was read
	n, line  int
	over     bool
}

type row struct {
	position int64
	n        int
	posting
}

const readerRows = 4_000

// peek gives the next entry of a position up to one, nil where there is none.
func (j *reader) peek(ctx context.Context, upTo int64) (*entry, error) {
	for !j.over && (len(j.rows) == 0 || j.rows[0].position == j.position && j.rows[0].n == j.n) {
		if err := j.more(ctx); err != nil {
			return nil, err
		}
	}
	if len(j.rows) == 0 || j.rows[0].position > upTo {
		return nil, nil
	}
	e := &entry{Position: j.rows[0].position, N: j.rows[0].n}
	for _, of := range j.rows {
		if of.position != e.Position || of.n != e.N {
			break
		}
		e.Postings = append(e.Postings, of.posting)
	}
	return e, nil
}

// skip leaves an entry behind that was looked at.
func (j *reader) skip(e *entry) { j.rows = j.rows[len(e.Postings):] }

func (j *reader) more(ctx context.Context) error {
	return engine.InOrder(ctx, j.r.tx, func() error { return j.page(ctx) })
}

func (j *reader) page(ctx context.Context) error {
	rows, err := j.r.tx.Query(ctx, fmt.Sprintf(`
		SELECT j.position, j.n, j.line, j.event_id, j.event_type, j.kind, j.entry_date, j.account, j.amount::text, j.exponent, j.currency,
		       coalesce(j.workspace, ''), coalesce(j.invoice, ''), coalesce(j.invoice_line, ''), coalesce(j.product, ''), coalesce(j.tax_rate, ''),
		       coalesce(j.reversal_of, ''), coalesce(j.correction_of, ''), coalesce(j.memo, '')
		FROM %s.journal j
		WHERE j.ledger_id = $1 AND (j.position, j.n, j.line) > ($2, $3, $4) AND j.position <= $5
		ORDER BY j.position, j.n, j.line
		LIMIT $6`, pgx.Identifier{j.schema}.Sanitize()), [16]byte(j.r.Ledger.ID), j.position, j.n, j.line, j.upTo, readerRows)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	count := 0
	var p posting
	var day time.Time
	_, err = pgx.ForEachRow(rows, []any{
		&j.position, &j.n, &p.Line, &p.EventID, &p.EventType, &p.Kind, &day, &p.Account, &p.Amount, &p.Exponent, &p.Currency, &p.Workspace, &p.Invoice,
		&p.InvoiceLine, &p.Product, &p.TaxRate, &p.ReversalOf, &p.Correction, &p.Memo,
	}, func() error {
		count++
		p.Date, j.line = journal.DayIn(day, time.UTC), p.Line
		j.rows = append(j.rows, row{j.position, j.n, p})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	j.over = count < readerRows
	return nil
}
