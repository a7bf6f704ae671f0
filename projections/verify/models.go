package verify

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tallystick/tallystick/projections/engine"
)

// modelWebhooks names the read model of what endpoints are sent.
const modelWebhooks = "webhooks"

// readModels looks whether what each read model stands on is still in the log, and builds each again to compare all its rows.
func readModels() *check {
	return &check{Result: Result{Name: "read_models"}, stored: func(ctx context.Context, c *check, r *run) error {
		if err := checkpointsOf(ctx, c, r); err != nil {
			return err
		}
		var readOnly bool
		if err := r.tx.QueryRow(ctx, `SELECT current_setting('transaction_read_only')::boolean`).Scan(&readOnly); err != nil || readOnly {
			return err // a replica has no temporary tables
		}
		for _, model := range r.Models {
			if err := rebuilt(ctx, c, r, model); err != nil {
				return err
			}
		}
		return nil
	}}
}

// checkpointsOf looks whether the events that read models stand on are the ones of the log.
func checkpointsOf(ctx context.Context, c *check, r *run) error {
	rows, err := r.tx.Query(ctx, `
		SELECT DISTINCT ON (p.projection, p.version) p.projection || '@' || p.version, p.to_position, p.leaf_hash, e.leaf_hash
		FROM tallystick.projection_checkpoints p
		LEFT JOIN tallystick.events e ON e.ledger_id = $1 AND e.position = p.to_position
		WHERE p.ledger_id = $1
		ORDER BY p.projection, p.version, p.to_position DESC`, [16]byte(r.Ledger.ID))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var position int64
		var built, stored []byte
		if err := rows.Scan(&name, &position, &built, &stored); err != nil {
			return err
		}
		c.holds(bytes.Equal(built, stored), position, name, "it was built of another event than the one at position %d", position)
	}
	return rows.Err()
}

// rebuilt holds the rows of a read model against those that the log gives. One that is further than what is verified can't be compared.
func rebuilt(ctx context.Context, c *check, r *run, model engine.Projection) error {
	built, found, err := model.BuiltFor(ctx, r.tx, r.Ledger.ID)
	if err != nil || !found || built.Position > r.Position {
		return err
	}
	c.holds(built.Stopped == "", 0, built.Version, "%s", built.Stopped)
	rows, differ, first, err := model.Compare(ctx, r.tx, r.Codec, r.Ledger.ID, built)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		c.holds(false, 0, built.Version, "it can't be built again: %v", err)
		return nil
	}
	c.Checked += rows
	if c.Failed += max(differ-1, 0); first != nil {
		has := "it lacks"
		if first.Has {
			has = "it has, and should not,"
		}
		c.fail(0, built.Version, "%d rows differ from what the log gives; %s in %s: %s", differ, has, first.Table, first.Row)
	}
	return nil
}

// webhookSequences counts the sequences of each endpoint and workspace again.
func webhookSequences() *check {
	return &check{Result: Result{Name: "webhook_sequences"}, stored: func(ctx context.Context, c *check, r *run) error {
		for _, model := range r.Models {
			if model.Name != modelWebhooks {
				continue
			}
			built, found, err := model.BuiltFor(ctx, r.tx, r.Ledger.ID)
			if err != nil || !found {
				return err
			}
			return countSequences(ctx, c, r, built)
		}
		return nil
	}}
}

func countSequences(ctx context.Context, c *check, r *run, built engine.Built) error {
	rows, err := r.tx.Query(ctx, fmt.Sprintf(`
		SELECT d.endpoint, d.workspace, d.position, d.sequence, d.counted
		FROM (
			SELECT d.endpoint, d.workspace, d.position, d.sequence, row_number() OVER (PARTITION BY d.endpoint, d.workspace ORDER BY d.position) AS counted
			FROM %[1]s.deliveries d
			WHERE d.ledger_id = $1 AND d.position <= $2
		) AS d
		UNION ALL
		SELECT s.endpoint, s.workspace, 0, s.last, (
			SELECT count(*)
			FROM %[1]s.deliveries d
			WHERE d.ledger_id = $1 AND d.endpoint = s.endpoint AND d.workspace = s.workspace)
		FROM %[1]s.sequences s
		WHERE s.ledger_id = $1
		ORDER BY 3, 1, 2`, quoted(built.Schema)), [16]byte(r.Ledger.ID), r.Position)
	if err != nil {
		return fmt.Errorf("read the deliveries of webhooks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var endpoint, workspace string
		var position, sequence, counted int64
		if err := rows.Scan(&endpoint, &workspace, &position, &sequence, &counted); err != nil {
			return err
		}
		c.holds(sequence == counted, position, "endpoint "+endpoint, "of %q it has the sequence %d as the %d. one", workspace, sequence, counted)
	}
	return rows.Err()
}
