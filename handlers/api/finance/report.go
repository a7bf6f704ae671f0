package finance

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/finance"
)

// reportView shows a page of a report.
type reportView struct {
	heading
	Data   []jsontext.Value `json:"data" doc:"The rows, with the columns as members; null is an empty cell."`
	Totals []jsontext.Value `json:"totals" doc:"The sums over all rows, one for each currency."`
	Page   endpoint.Paging  `json:"page"`
}

// journalView shows a page of the journal.
type journalView struct {
	heading
	Data   []entryView      `json:"data"`
	Totals []jsontext.Value `json:"totals" doc:"The sums over all postings, one for each currency."`
	Page   endpoint.Paging  `json:"page"`
}

// heading tells what a report shows.
type heading struct {
	Report string   `json:"report"`
	AsOf   view.Cut `json:"as_of"`
	Date   *string  `json:"date" format:"date"`
	From   *string  `json:"from" format:"date"`
	To     *string  `json:"to" format:"date"`
}

// entryView shows an entry of the journal.
type entryView struct {
	EntryID            string           `json:"entry_id" example:"12-1" doc:"The position of the event, and the number among its entries."`
	Position           int64            `json:"position"`
	EventID            string           `json:"event_id"`
	EventType          string           `json:"event_type"`
	EntryDate          string           `json:"entry_date" format:"date"`
	Period             string           `json:"period" example:"2026-01"`
	RecordedAt         time.Time        `json:"recorded_at"`
	ReversalOf         *string          `json:"reversal_of" doc:"The entry that this one takes back."`
	CorrectionOfPeriod *string          `json:"correction_of_period" doc:"The closed period that the entry belongs to."`
	Memo               *string          `json:"memo"`
	Lines              []jsontext.Value `json:"lines" doc:"The postings, debits positive in amount_minor."`
}

// params reads what a report is to show.
func params(ctx context.Context, tx pgx.Tx, c *endpoint.Call, r finance.Report, position int64) (finance.Params, error) {
	cut, err := c.Cut(ctx, tx, position)
	if err != nil {
		return finance.Params{}, err
	}
	c.ShowsUpTo(cut.Position)
	p := finance.Params{
		Cut: cut, From: day(c, finance.TakesFrom), To: day(c, finance.TakesTo), Date: day(c, finance.TakesDate),
		Account: c.Parameter(finance.TakesAccount), Workspace: c.Parameter(finance.TakesWorkspace), Invoice: c.Parameter(finance.TakesInvoice),
	}
	if p.Date == nil && slices.Contains(r.Takes, finance.TakesDate) {
		if p.Date, err = today(ctx, tx, c, cut); err != nil {
			return p, err
		}
	}
	return p, nil
}

// today gives the day on which a balance is shown where none is asked for: that of the cut, or now.
func today(ctx context.Context, tx pgx.Tx, c *endpoint.Call, cut eventstore.Cut) (*journal.Day, error) {
	at := cut.Time
	if !c.Given(endpoint.ParameterAsOf.Name) {
		at = c.Now()
	}
	settings, err := finance.FindSettings(ctx, tx, c.Ledger.ID)
	if err != nil {
		return nil, err
	}
	return new(settings.Day(at)), nil
}

func day(c *endpoint.Call, name string) *journal.Day {
	d, err := journal.ParseDay(c.Parameter(name))
	if err != nil {
		return nil
	}
	return &d
}

func headingOf(c *endpoint.Call, r finance.Report, p finance.Params) heading {
	given := func(name string) *string { return endpoint.OrNull(c.Parameter(name)) }
	return heading{Report: r.Name, AsOf: view.CutOf(p.Cut), Date: given(finance.TakesDate), From: given(finance.TakesFrom), To: given(finance.TakesTo)}
}

// show makes a page of a report.
func show(pick choice) endpoint.Reading[reportView] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (shown reportView, err error) {
		r := pick(c)
		p, err := params(ctx, tx, c, r, c.Position())
		if err != nil {
			return shown, err
		}
		rows, err := endpoint.PageBy(c, r.ParseKey, func(after string, limit int) ([]finance.Row, error) {
			return r.Rows(ctx, tx, c.Ledger.ID, p, after, limit)
		}, finance.Row.Key, func(row finance.Row) jsontext.Value { return object(r.Columns, row.Cells) })
		if err != nil {
			return shown, err
		}
		totals, err := totalsOf(ctx, tx, c, r, p)
		return reportView{heading: headingOf(c, r, p), Data: rows.Data, Totals: totals, Page: rows.Page}, err
	}
}

// choice gives the report that a call asks for.
type choice func(*endpoint.Call) finance.Report

// one always gives the same report.
func one(r finance.Report) choice { return func(*endpoint.Call) finance.Report { return r } }

// viewed gives another report where the call asks for its view.
func viewed(r finance.Report, view string, other string) choice {
	seen, _ := finance.Find(other)
	return func(c *endpoint.Call) finance.Report {
		if c.Parameter(parameterView) == view {
			return seen
		}
		return r
	}
}

// headingColumns counts the columns of the journal that say what the entry is, as they come first.
const headingColumns = 7

// showJournal makes a page of the journal, entry by entry.
func showJournal(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (shown journalView, err error) {
	r, _ := finance.Find(finance.Journal)
	p, err := params(ctx, tx, c, r, c.Position())
	if err != nil {
		return shown, err
	}
	entries, err := endpoint.PageBy(c, finance.ParseEntryKey, func(after string, limit int) ([]finance.Entry, error) {
		return finance.Entries(ctx, tx, c.Ledger.ID, p, after, limit)
	}, func(e finance.Entry) string { return e.Key }, func(e finance.Entry) entryView { return viewEntry(r, e) })
	if err != nil {
		return shown, err
	}
	totals, err := totalsOf(ctx, tx, c, r, p)
	return journalView{heading: headingOf(c, r, p), Data: entries.Data, Totals: totals, Page: entries.Page}, err
}

// entryColumns are those behind the lines'.
var entryColumns = []string{"reversal_of", "correction_of_period", "memo"}

func viewEntry(r finance.Report, e finance.Entry) entryView {
	at := map[string]finance.Cell{}
	for i, column := range r.Columns {
		at[column.Name] = e.Rows[0].Cells[i]
	}
	shown := entryView{
		EntryID: *at["entry_id"], EventID: *at["event_id"], EventType: *at["event_type"], EntryDate: *at["entry_date"], Period: *at["period"],
		ReversalOf: at["reversal_of"], CorrectionOfPeriod: at["correction_of_period"], Memo: at["memo"],
	}
	shown.Position, _ = parseInteger(*at["position"])
	shown.RecordedAt, _ = time.Parse(time.RFC3339Nano, *at["recorded_at"])
	lines := len(r.Columns) - len(entryColumns)
	for _, row := range e.Rows {
		shown.Lines = append(shown.Lines, object(r.Columns[headingColumns:lines], row.Cells[headingColumns:lines]))
	}
	return shown
}

func totalsOf(ctx context.Context, tx pgx.Tx, c *endpoint.Call, r finance.Report, p finance.Params) ([]jsontext.Value, error) {
	found, err := r.Totals(ctx, tx, c.Ledger.ID, p)
	if err != nil {
		return nil, err
	}
	columns := []finance.Column{{Name: "currency", Kind: finance.Text}}
	for _, name := range r.Sums {
		columns = append(columns, finance.Column{Name: name, Kind: finance.Amount})
	}
	totals := make([]jsontext.Value, 0, len(found))
	for _, total := range found {
		cells := []finance.Cell{&total.Currency}
		for _, name := range r.Sums {
			cells = append(cells, new(total.Sums[name]))
		}
		totals = append(totals, object(columns, cells))
	}
	return totals, nil
}

// object writes cells as JSON, with the names of their columns: whole numbers as numbers, all else as text.
func object(columns []finance.Column, cells []finance.Cell) jsontext.Value {
	out := []byte("{")
	for i, column := range columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '"'), column.Name...)
		out = append(out, '"', ':')
		switch cell := cells[i]; {
		case cell == nil:
			out = append(out, "null"...)
		case column.Kind == finance.Integer || column.Kind == finance.Minor:
			out = append(out, *cell...)
		default:
			out = quote(out, *cell)
		}
	}
	return append(out, '}')
}

var errQuote = errors.New("what was stored is UTF-8")

// quote adds a text as JSON.
func quote(out []byte, text string) []byte {
	quoted, err := jsontext.AppendQuote(out, text)
	if err != nil {
		panic(errors.Join(errQuote, err))
	}
	return quoted
}
