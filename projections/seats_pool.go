package projections

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/projections/engine"
)

// poolRow holds the row of one pool.
type poolRow struct {
	workspace string
	limits    seating.Limits
	use       seating.Use
	highWater int64
	version   int64
}

func (p *poolRow) evolve(fact domain.Event) {
	switch e := fact.(type) {
	case seating.LimitsChanged:
		fresh := seating.Limits(e)
		if fresh.Source != p.limits.Source || fresh.Product != p.limits.Product {
			p.highWater = 0
		}
		p.limits = fresh
	case seating.Allocated:
		p.count(e.Role, seating.StatusActive, 1)
	case seating.Reserved:
		p.count(e.Role, seating.StatusInvited, 1)
	case seating.Accepted:
		p.count(e.Role, seating.StatusInvited, -1)
		p.count(e.Role, seating.StatusActive, 1)
	case seating.RoleChanged:
		p.count(e.From, e.State, -1)
		p.count(e.To, e.State, 1)
	case seating.Released:
		p.count(e.Role, e.State, -1)
	case seating.ReservationExpired:
		p.count(e.Role, seating.StatusInvited, -1)
	}
}

func (p *poolRow) count(role seating.Role, status seating.Status, n int64) {
	p.use = p.use.Add(role, status, n)
}

// measure raises the high-water marks to the use after a command, and gives an empty list back.
func measure(touched []*poolRow) []*poolRow {
	for _, p := range touched {
		p.highWater = max(p.highWater, p.limits.InUse(p.use))
	}
	return touched[:0]
}

const selectPools = `
	SELECT workspace, source, product, purchased, guests_per_seat, closed, cap_reason, cap_seats, cap_guests, allocated, reserved,
	       guests, high_water, version
	FROM pools`

func scanPool(row pgx.CollectableRow) (poolRow, error) {
	var p poolRow
	err := row.Scan(&p.workspace, &p.limits.Source, &p.limits.Product, &p.limits.Purchased, &p.limits.GuestsPerSeat,
		&p.limits.Closed, &p.limits.Cap.Reason, &p.limits.Cap.Seats, &p.limits.Cap.Guests, &p.use.Allocated, &p.use.Reserved, &p.use.Guests, &p.highWater, &p.version)
	return p, err
}

// loadPools gives a pool for each workspace. A new one has the limits of no plan.
func loadPools(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string) (map[string]*poolRow, error) {
	found, err := engine.List(ctx, tx, "read pools", scanPool, selectPools+` WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(ledger), workspaces)
	if err != nil {
		return nil, err
	}
	pools := make(map[string]*poolRow, len(workspaces))
	for _, workspace := range workspaces {
		pools[workspace] = &poolRow{workspace: workspace, limits: seating.State{}.Limits()}
	}
	for _, p := range found {
		pools[p.workspace] = &p
	}
	return pools, nil
}

func savePools(batch *pgx.Batch, ledger uuid.UUID, workspaces []string, pools map[string]*poolRow) {
	n := len(workspaces)
	sources, products := make([]string, n), make([]string, n)
	purchased, guestsPerSeat, closed := make([]int64, n), make([]int64, n), make([]bool, n)
	capReasons, capSeats, capGuests := make([]string, n), make([]int64, n), make([]int64, n)
	allocated, reserved, guests := make([]int64, n), make([]int64, n), make([]int64, n)
	highWater, versions := make([]int64, n), make([]int64, n)
	for i, workspace := range workspaces {
		p := pools[workspace]
		sources[i], products[i] = string(p.limits.Source), p.limits.Product
		purchased[i], guestsPerSeat[i], closed[i] = p.limits.Purchased, p.limits.GuestsPerSeat, p.limits.Closed
		capReasons[i], capSeats[i], capGuests[i] = string(p.limits.Cap.Reason), p.limits.Cap.Seats, p.limits.Cap.Guests
		allocated[i], reserved[i], guests[i] = p.use.Allocated, p.use.Reserved, p.use.Guests
		highWater[i], versions[i] = p.highWater, p.version
	}
	batch.Queue(`
		INSERT INTO pools (ledger_id, workspace, source, product, purchased, guests_per_seat, closed, cap_reason,
		                   cap_seats, cap_guests, allocated, reserved, guests, high_water, version)
		SELECT $1, r.*
		FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::boolean[], $8::text[],
		            $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
		            $15::bigint[]) AS r
		ON CONFLICT (ledger_id, workspace) DO UPDATE
		SET source          = excluded.source,
		    product         = excluded.product,
		    purchased       = excluded.purchased,
		    guests_per_seat = excluded.guests_per_seat,
		    closed          = excluded.closed,
		    cap_reason      = excluded.cap_reason,
		    cap_seats       = excluded.cap_seats,
		    cap_guests      = excluded.cap_guests,
		    allocated       = excluded.allocated,
		    reserved        = excluded.reserved,
		    guests          = excluded.guests,
		    high_water      = excluded.high_water,
		    version         = excluded.version`,
		[16]byte(ledger), workspaces, sources, products, purchased, guestsPerSeat, closed,
		capReasons, capSeats, capGuests, allocated, reserved, guests, highWater, versions)
}
