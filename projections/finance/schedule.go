package finance

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tallystick/tallystick/domain/journal"
)

// version names a schedule of a line: the one that an event gave it.
type version struct {
	position      int64
	invoice, line string
}

// schedules write in which months lines are to be earned, each time that something other than time changes it.
type schedules struct {
	known map[[2]string]string // by invoice and line, what the schedule rests on
	rows  map[version][][]any
	order []version
}

func newSchedules() *schedules {
	return &schedules{known: map[[2]string]string{}, rows: map[version][][]any{}}
}

// basis tells apart what the schedules of a line rest on. Earning changes none of it.
func basis(l journal.Line) string {
	return fmt.Sprint(l.Rest.Plain(), " ", l.Cut, " ", l.End)
}

// meet notes the schedules of an invoice that was read.
func (s *schedules) meet(i *journal.Invoice) {
	for _, l := range i.Lines {
		s.known[[2]string{i.ID, l.Key}] = basis(l)
	}
}

// follow adds the schedules of an invoice that an event changed.
func (s *schedules) follow(ledger uuid.UUID, i *journal.Invoice, position int64, day journal.Day) {
	for _, l := range i.Lines {
		key := [2]string{i.ID, l.Key}
		v := version{position, i.ID, l.Key}
		_, again := s.rows[v]
		if l.OneOff || s.known[key] == basis(l) && !again {
			continue
		}
		s.known[key] = basis(l)
		if !again {
			s.order = append(s.order, v)
		}
		var rows [][]any
		for _, p := range l.Plan(day) {
			rows = append(rows, []any{
				[16]byte(ledger), position, i.ID, l.Key, p.Month.First().Time(), day.Time(), string(i.Currency),
				pgtype.Numeric{Int: p.Amount.Minor(), Exp: -int32(p.Amount.Currency().Digits()), Valid: true},
			})
		}
		s.rows[v] = rows
	}
}

// flush writes what was added.
func (s *schedules) flush(kept *shelf) error {
	var all [][]any
	for _, v := range s.order {
		all = append(all, s.rows[v]...)
	}
	if len(all) == 0 {
		return nil
	}
	s.rows, s.order = map[version][][]any{}, nil
	_, err := kept.tx.CopyFrom(kept.ctx, pgx.Identifier{"schedule_rows"},
		[]string{"ledger_id", "position", "invoice", "invoice_line", "month", "dated", "currency", "amount"}, pgx.CopyFromRows(all))
	if err != nil {
		return fmt.Errorf("write the schedules: %w", err)
	}
	return nil
}

// unearned gives in which months what is deferred is to be earned: by the latest schedule of each line, the earliest months less what
// was earned since.
const unearned = `
	SELECT p.invoice, p.currency, p.month,
	       p.way * greatest(0, least(p.way * p.amount, p.way * (p.through - coalesce(e.amount, 0)))) AS amount
	FROM (
		SELECT s.*, sum(s.amount) OVER (PARTITION BY s.invoice, s.invoice_line ORDER BY s.month) AS through,
		       sign(sum(s.amount) OVER (PARTITION BY s.invoice, s.invoice_line)) AS way
		FROM schedule_rows s
		JOIN (
			SELECT DISTINCT ON (l.invoice, l.invoice_line) l.invoice, l.invoice_line, l.position
			FROM schedule_rows l
			WHERE l.ledger_id = @ledger AND l.position <= @position AND (@date::date IS NULL OR l.dated <= @date::date)
			ORDER BY l.invoice, l.invoice_line, l.position DESC) AS v
		  ON v.invoice = s.invoice AND v.invoice_line = s.invoice_line AND v.position = s.position
		WHERE s.ledger_id = @ledger) AS p
	LEFT JOIN LATERAL (
		SELECT sum(j.amount) AS amount
		FROM journal j
		WHERE ` + ofJournal + ` AND j.invoice = p.invoice AND j.invoice_line = p.invoice_line AND j.position > p.position AND j.account = '2000'
		  AND j.kind = 'earn') AS e ON true`
