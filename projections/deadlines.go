package projections

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Deadlines lists what will happen by itself in each stream, and when: the work list of whoever carries it out. A row
// only says where to look; the stream's own rules decide what happens when its time has come.
var Deadlines = engine.Projection{
	Name: "deadlines", Revision: 4, Tables: migrations.ReadModel("deadlines"), Auditors: true, Apply: applyDeadlines,
	Reads: []domain.StreamType{
		subscription.Type,
		trial.Type,
		seating.Type,
		account.Type,
		payment.Type,
		paymentmethod.Type,
		refund.Type,
		paymentlink.Type,
		notice.Type,
		job.Type,
		billingsync.Type,
		license.Type,
		invoice.Type,
		bookkeeping.Type,
		installation.Type,
	},
	Skips: slices.Concat(
		engine.AllBut(seating.Type, seating.Reserved{}, seating.Accepted{}, seating.Released{}, seating.ReservationExpired{}),
		engine.AllBut(account.Type, account.ReceivableOpened{}, account.ReceivableClosed{}),
		engine.AllBut(paymentmethod.Type, paymentmethod.Added{}),
		engine.AllBut(invoice.Type, invoice.Finalized{}),
	),
}

// Kinds of deadlines beside those of a subscription.
const (
	DeadlineReminder   = "reminder"   // of a trial's end, an upcoming or an overdue invoice
	DeadlineInvitation = "invitation" // that lapses
	DeadlineLink       = "link"       // a payment link that expires
	DeadlineLicense    = "license"    // the end of a license, and the time before it
)

// Deadline names something that is due at an instant.
type Deadline struct {
	Stream  domain.Stream
	Subject string // the member of an invitation, or an invoice that will be overdue, else ""
	Kind    string
	DueAt   time.Time
}

// DueLedgers lists the live ledgers that have a deadline which is due by now.
func DueLedgers(ctx context.Context, tx pgx.Tx, now time.Time) ([]uuid.UUID, error) {
	return engine.List(ctx, tx, "list ledgers with deadlines", pgx.RowTo[uuid.UUID], `
		SELECT DISTINCT ledger_id
		FROM deadlines
		WHERE live AND due_at <= $1`, now)
}

// DueSandboxes lists the sandboxes that have a deadline which is due where their clocks stand.
func DueSandboxes(ctx context.Context, tx pgx.Tx) ([]uuid.UUID, error) {
	return engine.List(ctx, tx, "list sandboxes with deadlines", pgx.RowTo[uuid.UUID], `
		SELECT l.ledger_id
		FROM tallystick.ledgers l
		WHERE l.mode = 'sandbox' AND EXISTS (
			SELECT
			FROM deadlines d
			WHERE d.ledger_id = l.ledger_id AND d.due_at <= coalesce((
				SELECT e.effective_at
				FROM tallystick.events e
				WHERE e.ledger_id = l.ledger_id AND e.stream = $1 AND e.version > 0
				ORDER BY e.version DESC
				LIMIT 1), l.clock))`, string(clock.Stream()))
}

// DueDeadlines lists at most limit deadlines that are due by now, the earliest first, and leaves some out.
func DueDeadlines(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, now time.Time, except []Deadline, limit int) ([]Deadline, error) {
	streams, subjects, due := make([]domain.Stream, len(except)), make([]string, len(except)), make([]time.Time, len(except))
	for i, d := range except {
		streams[i], subjects[i], due[i] = d.Stream, d.Subject, d.DueAt
	}
	return engine.List(ctx, tx, "list deadlines", scanDeadline, `
		SELECT stream, subject, kind, due_at
		FROM deadlines d
		WHERE ledger_id = $1 AND due_at <= $2
		  AND NOT EXISTS (
			SELECT
			FROM parked p
			WHERE p.ledger_id = $1 AND p.stream = d.stream AND p.subject = d.subject AND p.kind = d.kind AND p.due_at = d.due_at)
		  AND (stream, subject, due_at) NOT IN (SELECT * FROM unnest($3::text[], $4::text[], $5::timestamptz[]))
		ORDER BY due_at, stream, subject
		LIMIT $6`, [16]byte(ledger), now, streams, subjects, due, limit)
}

func scanDeadline(row pgx.CollectableRow) (Deadline, error) {
	var d Deadline
	err := row.Scan(&d.Stream, &d.Subject, &d.Kind, &d.DueAt)
	d.DueAt = d.DueAt.UTC()
	return d, err
}

func applyDeadlines(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	batch := &pgx.Batch{}
	followReceivables(page, batch) // first what was told, since a page's subscriptions are looked at as the page leaves them
	if err := followStates(ctx, tx, page, batch); err != nil {
		return err
	}
	followInvitations(page, batch)
	followParked(page, batch)
	planNight(page, batch)
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write deadlines: %w", err)
	}
	return nil
}

// planNight has a ledger compared with its gateways in the night after it first had to do with one.
func planNight(page engine.Page, batch *pgx.Batch) {
	used := slices.Concat(page.Of(payment.Type), page.Of(paymentmethod.Type))
	if len(used) == 0 {
		return
	}
	first := slices.MinFunc(used, func(a, b eventstore.Event) int { return cmp.Compare(a.Position, b.Position) })
	batch.Queue(`
		INSERT INTO deadlines (ledger_id, stream, subject, kind, due_at, live, workspace)
		SELECT $1, $2, '', $3, $4, EXISTS (SELECT FROM tallystick.ledgers l WHERE l.ledger_id = $1 AND l.mode = 'live'), ''
		ON CONFLICT (ledger_id, stream, subject) DO NOTHING`,
		[16]byte(page.Ledger), string(billingsync.Stream()), billingsync.Deadline, billingsync.Night(first.EffectiveAt))
}

// followInvitations keeps a row for each invitation as long as the invitation can lapse.
func followInvitations(page engine.Page, batch *pgx.Batch) {
	last := map[[2]string]*time.Time{} // by stream and member; nil: lapses no more
	var order [][2]string
	note := func(stream domain.Stream, member string, lapses *time.Time) {
		key := [2]string{string(stream), member}
		if _, seen := last[key]; !seen {
			order = append(order, key)
		}
		last[key] = lapses
	}
	for _, event := range page.Of(seating.Type) {
		switch e := event.Fact.(type) {
		case seating.Reserved:
			if e.ExpiresAt != nil {
				note(event.Stream, e.Member, e.ExpiresAt)
			}
		case seating.Accepted:
			note(event.Stream, e.Member, nil)
		case seating.Released:
			if e.State == seating.StatusInvited {
				note(event.Stream, e.Member, nil)
			}
		case seating.ReservationExpired:
			note(event.Stream, e.Member, nil)
		}
	}
	saveInvitations(page.Ledger, order, last, batch)
}

func saveInvitations(ledger uuid.UUID, order [][2]string, last map[[2]string]*time.Time, batch *pgx.Batch) {
	if len(order) == 0 {
		return
	}
	n := len(order)
	streams, members, due := make([]string, n), make([]string, n), make([]*time.Time, n)
	for i, key := range order {
		streams[i], members[i], due[i] = key[0], key[1], last[key]
	}
	batch.Queue(`
		DELETE FROM deadlines d
		USING unnest($2::text[], $3::text[]) AS r (stream, subject)
		WHERE d.ledger_id = $1 AND d.stream = r.stream AND d.subject = r.subject`, [16]byte(ledger), streams, members)
	batch.Queue(`
		INSERT INTO deadlines (ledger_id, stream, subject, kind, due_at, live, workspace)
		SELECT $1, r.stream, r.subject, $5, r.due_at,
		       EXISTS (SELECT FROM tallystick.ledgers l WHERE l.ledger_id = $1 AND l.mode = 'live'),
		       split_part(r.stream, ':', 2)
		FROM unnest($2::text[], $3::text[], $4::timestamptz[]) AS r (stream, subject, due_at)
		WHERE r.due_at IS NOT NULL`, [16]byte(ledger), streams, members, due, DeadlineInvitation)
}
