package projections

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
)

// memberKey names a member of a ledger.
type memberKey struct{ workspace, member string }

// memberChange is the last change of one member in a page.
type memberChange struct {
	kind memberChangeKind
	seat seating.Seat
}

type memberChangeKind int

const (
	memberSet  memberChangeKind = iota // the whole seat is known
	memberRole                         // of a seat that stands in the table, only the role changes
	memberGone
)

// memberChanges holds the last changes of a page's members, in the order in which the page first touches them.
type memberChanges struct {
	order   []memberKey
	changes map[memberKey]memberChange
}

func newMemberChanges() *memberChanges { return &memberChanges{changes: map[memberKey]memberChange{}} }

func (m *memberChanges) evolve(workspace string, fact domain.Event) {
	switch e := fact.(type) {
	case seating.Allocated:
		m.set(workspace, e.Member, seating.Seat{Role: e.Role, State: seating.StatusActive, Since: e.Since})
	case seating.Reserved:
		m.set(workspace, e.Member, seating.Seat{Role: e.Role, State: seating.StatusInvited, Since: e.Since, ExpiresAt: e.ExpiresAt})
	case seating.Accepted:
		m.set(workspace, e.Member, seating.Seat{Role: e.Role, State: seating.StatusActive, Since: e.Since})
	case seating.RoleChanged:
		change := memberChange{kind: memberRole}
		if earlier, touched := m.changes[memberKey{workspace, e.Member}]; touched {
			change = earlier
		}
		change.seat.Role = e.To
		m.note(memberKey{workspace, e.Member}, change)
	case seating.Released:
		m.note(memberKey{workspace, e.Member}, memberChange{kind: memberGone})
	case seating.ReservationExpired:
		m.note(memberKey{workspace, e.Member}, memberChange{kind: memberGone})
	}
}

func (m *memberChanges) set(workspace, member string, seat seating.Seat) {
	m.note(memberKey{workspace, member}, memberChange{kind: memberSet, seat: seat})
}

func (m *memberChanges) note(key memberKey, change memberChange) {
	if _, touched := m.changes[key]; !touched {
		m.order = append(m.order, key)
	}
	m.changes[key] = change
}

// memberColumns holds rows as the database takes them: one array a column.
type memberColumns struct {
	workspaces, members, roles, states []string
	since                              []time.Time
	expiresAt                          []*time.Time
}

func (m *memberChanges) columns(kind memberChangeKind) memberColumns {
	var c memberColumns
	for _, key := range m.order {
		change := m.changes[key]
		if change.kind != kind {
			continue
		}
		c.workspaces, c.members = append(c.workspaces, key.workspace), append(c.members, key.member)
		c.roles, c.states = append(c.roles, string(change.seat.Role)), append(c.states, string(change.seat.State))
		c.since, c.expiresAt = append(c.since, change.seat.Since), append(c.expiresAt, change.seat.ExpiresAt)
	}
	return c
}

func (m *memberChanges) save(batch *pgx.Batch, ledger uuid.UUID) {
	if c := m.columns(memberSet); c.members != nil {
		batch.Queue(`
			INSERT INTO members (ledger_id, workspace, member, role, state, since, expires_at)
			SELECT $1, r.*
			FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]) AS r
			ON CONFLICT (ledger_id, workspace, member) DO UPDATE
			SET role       = excluded.role,
			    state      = excluded.state,
			    since      = excluded.since,
			    expires_at = excluded.expires_at`,
			[16]byte(ledger), c.workspaces, c.members, c.roles, c.states, c.since, c.expiresAt)
	}
	if c := m.columns(memberRole); c.members != nil {
		batch.Queue(`
			UPDATE members AS m
			SET role = r.role
			FROM unnest($2::text[], $3::text[], $4::text[]) AS r (workspace, member, role)
			WHERE m.ledger_id = $1 AND m.workspace = r.workspace AND m.member = r.member`,
			[16]byte(ledger), c.workspaces, c.members, c.roles)
	}
	if c := m.columns(memberGone); c.members != nil {
		batch.Queue(`
			DELETE FROM members AS m
			USING unnest($2::text[], $3::text[]) AS r (workspace, member)
			WHERE m.ledger_id = $1 AND m.workspace = r.workspace AND m.member = r.member`,
			[16]byte(ledger), c.workspaces, c.members)
	}
}
