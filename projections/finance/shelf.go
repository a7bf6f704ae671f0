package finance

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// Kinds of what is kept, as the types of the streams.
var (
	kindInvoice = invoice.Type.Name
	kindPayment = payment.Type.Name
	kindRefund  = refund.Type.Name
)

// key names something that is kept.
type key struct{ kind, id string }

// item is something that is kept, nil where it is known that there is none.
type item struct {
	state   any
	changed bool
}

// shelf keeps what the journal remembers in the table. What it read stays in memory until the page is done.
type shelf struct {
	ctx    context.Context
	tx     pgx.Tx
	ledger uuid.UUID
	items  map[key]*item
	order  []key // of what is in memory, so that rows are written in one order

	book      *journal.Book // that keeps things here
	schedules *schedules
}

func newShelf(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) *shelf {
	return &shelf{ctx: ctx, tx: tx, ledger: ledger, items: map[key]*item{}, schedules: newSchedules()}
}

// foresee reads at once what the streams of events are of.
func (s *shelf) foresee(events []eventstore.Event) error {
	var keys []key
	for _, e := range events {
		k := key{e.Stream.Type(), e.Stream.Entity()}
		if k.kind == subscription.Type.Name {
			k.kind = kindPlan
		}
		if k.kind != kindPlan && k.kind != kindInvoice && k.kind != kindPayment && k.kind != kindRefund || s.items[k] != nil {
			continue
		}
		s.hold(k, &item{})
		keys = append(keys, k)
		for _, beside := range []struct{ kind, other string }{{kindInvoice, kindDocument}, {kindPayment, kindCharges}, {kindRefund, kindReturned}} {
			if k.kind == beside.kind {
				other := key{beside.other, k.id}
				s.hold(other, &item{})
				keys = append(keys, other)
			}
		}
	}
	return s.read(keys)
}

func (s *shelf) hold(k key, i *item) {
	if s.items[k] == nil {
		s.order = append(s.order, k)
	}
	s.items[k] = i
}

func (s *shelf) read(keys []key) error {
	if len(keys) == 0 {
		return nil
	}
	kinds, ids := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		kinds[i], ids[i] = k.kind, k.id
	}
	rows, err := s.tx.Query(s.ctx, `
		SELECT k.kind, k.id, k.state
		FROM unnest($2::text[], $3::text[]) AS r (kind, id)
		CROSS JOIN LATERAL (
			SELECT k.kind, k.id, k.state
			FROM kept k
			WHERE k.ledger_id = $1 AND k.kind = r.kind AND k.id = r.id
			OFFSET 0
		) AS k`, [16]byte(s.ledger), kinds, ids)
	if err != nil {
		return fmt.Errorf("read what the books keep: %w", err)
	}
	return s.take(rows)
}

func (s *shelf) take(rows pgx.Rows) error {
	var k key
	var stored []byte
	_, err := pgx.ForEachRow(rows, []any{&k.kind, &k.id, &stored}, func() error {
		state, err := decode(k.kind, stored)
		s.hold(k, &item{state: state})
		if found, is := state.(*journal.Invoice); is {
			s.schedules.meet(found)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read what the books keep: %w", err)
	}
	return nil
}

func decode(kind string, stored []byte) (any, error) {
	switch kind {
	case kindInvoice:
		return decodeAs[journal.Invoice](stored)
	case kindPlan:
		return decodeAs[plan](stored)
	case kindDocument:
		return decodeAs[invoice.State](stored)
	case kindPayment:
		return decodeAs[journal.Payment](stored)
	case kindCharges:
		return decodeAs[payment.State](stored)
	case kindReturned:
		return decodeAs[returned](stored)
	default:
		return decodeAs[journal.Refund](stored)
	}
}

func decodeAs[S any](stored []byte) (*S, error) {
	var state S
	return &state, engine.Decode(stored, &state)
}

// find gives what is kept of a kind, nil for nothing.
func find[S any](s *shelf, kind, id string) (*S, error) {
	k := key{kind, id}
	if s.items[k] == nil {
		s.hold(k, &item{})
		if err := s.read([]key{k}); err != nil {
			return nil, err
		}
	}
	found, _ := s.items[k].state.(*S)
	return found, nil
}

func (s *shelf) put(kind, id string, state any) error {
	s.hold(key{kind, id}, &item{state: state, changed: true})
	return nil
}

// Invoice finds an invoice.
func (s *shelf) Invoice(id string) (*journal.Invoice, error) {
	return find[journal.Invoice](s, kindInvoice, id)
}

// PutInvoice keeps an invoice.
func (s *shelf) PutInvoice(i *journal.Invoice) error {
	s.schedules.follow(s.ledger, i, s.book.Booking.Position, s.book.Day(s.book.Booking.EffectiveAt))
	return s.put(kindInvoice, i.ID, i)
}

// Payment finds a payment.
func (s *shelf) Payment(id string) (*journal.Payment, error) {
	return find[journal.Payment](s, kindPayment, id)
}

// PutPayment keeps a payment.
func (s *shelf) PutPayment(p *journal.Payment) error { return s.put(kindPayment, p.ID, p) }

// Refund finds a refund.
func (s *shelf) Refund(id string) (*journal.Refund, error) {
	return find[journal.Refund](s, kindRefund, id)
}

// PutRefund keeps a refund.
func (s *shelf) PutRefund(r *journal.Refund) error { return s.put(kindRefund, r.ID, r) }

// unearnedMax bounds the invoices that are held in memory as a month ends.
const unearnedMax = 500

// Unearned gives some invoices with something to be earned. It writes what was changed before, and forgets it.
func (s *shelf) Unearned(after int64) (invoices []*journal.Invoice, err error) {
	if err := s.flush(); err != nil {
		return nil, err
	}
	s.items, s.order = map[key]*item{}, nil
	rows, err := s.tx.Query(s.ctx, `
		SELECT kind, id, state
		FROM kept
		WHERE ledger_id = $1 AND unearned AND made > $2
		ORDER BY made
		LIMIT $3`, [16]byte(s.ledger), after, unearnedMax)
	if err != nil {
		return nil, fmt.Errorf("read what is not earned: %w", err)
	}
	if err := s.take(rows); err != nil {
		return nil, err
	}
	for _, k := range s.order {
		invoices = append(invoices, s.items[k].state.(*journal.Invoice))
	}
	return invoices, nil
}

// flush writes what was changed.
func (s *shelf) flush() error {
	var kinds, ids, states []string
	var made []int64
	var unearned []bool
	for _, k := range s.order {
		i := s.items[k]
		if !i.changed {
			continue
		}
		i.changed = false
		encoded, err := engine.Encode(i.state)
		if err != nil {
			return err
		}
		var position int64
		var open bool
		if found, is := i.state.(*journal.Invoice); is {
			position, open = found.Made, found.IsUnearned()
		}
		kinds, ids, states, made, unearned = append(kinds, k.kind), append(ids, k.id), append(states, encoded), append(made, position), append(unearned, open)
	}
	if len(kinds) == 0 {
		return nil
	}
	_, err := s.tx.Exec(s.ctx, `
		INSERT INTO kept (ledger_id, kind, id, made, unearned, state)
		SELECT $1, r.kind, r.id, r.made, r.unearned, r.state::json
		FROM unnest($2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::text[]) AS r (kind, id, made, unearned, state)
		ON CONFLICT (ledger_id, kind, id) DO UPDATE
		SET made     = excluded.made,
		    unearned = excluded.unearned,
		    state    = excluded.state`, [16]byte(s.ledger), kinds, ids, made, unearned, states)
	if err != nil {
		return fmt.Errorf("write what the books keep: %w", err)
	}
	return nil
}
