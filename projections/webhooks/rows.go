package webhooks

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// loadSequences reads the sequences that the page's events may go on with.
func (p *page) loadSequences(events []eventstore.Event) error {
	p.sequences = map[sequenceKey]int64{}
	seen := map[string]bool{}
	var workspaces []string
	for i := range events {
		if workspace := p.workspace(events[i].Stream); !seen[workspace] {
			seen[workspace] = true
			workspaces = append(workspaces, workspace)
		}
	}
	rows, err := p.tx.Query(p.ctx, `
		SELECT endpoint, workspace, last
		FROM sequences
		WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(p.ledger), workspaces)
	if err != nil {
		return fmt.Errorf("read sequences: %w", err)
	}
	var key sequenceKey
	var last int64
	_, err = pgx.ForEachRow(rows, []any{&key.endpoint, &key.workspace, &last}, func() error {
		p.sequences[key] = last
		return nil
	})
	if err != nil {
		return fmt.Errorf("read sequences: %w", err)
	}
	return nil
}

// writeDeliveries writes the deliveries that were made so far, and where their sequences stand.
func (p *page) writeDeliveries() error {
	n := len(p.made)
	if n == 0 {
		return nil
	}
	endpoints, types, workspaces := make([]string, n), make([]string, n), make([]string, n)
	positions, sequences, ids := make([]int64, n), make([]int64, n), make([][16]byte, n)
	for i, d := range p.made {
		endpoints[i], types[i], workspaces[i] = d.Endpoint, d.Type, d.Workspace
		positions[i], sequences[i], ids[i] = d.Position, d.Sequence, d.Event
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		INSERT INTO deliveries (ledger_id, endpoint, position, ordered, event_id, type, workspace, sequence)
		SELECT $1, r.endpoint, r.position, r.position, r.event_id, r.type, r.workspace, r.sequence
		FROM unnest($2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::bigint[])
		     AS r (endpoint, position, event_id, type, workspace, sequence)`,
		[16]byte(p.ledger), endpoints, positions, ids, types, workspaces, sequences)
	batch.Queue(`
		INSERT INTO sequences (ledger_id, endpoint, workspace, last)
		SELECT $1, r.endpoint, r.workspace, max(r.sequence)
		FROM unnest($2::text[], $3::text[], $4::bigint[]) AS r (endpoint, workspace, sequence)
		GROUP BY r.endpoint, r.workspace
		ON CONFLICT (ledger_id, endpoint, workspace) DO UPDATE
		SET last = excluded.last`, [16]byte(p.ledger), endpoints, workspaces, sequences)
	if err := p.tx.SendBatch(p.ctx, batch).Close(); err != nil {
		return fmt.Errorf("write deliveries: %w", err)
	}
	p.made = p.made[:0]
	return nil
}

// writeEndpoints writes those that changed.
func (p *page) writeEndpoints() error {
	batch := &pgx.Batch{}
	for _, e := range p.endpoints {
		if !p.changed[e.ID] {
			continue
		}
		state, err := engine.Encode(e.State)
		if err != nil {
			return err
		}
		status := string(e.Status)
		if !e.Exists() {
			status = "deleted"
		}
		batch.Queue(`
			INSERT INTO endpoints (ledger_id, id, made, version, status, enabled_at, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (ledger_id, id) DO UPDATE
			SET version    = excluded.version,
			    status     = excluded.status,
			    enabled_at = excluded.enabled_at,
			    state      = excluded.state`,
			[16]byte(p.ledger), e.ID, e.Made, e.Version, status, e.EnabledAt, state)
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := p.tx.SendBatch(p.ctx, batch).Close(); err != nil {
		return fmt.Errorf("write webhook endpoints: %w", err)
	}
	return nil
}

// listAll reads the endpoints of a ledger that are not deleted.
func listAll(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) ([]Endpoint, error) {
	return engine.List(ctx, tx, "read webhook endpoints", scanEndpoint, `
		SELECT made, version, enabled_at, state
		FROM endpoints
		WHERE ledger_id = $1 AND status <> 'deleted'
		ORDER BY made`, [16]byte(ledger))
}

func scanEndpoint(row pgx.CollectableRow) (e Endpoint, err error) {
	var state []byte
	if err := row.Scan(&e.Made, &e.Version, &e.EnabledAt, &state); err != nil {
		return e, err
	}
	return e, engine.Decode(state, &e.State)
}

// findOwners gives the workspaces of the page's streams whose names do not tell, and keeps those of its new ones.
func findOwners(ctx context.Context, tx pgx.Tx, events engine.Page) (map[domain.Stream]string, error) {
	owners := map[domain.Stream]string{}
	var begun, workspaces, known []string
	for i := range events.Events {
		e := &events.Events[i]
		if _, told := workspaceOf(e.Stream); told {
			continue
		}
		if workspace, first := ownerOf(e.Fact); first {
			owners[e.Stream] = workspace
			begun, workspaces = append(begun, string(e.Stream)), append(workspaces, workspace)
		} else if _, here := owners[e.Stream]; !here {
			known = append(known, string(e.Stream))
		}
	}
	if known != nil {
		rows, err := tx.Query(ctx, `
			SELECT stream, workspace
			FROM owners
			WHERE ledger_id = $1 AND stream = ANY ($2)`, [16]byte(events.Ledger), known)
		if err != nil {
			return nil, fmt.Errorf("read owners: %w", err)
		}
		var stream domain.Stream
		var workspace string
		if _, err := pgx.ForEachRow(rows, []any{&stream, &workspace}, func() error {
			owners[stream] = workspace
			return nil
		}); err != nil {
			return nil, fmt.Errorf("read owners: %w", err)
		}
	}
	if begun == nil {
		return owners, nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO owners (ledger_id, stream, workspace)
		SELECT $1, r.*
		FROM unnest($2::text[], $3::text[]) AS r`, [16]byte(events.Ledger), begun, workspaces)
	if err != nil {
		return nil, fmt.Errorf("write owners: %w", err)
	}
	return owners, nil
}
