-- +goose Up

-- More streams belong to a whole ledger than to a workspace: audit, books, billing_sync, dunning, job, merchant and webhook. The rest of the view is as it was.

CREATE OR REPLACE VIEW events_readable AS
    SELECT l.name AS ledger,
           e.ledger_id,
           e.position,
           e.group_last,
           e.event_id AS id,
           -- The first event of a stream whose name is an id tells the workspace. The streams of a whole ledger have none.
           CASE WHEN split_part(e.stream, ':', 1) NOT IN ('audit', 'billing_sync', 'books', 'catalog', 'clock', 'dunning', 'job', 'merchant', 'numbering', 'seller', 'webhook') THEN coalesce((
               SELECT convert_from(f.data, 'UTF8')::json ->> 'workspace'
               FROM events f
               WHERE f.ledger_id = e.ledger_id AND f.stream = e.stream AND f.version = 1 AND f.version > 0),
               -- Without a workspace of its own a license is none's.
               CASE WHEN e.stream NOT LIKE 'license:%' THEN split_part(e.stream, ':', 2) END)
           END AS workspace,
           e.stream,
           e.version,
           e.type,
           e.schema,
           e.recorded_at,
           e.effective_at,
           e.actor,
           (SELECT k.name FROM api_keys k WHERE k.ledger_id = e.ledger_id AND k.key_id = e.actor) AS actor_name,
           e.command,
           e.correlation,
           e.causation,
           convert_from(e.data, 'UTF8')::json AS data,
           encode(e.private_hash, 'hex') AS private_hash,
           -- As package eventstore/audit computes it: each field with its length as four bytes before it.
           encode(sha256('tallystick/body/v1'::bytea
               || int4send(16) || uuid_send(e.ledger_id)
               || int4send(octet_length(e.stream)) || convert_to(e.stream, 'UTF8')
               || int4send(8) || int8send(e.version)
               || int4send(16) || uuid_send(e.event_id)
               || int4send(octet_length(e.type)) || convert_to(e.type, 'UTF8')
               || int4send(8) || int8send(e.schema)
               || int4send(8) || int8send((extract(epoch FROM e.effective_at) * 1000000)::bigint)
               || int4send(octet_length(e.actor)) || convert_to(e.actor, 'UTF8')
               || int4send(16) || uuid_send(e.command)
               || int4send(octet_length(e.correlation)) || convert_to(e.correlation, 'UTF8')
               || int4send(octet_length(coalesce(e.causation, ''))) || convert_to(coalesce(e.causation, ''), 'UTF8')
               || int4send(32) || coalesce(e.private_hash, decode(repeat('00', 32), 'hex'))
               || int4send(octet_length(e.data)) || e.data), 'hex') AS body_hash,
           encode(e.leaf_hash, 'hex') AS leaf_hash
    FROM events e
    JOIN ledgers l ON l.ledger_id = e.ledger_id;
