package finance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// Cell is a value as text, nil for none.
type Cell = *string

// Kind tells what the cells of a column are.
type Kind string

const (
	Text    Kind = "text"
	Date    Kind = "date"    // 2026-01-31
	Time    Kind = "time"    // RFC 3339
	Amount  Kind = "amount"  // a decimal with exactly the digits of the row's currency
	Minor   Kind = "minor"   // an amount as a whole number of minor units
	Integer Kind = "integer" // any other whole number
)

// Column is a column of a report.
type Column struct {
	Name string
	Kind Kind
}

// Names of what a report takes beside the cut.
const (
	TakesFrom      = "from"
	TakesTo        = "to"
	TakesDate      = "date"
	TakesAccount   = "account"
	TakesWorkspace = "workspace"
	TakesInvoice   = "invoice"
)

// Params choose what a report shows. Those that it does not take must be empty; a nil day bounds nothing.
type Params struct {
	Cut                         eventstore.Cut
	From                        *journal.Day // inclusive
	To                          *journal.Day // exclusive
	Date                        *journal.Day // inclusive
	Account, Workspace, Invoice string
}

// Report says all about one report.
type Report struct {
	Name    string
	Columns []Column
	Takes   []string
	// Sums lists the columns of amounts that add up over all rows of a currency.
	Sums []string
	// Key lists the columns, of those that rows selects or beside them, whose values are never null and differ in each row. The
	// rows are in this order.
	Key []KeyColumn
	// indexed says that an index has the rows in the order of the key.
	indexed bool
	// rows selects the columns by their names, with the parameters of [Params.args].
	rows string
}

// KeyColumn is a column of a report's key, with the type that its values have in SQL.
type KeyColumn struct{ Name, Type string }

// Total holds sums over all rows of a currency, by columns.
type Total struct {
	Currency string
	Sums     map[string]string
}

// Find gives the report of a name.
func Find(name string) (Report, bool) {
	for _, r := range Reports {
		if r.Name == name {
			return r, true
		}
	}
	return Report{}, false
}

// args gives the parameters as SQL takes them.
func (p Params) args(ledger uuid.UUID) pgx.NamedArgs {
	day := func(d *journal.Day) *time.Time {
		if d == nil {
			return nil
		}
		return new(d.Time())
	}
	return pgx.NamedArgs{
		"ledger": [16]byte(ledger), "position": p.Cut.Position, "from": day(p.From), "to": day(p.To), "date": day(p.Date),
		"account": p.Account, "workspace": p.Workspace, "invoice": p.Invoice,
	}
}

// chooseAll reports whether the parameters choose all rows of the journal up to the cut, or by a column that has no index.
func (p Params) chooseAll() bool {
	return p.From == nil && p.To == nil && p.Date == nil && p.Account == "" && p.Invoice == ""
}

var errKey = errors.New("the key is not one that the report gave")

// Row is a row of a report.
type Row struct {
	Cells []Cell // in the order of the columns, nil for an empty one
	key   []Cell
}

// Key gives what the next row is found behind.
func (r Row) Key() string { return keyOf(r.key) }

// Rows gives at most limit rows behind a key, the first ones behind "". Fewer than that are the last ones. No more is held in memory.
func (r Report) Rows(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, p Params, after string, limit int) ([]Row, error) {
	return r.page(ctx, tx, ledger, p, after, limit, p.chooseAll())
}

// Walk gives rows as Rows does, to those who read all pages. It passes over rows that the parameters do not choose, once for all
// pages, where Rows may look for those that they do choose anew for each page.
func (r Report) Walk(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, p Params, after string, limit int) ([]Row, error) {
	return r.page(ctx, tx, ledger, p, after, limit, true)
}

func (r Report) page(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, p Params, after string, limit int, inOrder bool) ([]Row, error) {
	args := p.args(ledger)
	args["limit"] = limit
	where, err := behind(r.Key, after, args)
	if err != nil {
		return nil, err
	}
	return r.query(ctx, tx, inOrder, where+" ORDER BY "+namesOf(r.Key)+" LIMIT @limit", args)
}

// query makes rows. The rest of the SQL says which, and in which order, which may be one that an index has.
func (r Report) query(ctx context.Context, tx pgx.Tx, inOrder bool, rest string, args pgx.NamedArgs) ([]Row, error) {
	var selected []string
	for _, c := range r.Columns {
		selected = append(selected, c.sql())
	}
	for _, k := range r.Key {
		selected = append(selected, "r."+k.Name+"::text")
	}
	sql := fmt.Sprintf("SELECT %s FROM (%s) AS r %s", strings.Join(selected, ", "), r.rows, rest)
	var found [][]Cell
	list := func() (err error) {
		found, err = engine.List(ctx, tx, "make the report "+r.Name, scanCells(len(selected)), sql, args)
		return err
	}
	var err error
	if r.indexed && inOrder {
		err = engine.InOrder(ctx, tx, list)
	} else {
		err = list()
	}
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(found))
	for i, cells := range found {
		rows[i] = Row{cells[:len(r.Columns)], cells[len(r.Columns):]}
		if slices.Contains(rows[i].key, nil) {
			return nil, errKey
		}
		if err := r.write(rows[i].Cells); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func namesOf(key []KeyColumn) string {
	names := make([]string, len(key))
	for i, k := range key {
		names[i] = "r." + k.Name
	}
	return strings.Join(names, ", ")
}

// ParseKey takes the key of a row, and nothing that no row can have.
func (r Report) ParseKey(text string) (string, bool) { return parseKey(r.Key, text) }

func parseKey(key []KeyColumn, text string) (string, bool) {
	values, err := valuesOf(key, text)
	if err != nil {
		return "", false
	}
	for i, k := range key {
		if !k.takes(values[i]) {
			return "", false
		}
	}
	return text, true
}

// takes reports whether SQL can read a text as a value of the column.
func (k KeyColumn) takes(text string) bool {
	var err error
	switch k.Type {
	case "date":
		_, err = journal.ParseDay(text)
	case "integer":
		_, err = strconv.ParseInt(text, 10, 32)
	case "bigint":
		_, err = strconv.ParseInt(text, 10, 64)
	default:
		return !strings.Contains(text, "\x00")
	}
	return err == nil
}

func valuesOf(key []KeyColumn, text string) (values []string, err error) {
	if err := json.Unmarshal([]byte(text), &values); err != nil || len(values) != len(key) {
		return nil, errKey
	}
	return values, nil
}

// behind bounds rows by those that come after a key.
func behind(key []KeyColumn, after string, args pgx.NamedArgs) (where string, err error) {
	if after == "" {
		return "", nil
	}
	values, err := valuesOf(key, after)
	if err != nil {
		return "", err
	}
	bounds := make([]string, len(key))
	for i, k := range key {
		args[fmt.Sprint("key", i)] = values[i]
		bounds[i] = fmt.Sprintf("@key%d::text::%s", i, k.Type)
	}
	return fmt.Sprintf("WHERE (%s) > (%s)", namesOf(key), strings.Join(bounds, ", ")), nil
}

// sql selects a column as text, but for times.
func (c Column) sql() string {
	if c.Kind == Time {
		return "r." + c.Name
	}
	return "r." + c.Name + "::text"
}

// scanCells reads a row of texts and times. The texts of a row share one allocation: an export has millions.
func scanCells(n int) pgx.RowToFunc[[]Cell] {
	var text []byte
	ends := make([]int, n)
	return func(row pgx.CollectableRow) ([]Cell, error) {
		raw, fields := row.RawValues(), row.FieldDescriptions()
		text = text[:0]
		for i, value := range raw {
			if fields[i].DataTypeOID == pgtype.TimestamptzOID && value != nil {
				at, err := timeOf(fields[i].Format, value)
				if err != nil {
					return nil, err
				}
				text = at.AppendFormat(text, time.RFC3339Nano)
			} else {
				text = append(text, value...)
			}
			ends[i] = len(text)
		}
		all, cells, texts, begin := string(text), make([]Cell, n), make([]string, n), 0
		for i, value := range raw {
			if texts[i] = all[begin:ends[i]]; value != nil {
				cells[i] = &texts[i]
			}
			begin = ends[i]
		}
		return cells, nil
	}
}

// timeOf decodes a time as Postgres sends it.
func timeOf(format int16, value []byte) (time.Time, error) {
	var at pgtype.Timestamptz
	err := timesMap.Scan(pgtype.TimestamptzOID, format, value, &at)
	return at.Time.UTC(), err
}

var timesMap = pgtype.NewMap()

// keyOf writes the values of a key, none of which is nil.
func keyOf(cells []Cell) string {
	values := make([]string, len(cells))
	for i, cell := range cells {
		values[i] = *cell
	}
	encoded, err := json.Marshal(values)
	if err != nil {
		panic(err) // they are texts
	}
	return string(encoded)
}

// write gives cells the form that readers see.
func (r Report) write(cells []Cell) error {
	var currency money.Currency
	for i, c := range r.Columns {
		if c.Name == "currency" && cells[i] != nil {
			currency = money.Currency(*cells[i])
		}
	}
	for i, c := range r.Columns {
		if cells[i] == nil || c.Kind != Amount && c.Kind != Minor {
			continue
		}
		if isPlain(*cells[i], currency.Digits()) {
			if c.Kind == Minor {
				cells[i] = new(minorOf(*cells[i]))
			}
			continue
		}
		amount, err := money.ParseStored(currency, *cells[i])
		if err != nil {
			return fmt.Errorf("%s of the report %s: %w", c.Name, r.Name, err)
		}
		if c.Kind == Minor {
			cells[i] = new(amount.Minor().String())
		} else {
			cells[i] = new(amount.Plain())
		}
	}
	return nil
}

// minorOf takes the point out of a plain amount.
func minorOf(amount string) string {
	digits := strings.TrimLeft(strings.Replace(strings.TrimPrefix(amount, "-"), ".", "", 1), "0")
	switch {
	case digits == "":
		return "0"
	case amount[0] == '-':
		return "-" + digits
	}
	return digits
}

// isPlain reports whether an amount is written with exactly so many digits behind the point.
func isPlain(amount string, digits int) bool {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(amount, "-"), ".")
	if whole == "" || len(whole) > 1 && whole[0] == '0' || len(fraction) != digits || digits == 0 && strings.HasSuffix(amount, ".") {
		return false
	}
	for _, part := range [2]string{whole, fraction} {
		for i := range len(part) {
			if part[i] < '0' || part[i] > '9' {
				return false
			}
		}
	}
	return strings.Trim(amount, "-0.") != "" || amount[0] != '-'
}

// Totals adds up over all rows, currency by currency.
func (r Report) Totals(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, p Params) ([]Total, error) {
	sums := []string{"currency"}
	for _, name := range r.Sums {
		sums = append(sums, fmt.Sprintf("coalesce(sum(%s), 0)::text", name))
	}
	sql := fmt.Sprintf("SELECT %s FROM (%s) AS r GROUP BY currency ORDER BY currency", strings.Join(sums, ", "), r.rows)
	found, err := engine.List(ctx, tx, "add up the report "+r.Name, scanCells(len(sums)), sql, p.args(ledger))
	if err != nil {
		return nil, err
	}
	totals := make([]Total, 0, len(found))
	for _, cells := range found {
		total := Total{Currency: *cells[0], Sums: map[string]string{}}
		for i, name := range r.Sums {
			amount, err := money.ParseStored(money.Currency(total.Currency), *cells[i+1])
			if err != nil {
				return nil, fmt.Errorf("the total of %s: %w", name, err)
			}
			total.Sums[name] = amount.Plain()
		}
		totals = append(totals, total)
	}
	return totals, nil
}
