-- +goose Up

-- The function of 00007_append_checked.sql with the same meaning and less to do for a small batch, where what each statement
-- costs counts more than the rows: the lock's timeout is a setting of the function, keys are looked up only when there are
-- some, and one stream needs no set of streams.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION append(
    p_ledger                uuid,
    p_stream                text[],
    p_version               bigint[],
    p_leaf                  bytea[],
    p_after                 bigint[],
    p_looked_up             bytea[],
    p_command_id            uuid[],
    p_command_key           bytea[],
    p_command_fingerprint   bytea[],
    p_command_actor         text[],
    p_command_correlation   text[],
    p_command_causation     text[],
    p_command_status        smallint[],
    p_command_stream        text[],
    p_command_version       bigint[],
    p_command_last          int[],
    p_command_answer        bytea[],
    p_event_command         int[],
    p_event_stream          int[],
    p_event_version         bigint[],
    p_event_id              uuid[],
    p_event_type            text[],
    p_event_schema          smallint[],
    p_event_effective_at    timestamptz[],
    p_event_data            bytea[],
    p_event_body            bytea[],
    p_event_private_hash    bytea[],
    p_private_event         int[],
    p_private_salt          bytea[],
    p_private_data          bytea[],
    p_erasing_event         int[],
    OUT tail                bigint,
    OUT recorded_at         timestamptz,
    OUT stale               int[],
    OUT diverged            int[],
    OUT used                bytea[]
)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
-- Servers of the release before call the function from the moment on that this is committed.
SET search_path = tallystick, pg_catalog, pg_temp
-- Arrays differ with every batch, but the plan does not; planning anew for each takes longer than the work.
SET plan_cache_mode = force_generic_plan
-- Plans are cached by session and may have been made while the tables were empty.
SET enable_seqscan = off
-- Whoever waits holds a connection, which other ledgers may need.
SET lock_timeout = '200ms'
AS $$
DECLARE
    v_events    bigint := coalesce(cardinality(p_event_id), 0);
    v_added     bigint;
    v_written   bigint;
    v_recorded  bytea;
    v_prefix    constant bytea := '\x00'::bytea || 'tallystick/leaf/v1'::bytea;
    v_newest    bigint;
    v_leaf      bytea;
BEGIN
    -- A snapshot older than the lock would not show the previous holder's rows.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append refuses isolation level %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    END IF;

    -- Must stay before all other statements: each of them then has a snapshot newer than the lock.
    PERFORM pg_advisory_xact_lock(1, hashtext(p_ledger::text));

    -- A stream that did not move has one row from its version on, however many it has in all.
    IF cardinality(p_stream) = 1 THEN
        SELECT e.version, e.leaf_hash
        INTO v_newest, v_leaf
        FROM events e
        WHERE e.ledger_id = p_ledger AND e.stream = p_stream[1] AND e.version >= p_version[1] AND e.version > 0
        ORDER BY e.version DESC
        LIMIT 1;
        stale := CASE WHEN v_newest > p_version[1] THEN '{1}' ELSE '{}' END;
        diverged := CASE WHEN coalesce(v_newest, 0) < p_version[1] OR v_newest = p_version[1] AND v_leaf <> p_leaf[1]
                         THEN '{1}' ELSE '{}' END;
        v_added := abs(p_after[1] - p_version[1]);
    ELSE
        SELECT coalesce(array_agg(s.ord::int) FILTER (WHERE e.version > s.version), '{}'),
               coalesce(array_agg(s.ord::int) FILTER (WHERE coalesce(e.version, 0) < s.version
                                                      OR e.version = s.version AND e.leaf_hash <> s.leaf), '{}'),
               coalesce(sum(abs(s.after - s.version)), 0)
        INTO stale, diverged, v_added
        FROM unnest(p_stream, p_version, p_leaf, p_after) WITH ORDINALITY AS s (stream, version, leaf, after, ord)
        LEFT JOIN LATERAL (
            SELECT e.version, e.leaf_hash
            FROM events e
            WHERE e.ledger_id = p_ledger AND e.stream = s.stream AND e.version >= s.version AND e.version > 0
            ORDER BY e.version DESC
            LIMIT 1
        ) AS e ON true;
    END IF;

    used := '{}';
    IF p_looked_up IS NOT NULL THEN
        SELECT coalesce(array_agg(i.key), '{}')
        INTO used
        FROM unnest(p_looked_up) AS k (key)
        CROSS JOIN LATERAL (
            SELECT i.key
            FROM idempotency i
            WHERE i.ledger_id = p_ledger AND i.key = k.key
            OFFSET 0 -- keeps this a look-up for each key; joined otherwise, all keys of the ledger may be read
        ) AS i;
    END IF;

    SELECT e.position, e.recorded_at
    INTO tail, recorded_at
    FROM events e
    WHERE e.ledger_id = p_ledger
    ORDER BY e.position DESC
    LIMIT 1;
    tail := coalesce(tail, 0);
    IF cardinality(stale) + cardinality(diverged) + cardinality(used) > 0 OR p_command_id IS NULL THEN
        RETURN;
    END IF;
    recorded_at := greatest(clock_timestamp(), recorded_at);
    v_recorded := int8send((extract(epoch FROM recorded_at) * 1000000)::bigint);

    -- Before the events, because a key that turns out to be used takes back what was written.
    INSERT INTO idempotency (ledger_id, key, fingerprint, command, status, stream, version, first_position,
                             last_position, answer)
    SELECT p_ledger, p_command_key[n.ord], p_command_fingerprint[n.ord], p_command_id[n.ord], p_command_status[n.ord],
           p_command_stream[n.ord], p_command_version[n.ord], tail + coalesce(p_command_last[n.ord - 1], 0) + 1,
           tail + n.last, p_command_answer[n.ord]
    FROM unnest(p_command_last) WITH ORDINALITY AS n (last, ord);

    IF v_events > 0 THEN
        IF tail = 0 AND NOT EXISTS (SELECT FROM ledgers l WHERE l.ledger_id = p_ledger) THEN
            RAISE EXCEPTION 'append to unknown ledger %', p_ledger USING ERRCODE = 'foreign_key_violation';
        END IF;
        INSERT INTO events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
                            effective_at, actor, command, correlation, causation, data, private_hash, leaf_hash)
        SELECT p_ledger, n.position, n.group_last, p_event_id[n.ord], p_stream[n.stream], n.version, p_event_type[n.ord],
               p_event_schema[n.ord], append.recorded_at, p_event_effective_at[n.ord], p_command_actor[n.command],
               p_command_id[n.command], p_command_correlation[n.command], p_command_causation[n.command],
               p_event_data[n.ord], p_event_private_hash[n.ord],
               sha256(v_prefix || int8send(n.position) || int8send(n.group_last) || v_recorded || p_event_body[n.ord])
        FROM (
            SELECT e.*, tail + e.ord AS position, tail + p_command_last[e.command] AS group_last
            -- Only what says which events are written is unnested; it costs more than an index into an array.
            FROM unnest(p_event_command, p_event_stream, p_event_version) WITH ORDINALITY AS e (command, stream, version, ord)
        ) AS n
        -- Versions can't repeat. So where all are among those that their streams grow by, and as many in all, no stream has a
        -- hole.
        WHERE n.version > p_version[n.stream] AND n.version <= p_after[n.stream];
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> v_events OR v_written <> v_added THEN
            RAISE EXCEPTION 'append wrote % of % events, by which its streams grow by %', v_written, v_events, v_added
                USING ERRCODE = 'data_corrupted';
        END IF;
    END IF;

    IF p_private_event IS NOT NULL THEN
        INSERT INTO private_parts (ledger_id, position, salt, data)
        SELECT p_ledger, tail + p.event, p.salt, p.data
        FROM unnest(p_private_event, p_private_salt, p_private_data) AS p (event, salt, data);
    END IF;

    -- After the insert, because an event of this very batch may be among the earlier ones.
    IF p_erasing_event IS NOT NULL THEN
        DELETE FROM private_parts p
        WHERE p.ledger_id = p_ledger AND p.position = ANY (ARRAY(
            SELECT e.position
            FROM unnest(p_erasing_event) AS x (event)
            CROSS JOIN LATERAL (
                SELECT e.position
                FROM events e
                WHERE e.ledger_id = p_ledger AND e.stream = p_stream[p_event_stream[x.event]]
                  AND e.version < p_event_version[x.event] AND e.version > 0
                OFFSET 0 -- keeps this a look-up for each stream
            ) AS e));
    END IF;
END;
$$;
-- +goose StatementEnd
