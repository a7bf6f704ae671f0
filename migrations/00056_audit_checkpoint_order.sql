-- +goose Up

-- The size of the tree's checkpoint before this one, 0 for the first: one that is deleted leaves a gap. NULL where the release before
-- signed it.
ALTER TABLE audit_checkpoints ADD COLUMN previous bigint;

UPDATE audit_checkpoints c
SET previous = before.size
FROM (
    SELECT b.ledger_id, b.tree, b.size AS of, lag(b.size, 1, 0::bigint) OVER (PARTITION BY b.ledger_id, b.tree ORDER BY b.size) AS size
    FROM audit_checkpoints b
) AS before
WHERE before.ledger_id = c.ledger_id AND before.tree = c.tree AND before.of = c.size;
