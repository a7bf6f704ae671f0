package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
)

// Cut is a prefix of a ledger's log, by which the past is shown.
type Cut struct {
	Position int64 // of its last event, 0 for none
	// Time is the instant that was asked for, or else the one at which the last event took effect.
	Time time.Time
}

// AsOf asks for a cut by a position or by a time. The zero value asks for all that there is.
type AsOf struct {
	position *int64
	time     *time.Time
}

// AsOfRule describes the text of an [AsOf].
const AsOfRule = "the position of an event, or a time in RFC 3339 with its zone"

// ParseAsOf reads a position or a time, and nothing as all that there is.
func ParseAsOf(text string) (a AsOf, ok bool) {
	if text == "" {
		return a, true
	}
	if strings.Trim(text, "0123456789") == "" {
		position, err := strconv.ParseInt(text, 10, 64)
		a.position = &position
		return a, err == nil && strconv.FormatInt(position, 10) == text
	}
	at, err := domain.ParseTime(text)
	a.time = &at
	return a, err == nil
}

// UnmarshalText reads what [ParseAsOf] reads, for flags.
func (a *AsOf) UnmarshalText(text []byte) error {
	asked, ok := ParseAsOf(string(text))
	if !ok {
		return fmt.Errorf("%q is not %s", text, AsOfRule)
	}
	*a = asked
	return nil
}

// IsZero reports whether all that there is was asked for.
func (a AsOf) IsZero() bool { return a.position == nil && a.time == nil }

// At gives the position or the time that was asked for; the other one is nil.
func (a AsOf) At() (position *int64, at *time.Time) { return a.position, a.time }

// AsOfPosition asks for the first events up to a position.
func AsOfPosition(position int64) AsOf { return AsOf{position: &position} }

// Cut finds what was asked for. A time cuts off the first event that takes effect after it, and all behind. What is beyond the
// tail or after now, by the ledger's clock, is refused with as_of_unknown.
func (a AsOf) Cut(ctx context.Context, db Querier, ledger Ledger, tail int64, now time.Time) (Cut, error) {
	switch {
	case a.time != nil && a.time.After(now):
		return Cut{}, domain.InvalidField("/as_of", "as_of_unknown", "as_of is after now, %s", now.Format(time.RFC3339Nano))
	case a.time != nil:
		position, err := lastBy(ctx, db, ledger.ID, *a.time, tail)
		return Cut{Position: position, Time: *a.time}, err
	case a.position != nil && *a.position > tail:
		return Cut{}, domain.InvalidField("/as_of", "as_of_unknown", "as_of is beyond the log: the newest event has the position %d", tail)
	case a.position != nil:
		tail = *a.position
	}
	at, err := ledger.effectiveAt(ctx, db, tail)
	return Cut{Position: tail, Time: at}, err
}

// lastBy gives the position before the first event that takes effect after an instant.
func lastBy(ctx context.Context, db Querier, ledger uuid.UUID, at time.Time, tail int64) (position int64, err error) {
	err = db.QueryRow(ctx, `
		SELECT e.position - 1
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.position <= $2 AND e.effective_at > $3
		ORDER BY e.position
		LIMIT 1`, [16]byte(ledger), tail, at).Scan(&position)
	if errors.Is(err, pgx.ErrNoRows) {
		return tail, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find the last event by %s: %w", at.Format(time.RFC3339Nano), err)
	}
	return position, nil
}

// effectiveAt tells when an event took effect; before the first one it is when the ledger was made.
func (l Ledger) effectiveAt(ctx context.Context, db Querier, position int64) (at time.Time, err error) {
	if position == 0 {
		return l.CreatedAt, nil
	}
	err = db.QueryRow(ctx, `
		SELECT e.effective_at
		FROM tallystick.events e
		WHERE e.ledger_id = $1 AND e.position = $2`, [16]byte(l.ID), position).Scan(&at)
	if err != nil {
		return at, fmt.Errorf("read the time of event %d: %w", position, err)
	}
	return at.UTC(), nil
}

// statePage bounds the events that are read at once.
const statePage = 1_000

// StateAt folds a stream's events up to a position. The version is 0 where it has none.
func (c *Codec) StateAt(ctx context.Context, db Querier, ledger uuid.UUID, stream domain.Stream, position int64) (state domain.State, version int64, err error) {
	streamType, err := c.streamType(stream)
	if err != nil {
		return nil, 0, err
	}
	state = streamType.Initial
	for {
		events, err := c.Stream(ctx, db, ledger, stream, version, statePage)
		if err != nil {
			return nil, 0, err
		}
		facts := make([]domain.Event, 0, len(events))
		for _, e := range events {
			if e.Position <= position {
				facts, version = append(facts, e.Fact), e.Version
			}
		}
		state = streamType.EvolveAll(state, facts)
		if len(facts) < statePage {
			return state, version, nil
		}
	}
}

// HasPrivate reports whether events of a stream can have private parts.
func (c *Codec) HasPrivate(stream domain.Stream) bool {
	return slices.ContainsFunc(c.streams[stream.Type()].Events, func(e domain.EventType) bool { return e.Private != nil })
}

// HasStreamType reports whether a stream is of a type that there is.
func (c *Codec) HasStreamType(stream domain.Stream) bool {
	_, known := c.streams[stream.Type()]
	return known
}
