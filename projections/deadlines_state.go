package projections

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// timed is implemented by the states of streams that know what is due next.
type timed interface {
	evolve(event domain.Event) timed
	next() (kind string, at time.Time, ok bool)
	trouble(stream domain.Stream) trouble
}

// trouble tells of what is next that it was tried in vain, or waits for a person, and whose it is.
type trouble struct {
	workspace string
	kind      string     // of what waits for a person, where nothing is next
	since     *time.Time // nil for no trouble
	attempts  int
	code      string
	stuck     bool
}

// ofWorkspace gives the workspace that a stream is named after.
func ofWorkspace(stream domain.Stream) trouble {
	workspace, _, _ := strings.Cut(stream.Entity(), ":")
	return trouble{workspace: workspace}
}

func (timedSubscription) trouble(stream domain.Stream) trouble { return ofWorkspace(stream) }
func (timedTrial) trouble(stream domain.Stream) trouble        { return ofWorkspace(stream) }
func (t timedLink) trouble(domain.Stream) trouble              { return trouble{workspace: t.Workspace} }
func (t timedLicense) trouble(domain.Stream) trouble {
	return trouble{workspace: domain.Or(t.Workspace, "")}
}

// codeNoAnswer is the code of what a gateway has not told yet.
const codeNoAnswer = "no_answer"

func (t timedPayment) trouble(domain.Stream) trouble {
	last := t.Last()
	due, asks := t.Due()
	if asks {
		last = due
	}
	found := trouble{workspace: t.Workspace, stuck: t.Parked(), attempts: last.Tries}
	switch {
	case !t.Open() && !asks:
		return found
	case last.Deferred != "":
		found.code = last.Deferred
	case found.stuck || last.Status == payment.StatusUnknown && last.Tries > 0:
		found.code = codeNoAnswer
	default:
		return found
	}
	found.kind, found.since = payment.DeadlineAsk, new(domain.Or(last.AnsweredAt, last.RequestedAt))
	return found
}

func (t timedRefund) trouble(domain.Stream) trouble {
	last := t.Last()
	found := trouble{workspace: t.Workspace, stuck: t.Parked(), attempts: len(t.Attempts)}
	switch {
	case last.NextAt == nil && !found.stuck:
		return found
	case last.Failure != nil:
		found.code = last.Failure.Code
	case last.Deferred != "":
		found.code, found.attempts = last.Deferred, last.Tries
	case found.stuck || last.Status == refund.AttemptUnknown && last.Tries > 0:
		found.code, found.attempts = codeNoAnswer, last.Tries
	default:
		return found
	}
	found.kind, found.since = refund.DeadlineRefund, new(domain.Or(last.AnsweredAt, last.RequestedAt))
	return found
}

func (t timedSync) trouble(domain.Stream) trouble {
	if !t.Troubled() {
		return trouble{}
	}
	return trouble{kind: billingsync.Deadline, since: &t.Since, attempts: t.Tries, code: t.Code}
}

// These wrap the streams' own states, so that the rules stand in one place.
type (
	timedSubscription struct{ subscription.State }
	timedTrial        struct{ trial.State }
	timedPayment      struct{ payment.State }
	timedRefund       struct{ refund.State }
	timedLink         struct{ paymentlink.State }
	timedSync         struct{ billingsync.State }
	timedLicense      struct{ license.State }
	// timedBooks knows since when something is billed, beside the state of the books.
	timedBooks struct {
		Books bookkeeping.State `json:"books"`
		Since time.Time         `json:"since"`
	}
	timedInstallation struct{ installation.State }
)

func (t timedSubscription) evolve(event domain.Event) timed {
	return timedSubscription{subscription.Evolve(t.State, event)}
}

func (t timedSubscription) next() (string, time.Time, bool) {
	deadline, ok := t.NextDeadline()
	return string(deadline.Kind), deadline.At, ok
}

func (t timedTrial) evolve(event domain.Event) timed { return timedTrial{trial.Evolve(t.State, event)} }

func (t timedTrial) next() (string, time.Time, bool) {
	at, ok := t.ReminderAt()
	return DeadlineReminder, at, ok
}

func (t timedPayment) evolve(event domain.Event) timed {
	return timedPayment{payment.Evolve(t.State, event)}
}

func (t timedPayment) next() (string, time.Time, bool) { return t.NextDeadline() }

func (t timedRefund) evolve(event domain.Event) timed {
	return timedRefund{refund.Evolve(t.State, event)}
}

func (t timedRefund) next() (string, time.Time, bool) { return t.NextDeadline() }
func (t timedLink) evolve(event domain.Event) timed {
	return timedLink{paymentlink.Evolve(t.State, event)}
}

func (t timedLink) next() (string, time.Time, bool) {
	at, ok := t.NextDeadline()
	return DeadlineLink, at, ok
}

func (t timedSync) evolve(event domain.Event) timed {
	return timedSync{billingsync.Evolve(t.State, event)}
}

func (t timedSync) next() (string, time.Time, bool) { return t.NextDeadline() }

func (t timedLicense) evolve(event domain.Event) timed {
	return timedLicense{license.Evolve(t.State, event)}
}

func (t timedLicense) next() (string, time.Time, bool) {
	at, ok := t.NextDeadline()
	return DeadlineLicense, at, ok
}

func (t timedBooks) evolve(event domain.Event) timed {
	if issued, ok := event.(invoice.Finalized); ok {
		if t.Since.IsZero() {
			t.Since = issued.IssuedAt
		}
		return t
	}
	t.Books = bookkeeping.Evolve(t.Books, event)
	return t
}

func (t timedBooks) next() (string, time.Time, bool) { return t.Books.NextDeadline(t.Since) }
func (timedBooks) trouble(domain.Stream) trouble     { return trouble{} }

// ofBooks gives the events by which the books' next deadline moves, as if all were of their stream.
func ofBooks(page engine.Page) (events []eventstore.Event) {
	for _, event := range page.Events {
		_, issued := event.Fact.(invoice.Finalized)
		if issued || event.Stream == bookkeeping.Stream() {
			event.Stream = bookkeeping.Stream()
			events = append(events, event)
		}
	}
	return events
}

func (t timedInstallation) evolve(event domain.Event) timed {
	return timedInstallation{installation.Evolve(t.State, event)}
}

func (t timedInstallation) next() (string, time.Time, bool) {
	at, ok := t.NextDeadline()
	return installation.DeadlineSync, at, ok
}

func (t timedInstallation) trouble(stream domain.Stream) trouble {
	found := ofWorkspace(stream)
	if link := t.Link; t.Active() && link.FailsFrom != nil {
		found.kind, found.since, found.attempts, found.code = installation.DeadlineSync, link.FailsFrom, link.InVain, link.Error.Code
	}
	return found
}

// decodeTimed reads a stored state. No bytes give the state of an empty stream.
func decodeTimed(stream domain.Stream, stored []byte) (timed, error) {
	switch stream.Type() {
	case trial.Type.Name:
		state, err := decodeState[trial.State](stored)
		return timedTrial{state}, err
	case payment.Type.Name:
		state, err := decodeState[payment.State](stored)
		return timedPayment{state}, err
	case refund.Type.Name:
		state, err := decodeState[refund.State](stored)
		return timedRefund{state}, err
	case paymentlink.Type.Name:
		state, err := decodeState[paymentlink.State](stored)
		return timedLink{state}, err
	case bookkeeping.Type.Name:
		state, err := decodeState[timedBooks](stored)
		return state, err
	case billingsync.Type.Name:
		state, err := decodeState[billingsync.State](stored)
		return timedSync{state}, err
	case license.Type.Name:
		state, err := decodeState[license.State](stored)
		return timedLicense{state}, err
	case installation.Type.Name:
		state, err := decodeState[installation.State](stored)
		return timedInstallation{state}, err
	default:
		state, err := decodeState[subscription.State](stored)
		return timedSubscription{state}, err
	}
}

func decodeState[S any](stored []byte) (state S, err error) {
	if stored != nil {
		err = engine.Decode(stored, &state)
	}
	return state, err
}

func encodeTimed(t timed) (string, error) {
	switch t := t.(type) {
	case timedTrial:
		return engine.Encode(t.State)
	case timedPayment:
		return engine.Encode(t.State)
	case timedRefund:
		return engine.Encode(t.State)
	case timedLink:
		return engine.Encode(t.State)
	case timedSync:
		return engine.Encode(t.State)
	case timedLicense:
		return engine.Encode(t.State)
	case timedBooks:
		return engine.Encode(t)
	case timedInstallation:
		return engine.Encode(t.State)
	default:
		return engine.Encode(t.(timedSubscription).State)
	}
}

// followStates keeps the next deadline of each stream whose state knows it.
func followStates(ctx context.Context, tx pgx.Tx, page engine.Page, batch *pgx.Batch) error {
	events := slices.Concat(page.Of(subscription.Type), page.Of(trial.Type), page.Of(payment.Type), page.Of(refund.Type), page.Of(paymentlink.Type), page.Of(billingsync.Type),
		page.Of(license.Type), page.Of(installation.Type), ofBooks(page))
	if len(events) == 0 {
		return nil
	}
	order, states, err := loadTimed(ctx, tx, page.Ledger, events)
	if err != nil {
		return err
	}
	for _, event := range events {
		states[event.Stream] = states[event.Stream].evolve(event.Fact)
	}
	return saveTimed(page.Ledger, order, states, batch)
}

// selectTimed looks each stream up. Asked for ANY of them, Postgres may walk through all deadlines of the ledger instead.
const selectTimed = `
	SELECT d.stream, d.state
	FROM unnest($2::text[]) AS s (stream)
	CROSS JOIN LATERAL (
		SELECT d.stream, d.state
		FROM deadlines d
		WHERE d.ledger_id = $1 AND d.stream = s.stream AND d.subject = ''
		OFFSET 0
	) AS d`

// loadTimed gives the states of the events' streams, in the order of their first event.
func loadTimed(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, events []eventstore.Event) (order []domain.Stream, states map[domain.Stream]timed, err error) {
	states = map[domain.Stream]timed{}
	for _, event := range events {
		if _, seen := states[event.Stream]; seen {
			continue
		}
		order = append(order, event.Stream)
		if states[event.Stream], err = decodeTimed(event.Stream, nil); err != nil {
			return nil, nil, err
		}
	}
	rows, err := tx.Query(ctx, selectTimed, [16]byte(ledger), order)
	if err != nil {
		return nil, nil, fmt.Errorf("read deadlines: %w", err)
	}
	var stream domain.Stream
	var stored []byte
	_, err = pgx.ForEachRow(rows, []any{&stream, &stored}, func() (err error) {
		states[stream], err = decodeTimed(stream, stored)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read deadlines: %w", err)
	}
	return order, states, nil
}

func saveTimed(ledger uuid.UUID, order []domain.Stream, states map[domain.Stream]timed, batch *pgx.Batch) error {
	n := len(order)
	kinds, due, encoded := make([]string, n), make([]*time.Time, n), make([]string, n)
	workspaces, since, attempts, codes, stuck := make([]string, n), make([]*time.Time, n), make([]*int, n), make([]*string, n), make([]*bool, n)
	for i, stream := range order {
		kind, at, ok := states[stream].next()
		met := states[stream].trouble(stream)
		workspaces[i] = met.workspace
		if met.since != nil {
			kinds[i], since[i], attempts[i], codes[i], stuck[i] = met.kind, met.since, &met.attempts, &met.code, &met.stuck
		}
		if ok {
			kinds[i], due[i] = kind, &at
		}
		var err error
		if encoded[i], err = encodeTimed(states[stream]); err != nil {
			return err
		}
		if billed, ok := states[stream].(timedSubscription); ok {
			followRenewal(ledger, stream, billed, batch)
		}
	}
	batch.Queue(`
		INSERT INTO deadlines (ledger_id, stream, subject, kind, due_at, state, live, workspace, since, attempts, error, stuck)
		SELECT $1, r.stream, '', r.kind, r.due_at, r.state::json,
		       EXISTS (SELECT FROM tallystick.ledgers l WHERE l.ledger_id = $1 AND l.mode = 'live'),
		       r.workspace, r.since, r.attempts, r.error, r.stuck
		FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[], $8::int[], $9::text[], $10::boolean[])
			AS r (stream, kind, due_at, state, workspace, since, attempts, error, stuck)
		ON CONFLICT (ledger_id, stream, subject) DO UPDATE
		SET kind     = excluded.kind,
		    due_at   = excluded.due_at,
		    state    = excluded.state,
		    since    = excluded.since,
		    attempts = excluded.attempts,
		    error    = excluded.error,
		    stuck    = excluded.stuck`, [16]byte(ledger), order, kinds, due, encoded, workspaces, since, attempts, codes, stuck)
	return nil
}

// followParked keeps what a person has stopped.
func followParked(page engine.Page, batch *pgx.Batch) {
	for _, event := range page.Of(job.Type) {
		switch e := event.Fact.(type) {
		case job.Parked:
			batch.Queue(`
				INSERT INTO parked (ledger_id, stream, subject, kind, due_at, reason)
				VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (ledger_id, stream, subject) DO UPDATE
				SET kind   = excluded.kind,
				    due_at = excluded.due_at,
				    reason = excluded.reason`, [16]byte(page.Ledger), string(e.Stream), e.Subject, e.Kind, e.DueAt, e.Reason)
		case job.Released:
			batch.Queue(`
				DELETE FROM parked
				WHERE ledger_id = $1 AND stream = $2 AND subject = $3`, [16]byte(page.Ledger), string(e.Stream), e.Subject)
		}
	}
}
