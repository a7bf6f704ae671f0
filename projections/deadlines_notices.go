package projections

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/projections/engine"
)

// followReceivables keeps a row for each invoice that will be overdue, and for each of which, or of whose renewal, that was told.
func followReceivables(page engine.Page, batch *pgx.Batch) {
	for _, event := range page.Events {
		switch e := event.Fact.(type) {
		case account.ReceivableOpened:
			if e.OverdueAt != nil {
				expect(page.Ledger, event.Stream.Entity(), notice.Due(e.Invoice, e.Number, *e.OverdueAt), batch)
			}
		case account.ReceivableClosed:
			forget(page.Ledger, event.Stream.Entity(), e.Invoice, batch)
		case notice.Fact:
			batch.Queue(`
				INSERT INTO deadlines (ledger_id, stream, subject, kind, live, workspace, told)
				VALUES ($1, $2, $3, $4, EXISTS (SELECT FROM tallystick.ledgers l WHERE l.ledger_id = $1 AND l.mode = 'live'), $5, $6)
				ON CONFLICT (ledger_id, stream, subject) DO UPDATE
				SET told   = excluded.told,
				    due_at = NULL`, [16]byte(page.Ledger), string(event.Stream), e.Subject(), DeadlineReminder, event.Stream.Entity(), e.Of())
		}
	}
}

// followRenewal keeps a row for what a workspace is told before its next renewal.
func followRenewal(ledger uuid.UUID, stream domain.Stream, t timedSubscription, batch *pgx.Batch) {
	if period, ok := t.NextRenewal(); ok {
		if next, ok := notice.Renewal(t.ID, period); ok {
			expect(ledger, stream.Entity(), next, batch)
			return
		}
	}
	forget(ledger, stream.Entity(), notice.InvoiceUpcoming{}.Subject(), batch)
}

// expect has a workspace told of something, unless it was told already.
func expect(ledger uuid.UUID, workspace string, next notice.Expected, batch *pgx.Batch) {
	batch.Queue(`
		INSERT INTO deadlines (ledger_id, stream, subject, kind, due_at, live, workspace)
		VALUES ($1, $2, $3, $4, $5, EXISTS (SELECT FROM tallystick.ledgers l WHERE l.ledger_id = $1 AND l.mode = 'live'), $6)
		ON CONFLICT (ledger_id, stream, subject) DO UPDATE
		SET due_at = CASE WHEN deadlines.told = $7 THEN NULL ELSE excluded.due_at END`,
		[16]byte(ledger), string(notice.Stream(workspace)), next.Fact.Subject(), DeadlineReminder, next.At, workspace, next.Fact.Of())
}

// forget has a workspace not told of something. What was told stays known.
func forget(ledger uuid.UUID, workspace, subject string, batch *pgx.Batch) {
	stream := string(notice.Stream(workspace))
	batch.Queue(`
		DELETE FROM deadlines
		WHERE ledger_id = $1 AND stream = $2 AND subject = $3 AND told IS NULL`, [16]byte(ledger), stream, subject)
	batch.Queue(`
		UPDATE deadlines
		SET due_at = NULL
		WHERE ledger_id = $1 AND stream = $2 AND subject = $3`, [16]byte(ledger), stream, subject)
}
