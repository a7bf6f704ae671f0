package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Seats holds the seat pool of each workspace and who sits in it.
var Seats = engine.Projection{
	Name: "seats", Revision: 3, Tables: migrations.ReadModel("seats"), Auditors: true, Apply: applySeats,
	Reads: []domain.StreamType{catalog.Type, seating.Type},
}

// SeatPool counts a workspace's seats.
type SeatPool struct {
	Workspace string
	Limits    seating.Limits // on the free plan those of today, whatever was copied to the pool
	Use       seating.Use
	// HighWater is the most seats in use at once since the plan last changed its source or product. It counts the
	// allocated and reserved seats of admins and members, and guests too on the free plan, since all roles share its
	// seats. What happens within one command happens at once: two members who swap their roles never use a seat more.
	HighWater int64
	Version   int64 // of the pool's stream; 0 where nothing was ever done
}

// Seat shows the seat of a member.
type Seat struct {
	Member    string
	Role      seating.Role
	State     seating.Status
	Since     time.Time  // when the present state began
	ExpiresAt *time.Time // of an invitation that lapses
}

// FindSeatPool gives the pool of any workspace. One in which nothing was done is empty and on the free plan.
func FindSeatPool(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, now time.Time) (SeatPool, error) {
	found, ok, err := engine.Find(ctx, tx, "find the seats of "+workspace, scanPool, selectPools+`
		WHERE ledger_id = $1 AND workspace = $2`, [16]byte(ledger), workspace)
	if err != nil {
		return SeatPool{}, err
	}
	pool := SeatPool{Workspace: workspace, Limits: found.limits, Use: found.use, HighWater: found.highWater, Version: found.version}
	if err := pool.forgetLapsed(ctx, tx, ledger, now); err != nil {
		return SeatPool{}, fmt.Errorf("find the seats of %s: %w", workspace, err)
	}
	if ok && pool.Limits.Source != seating.SourceFree {
		return pool, nil
	}
	if pool.Limits, err = findFreePlan(ctx, tx, ledger); err != nil {
		return SeatPool{}, fmt.Errorf("find the seats of %s: %w", workspace, err)
	}
	pool.Limits.Cap = found.limits.Cap
	return pool, nil
}

// forgetLapsed takes lapsed invitations out of the pool's use. They hold no seat for the next command either, although
// only that command writes the event.
func (p *SeatPool) forgetLapsed(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, now time.Time) error {
	var members, guests int64
	err := tx.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE role <> 'guest'), count(*) FILTER (WHERE role = 'guest')
		FROM members
		WHERE ledger_id = $1 AND workspace = $2 AND expires_at <= $3`, [16]byte(ledger), p.Workspace, now).Scan(&members, &guests)
	p.Use.Reserved -= members
	p.Use.Guests -= guests
	return err
}

// ListSeats lists at most limit seats of a workspace by member, from behind the member after; "" is the beginning. It
// leaves out the invitations that have lapsed by now.
func ListSeats(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, now time.Time, after string, limit int) ([]Seat, error) {
	return engine.List(ctx, tx, "list the seats of "+workspace, scanSeat, `
		SELECT member, role, state, since, expires_at
		FROM members
		WHERE ledger_id = $1 AND workspace = $2 AND member > $3 AND (expires_at IS NULL OR expires_at > $5)
		ORDER BY member
		LIMIT $4`, [16]byte(ledger), workspace, after, limit, now)
}

func scanSeat(row pgx.CollectableRow) (Seat, error) {
	var s Seat
	err := row.Scan(&s.Member, &s.Role, &s.State, &s.Since, &s.ExpiresAt)
	s.Since = s.Since.UTC()
	if s.ExpiresAt != nil {
		*s.ExpiresAt = s.ExpiresAt.UTC()
	}
	return s, err
}

// applySeats counts from the events alone. The log holds only what the rules of the pool allowed, so no member needs to
// be read back.
func applySeats(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	if err := applyFreeProduct(ctx, tx, page); err != nil {
		return err
	}
	events := page.Of(seating.Type)
	if len(events) == 0 {
		return nil
	}
	workspaces := entities(events)
	pools, err := loadPools(ctx, tx, page.Ledger, workspaces)
	if err != nil {
		return err
	}
	members := newMemberChanges()
	var group int64
	var together []*poolRow // what the command has touched whose events are being folded
	for _, event := range events {
		// The model may skip the last event of a command, so a command ends where the next one begins.
		if event.GroupLast != group {
			group, together = event.GroupLast, measure(together)
		}
		pool := pools[event.Stream.Entity()]
		pool.evolve(event.Fact)
		pool.version = event.Version
		together = append(together, pool)
		members.evolve(event.Stream.Entity(), event.Fact)
	}
	measure(together)
	batch := &pgx.Batch{}
	savePools(batch, page.Ledger, workspaces, pools)
	members.save(batch, page.Ledger)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write seats: %w", err)
	}
	return nil
}
