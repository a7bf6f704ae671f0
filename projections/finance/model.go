package finance

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Model builds the read model.
var Model = engine.Projection{
	Name: "finance", Revision: 1, Tables: migrations.ReadModel("finance"), Auditors: true, Apply: apply,
	Reads: []domain.StreamType{invoice.Type, account.Type, payment.Type, refund.Type},
	Skips: []domain.Event{
		account.ReceivableOpened{}, account.ReceivableClosed{}, account.MoneyReceived{}, account.MoneyReturned{},
		payment.Attempted{}, payment.Deferred{}, payment.Asked{}, payment.RetryPlanned{}, payment.Hurried{}, refund.Deferred{}, refund.Asked{}, refund.Attempted{},
	},
}

func apply(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	settings, err := FindSettings(ctx, tx, page.Ledger)
	if err != nil {
		return err
	}
	kept := newShelf(ctx, tx, page.Ledger)
	if err := kept.foresee(page.Events); err != nil {
		return err
	}
	book := journal.NewBook(settings, kept)
	rows := &postings{ctx: ctx, tx: tx, ledger: page.Ledger}
	for _, group := range groupsOf(page.Events) {
		events, err := storedOf(group)
		if err != nil {
			return err
		}
		if err := book.Apply(events, rows.add); err != nil {
			return err
		}
	}
	if err := rows.flush(); err != nil {
		return err
	}
	if err := kept.flush(); err != nil {
		return err
	}
	if book.Settings == settings {
		return nil
	}
	return saveSettings(ctx, tx, page.Ledger, book.Settings)
}

// groupsOf puts together what one command wrote.
func groupsOf(events []eventstore.Event) (groups [][]eventstore.Event) {
	for begin := 0; begin < len(events); {
		end := begin + 1
		for end < len(events) && events[end].GroupLast == events[begin].GroupLast {
			end++
		}
		groups, begin = append(groups, events[begin:end]), end
	}
	return groups
}

var followed = func() map[string]bool {
	types := map[string]bool{}
	for _, name := range journal.EventTypes() {
		types[name] = true
	}
	return types
}()

// storedOf gives events as the journal reads them: as they are stored.
func storedOf(group []eventstore.Event) (events []journal.Event, err error) {
	for _, e := range group {
		name := e.Fact.EventType()
		if !followed[name] {
			continue
		}
		data, err := engine.Encode(e.Fact)
		if err != nil {
			return nil, err
		}
		events = append(events, journal.Event{
			Position: e.Position, ID: e.ID.String(), Stream: string(e.Stream), Type: name, EffectiveAt: e.EffectiveAt, RecordedAt: e.RecordedAt,
			Data: []byte(data),
		})
	}
	return events, nil
}

// FindSettings gives the policy of the books, and how far they are.
func FindSettings(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) (journal.Settings, error) {
	stored, ok, err := engine.Find(ctx, tx, "read the settings of the books", pgx.RowTo[[]byte], `
		SELECT state
		FROM settings
		WHERE ledger_id = $1`, [16]byte(ledger))
	if err != nil || !ok {
		return journal.DefaultSettings(), err
	}
	var settings journal.Settings
	return settings, engine.Decode(stored, &settings)
}

func saveSettings(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, settings journal.Settings) error {
	encoded, err := engine.Encode(settings)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO settings (ledger_id, state)
		VALUES ($1, $2::text::json)
		ON CONFLICT (ledger_id) DO UPDATE
		SET state = excluded.state`, [16]byte(ledger), encoded)
	if err != nil {
		return fmt.Errorf("write the settings of the books: %w", err)
	}
	return nil
}

// postings writes entries, many at once.
type postings struct {
	ctx    context.Context
	tx     pgx.Tx
	ledger uuid.UUID
	rows   [][]any
}

// postingsMax bounds the rows that are held in memory.
const postingsMax = 5_000

var postingColumns = []string{
	"ledger_id", "position", "n", "line", "event_id", "event_type", "kind", "entry_date", "recorded_at", "account", "amount", "exponent", "currency",
	"workspace", "invoice", "invoice_line", "product", "tax_rate", "reversal_of", "correction_of", "memo",
}

func (p *postings) add(e journal.Entry) error {
	for i, posting := range e.Postings() {
		digits := posting.Amount.Currency().Digits()
		p.rows = append(p.rows, []any{
			[16]byte(p.ledger), e.Position, int32(e.N), int32(i + 1), e.EventID, e.EventType, string(e.Kind), e.Date.Time(), e.RecordedAt,
			string(posting.Account), pgtype.Numeric{Int: posting.Amount.Minor(), Exp: -int32(digits), Valid: true}, int16(digits),
			string(posting.Amount.Currency()), orNull(posting.Workspace), orNull(posting.Invoice), orNull(posting.InvoiceLine), orNull(posting.Product),
			orNull(posting.TaxRate), orNull(e.ReversalOf), orNull(e.CorrectionOf.String()), orNull(e.Memo),
		})
	}
	if len(p.rows) < postingsMax {
		return nil
	}
	return p.flush()
}

func (p *postings) flush() error {
	if len(p.rows) == 0 {
		return nil
	}
	_, err := p.tx.CopyFrom(p.ctx, pgx.Identifier{"journal"}, postingColumns, pgx.CopyFromRows(p.rows))
	p.rows = p.rows[:0]
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// orNull gives nil for no text.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
