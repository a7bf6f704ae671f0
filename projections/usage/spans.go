package usage

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// memberKey names a member of a ledger.
type memberKey struct{ workspace, member string }

// span is the time for which somebody had a seat of one kind.
type span struct {
	memberKey
	kind         seatKind
	since        time.Time
	until        *time.Time // of an invitation that lapses, from the first when it does; nil without an end
	began, ended int64      // commands, by the position of their last event; ended is 0 until one did
	changed      bool       // by the page
}

// seatKind tells how a seat counts.
type seatKind string

const (
	kindAllocated seatKind = "allocated" // an admin or member holds it
	kindReserved  seatKind = "reserved"  // it is kept for an invited one
	kindGuest     seatKind = "guest"     // a guest's, invited or not
)

func kindOf(role seating.Role, status seating.Status) seatKind {
	switch {
	case role == seating.RoleGuest:
		return kindGuest
	case status == seating.StatusInvited:
		return kindReserved
	}
	return kindAllocated
}

// spans holds the spans of a page's members: those that were open before it, and those that it begins.
type spans struct {
	all  []*span
	open map[memberKey]*span
}

// foldSpans folds a page into the spans of its members.
func foldSpans(ctx context.Context, tx pgx.Tx, page engine.Page) (*spans, error) {
	events := page.Of(seating.Type)
	s := &spans{open: map[memberKey]*span{}}
	if err := s.load(ctx, tx, page.Ledger, events); err != nil {
		return nil, err
	}
	for _, event := range events {
		s.evolve(event)
	}
	return s, nil
}

func (s *spans) evolve(event eventstore.Event) {
	switch e := event.Fact.(type) {
	case seating.Allocated:
		s.begin(event, e.Member, kindOf(e.Role, seating.StatusActive), nil)
	case seating.Reserved:
		s.begin(event, e.Member, kindOf(e.Role, seating.StatusInvited), e.ExpiresAt)
	case seating.Accepted:
		s.begin(event, e.Member, kindOf(e.Role, seating.StatusActive), nil)
	case seating.RoleChanged:
		before, is := s.open[memberKey{event.Stream.Entity(), e.Member}]
		if is && kindOf(e.From, e.State) != kindOf(e.To, e.State) {
			s.begin(event, e.Member, kindOf(e.To, e.State), before.until)
		}
	case seating.Released:
		s.end(event, e.Member, event.EffectiveAt)
	case seating.ReservationExpired:
		s.end(event, e.Member, e.ExpiresAt)
	}
}

// begin gives a member a first seat, or one of another kind instead.
func (s *spans) begin(event eventstore.Event, member string, kind seatKind, until *time.Time) {
	s.end(event, member, event.EffectiveAt)
	begun := &span{
		memberKey: memberKey{event.Stream.Entity(), member}, kind: kind, since: event.EffectiveAt, until: until,
		began: event.GroupLast, changed: true,
	}
	s.all, s.open[begun.memberKey] = append(s.all, begun), begun
}

func (s *spans) end(event eventstore.Event, member string, at time.Time) {
	key := memberKey{event.Stream.Entity(), member}
	if open, is := s.open[key]; is {
		open.until, open.ended, open.changed = &at, event.GroupLast, true
		delete(s.open, key)
	}
}

// load reads the open spans of all members that the events name.
func (s *spans) load(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, events []eventstore.Event) error {
	var workspaces, members []string
	seen := map[memberKey]bool{}
	for _, event := range events {
		key := memberKey{event.Stream.Entity(), memberOf(event.Fact)}
		if key.member != "" && !seen[key] {
			seen[key] = true
			workspaces, members = append(workspaces, key.workspace), append(members, key.member)
		}
	}
	if members == nil {
		return nil
	}
	// Only the last span of a member can be open. A look member by member keeps the query on the key, also while a
	// rebuild fills the table and the planner knows nothing of it yet: no other index is there for it.
	var err error
	s.all, err = engine.List(ctx, tx, "read spans", scanSpan, `
		SELECT `+spanColumns+`
		FROM unnest($2::text[], $3::text[]) AS r (workspace, member)
		CROSS JOIN LATERAL (
			SELECT *
			FROM seats s
			WHERE s.ledger_id = $1 AND s.workspace = r.workspace AND s.member = r.member
			ORDER BY s.began DESC
			LIMIT 1) AS s
		WHERE s.ended = 0`, [16]byte(ledger), workspaces, members)
	if err != nil {
		return err
	}
	for _, open := range s.all {
		s.open[open.memberKey] = open
	}
	return nil
}

// memberOf names the member in a fact; it is empty for facts without one.
func memberOf(fact domain.Event) string {
	switch e := fact.(type) {
	case seating.Allocated:
		return e.Member
	case seating.Reserved:
		return e.Member
	case seating.Accepted:
		return e.Member
	case seating.RoleChanged:
		return e.Member
	case seating.Released:
		return e.Member
	case seating.ReservationExpired:
		return e.Member
	}
	return ""
}

const spanColumns = `s.workspace, s.member, s.kind, s.since, NULLIF(s.until, 'infinity'), s.began, s.ended`

func scanSpan(row pgx.CollectableRow) (*span, error) {
	var s span
	err := row.Scan(&s.workspace, &s.member, &s.kind, &s.since, &s.until, &s.began, &s.ended)
	return &s, err
}

// save writes what changed. A span that one command begins and ends never was, since everything in a command happens at
// once.
func (s *spans) save(batch *pgx.Batch, ledger uuid.UUID) {
	var workspaces, members, kinds []string
	var since []time.Time
	var until []*time.Time
	var began, ended []int64
	for _, one := range s.all {
		if !one.changed || one.began == one.ended {
			continue
		}
		workspaces, members, kinds = append(workspaces, one.workspace), append(members, one.member), append(kinds, string(one.kind))
		since, until = append(since, one.since), append(until, one.until)
		began, ended = append(began, one.began), append(ended, one.ended)
	}
	if members == nil {
		return
	}
	batch.Queue(`
		INSERT INTO seats (ledger_id, workspace, member, kind, since, until, began, ended)
		SELECT $1, r.workspace, r.member, r.kind, r.since, COALESCE(r.until, 'infinity'), r.began, r.ended
		FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bigint[], $8::bigint[])
		     AS r (workspace, member, kind, since, until, began, ended)
		ON CONFLICT (ledger_id, workspace, member, began) DO UPDATE
		SET until = excluded.until,
		    ended = excluded.ended`,
		[16]byte(ledger), workspaces, members, kinds, since, until, began, ended)
}
