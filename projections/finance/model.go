package finance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Model builds the read model.
var Model = engine.Projection{
	Name: "finance", Revision: 3, Tables: migrations.ReadModel("finance"), Auditors: true, Apply: apply,
	Reads: []domain.StreamType{invoice.Type, account.Type, payment.Type, refund.Type, bookkeeping.Type, subscription.Type},
	Skips: []domain.Event{
		account.ReceivableOpened{}, account.ReceivableClosed{}, account.MoneyReceived{}, account.MoneyReturned{},
		payment.Deferred{}, payment.Asked{}, payment.RetryPlanned{}, payment.Hurried{}, refund.Deferred{}, refund.Asked{}, refund.Attempted{},
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
	book := journal.NewBook(settings.Settings, kept)
	kept.book = book
	rows := &postings{ctx: ctx, tx: tx, ledger: page.Ledger}
	documents := &registers{kept: kept, batch: &pgx.Batch{}}
	for _, group := range groupsOf(page.Events) {
		events, err := storedOf(group)
		if err != nil {
			return err
		}
		if err := book.Apply(events, rows.add); err != nil {
			return err
		}
		documents.settings = book.Settings
		documents.reverses = slices.ContainsFunc(group, func(e eventstore.Event) bool { return e.Fact.EventType() == payment.Reversed{}.EventType() })
		for _, event := range group {
			if err := documents.follow(event); err != nil {
				return err
			}
		}
	}
	if err := rows.flush(); err != nil {
		return err
	}
	if err := errors.Join(kept.flush(), kept.schedules.flush(kept), documents.flush()); err != nil {
		return err
	}
	return saveBooks(ctx, tx, page, book.Settings)
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
