-- +goose Up

-- The private parts of events: personal data, beside the event whose private_hash covers salt and data. These are the only
-- rows of the log that ever go: the function append deletes those of a stream with an event that erases them.
CREATE TABLE private_parts (
    ledger_id uuid   NOT NULL,
    position  bigint NOT NULL,
    salt      bytea  NOT NULL CONSTRAINT private_parts_salt_size CHECK (octet_length(salt) = 16),
    data      bytea  NOT NULL,
    PRIMARY KEY (ledger_id, position)
);

-- SHA-256 of the client's key, or the sixteen bytes of the command's id where no client gave one.
ALTER TABLE idempotency
    ALTER COLUMN key TYPE bytea USING CASE
        WHEN starts_with(key, 'k:') THEN sha256(convert_to(substr(key, 3), 'UTF8'))
        ELSE uuid_send(substr(key, 3)::uuid)
    END,
    ADD CONSTRAINT idempotency_key_size CHECK (octet_length(key) IN (16, 32));

DROP FUNCTION append;

-- This form of append serves the release before 00007_append_checked.sql; 00014_append_lean.sql has the one that writes today.
-- It takes a batch of commands that were decided in memory, and under the ledger's lock either confirms what each decision stood on or refuses it. Arrays run in parallel:
--
--   p_streams, p_versions       each stream that the batch stands on, once, and the version it was decided at
--   p_needs_component, _stream  component c stands on stream s (an index into p_streams)
--   p_command_*                 the commands in order; one with status 0 is a refusal or a dry run, which has no events and
--                               whose confirmation is all it wants; p_command_last is the count of events up to and
--                               including the command's
--   p_looked_up                 the commands (indexes into p_command_*) whose keys are looked up. Of the others a key that
--                               was used before is a violation of idempotency_pkey, after which the whole batch may come
--                               again with all its keys looked up; new keys, which are nearly all, are so written only
--   p_event_*                   the events in order, each with its command (an index into p_command_*); the private hash is
--                               NULL for an event without a private part
--   p_private_*                 the private parts, each with its event (an index into p_event_*)
--   p_erasing_event             the events (indexes into p_event_*) with which the private parts of the earlier events of
--                               their streams are deleted
--
-- A component is appended whole or not at all: refused_components holds those that stand on a stream that moved, or
-- that hold a command whose key was looked up and used before. hit_* are the stored answers to such keys. What was accepted has the
-- positions after tail, in order.
-- +goose StatementBegin
CREATE FUNCTION append(
    p_ledger                uuid,
    p_streams               text[],
    p_versions              bigint[],
    p_needs_component       int[],
    p_needs_stream          int[],
    p_command_component     int[],
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
    p_looked_up             int[],
    p_event_command         int[],
    p_event_id              uuid[],
    p_event_stream          text[],
    p_event_version         bigint[],
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
    OUT refused_components  int[],
    OUT hit_command         int[],
    OUT hit_command_id      uuid[],
    OUT hit_fingerprint     bytea[],
    OUT hit_status          smallint[],
    OUT hit_stream          text[],
    OUT hit_version         bigint[],
    OUT hit_first           bigint[],
    OUT hit_last            bigint[],
    OUT hit_answer          bytea[]
)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
-- Plans are cached by session and may have been made while the tables were empty.
SET enable_seqscan = off
-- Arrays differ with every batch, but the plan does not; planning anew for each takes longer than the work.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_stale     int[];
    v_shift     int[];
    v_refused   bigint := 0;
    v_written   bigint;
    v_recorded  bytea;
BEGIN
    -- A snapshot older than the lock would not show the previous holder's rows.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append refuses isolation level %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    END IF;

    -- Must stay a statement of its own, before all others: each later statement then has a snapshot newer than the lock.
    PERFORM pg_advisory_xact_lock(1, hashtext(p_ledger::text));

    SELECT coalesce(array_agg(k.command), '{}'), array_agg(i.command), array_agg(i.fingerprint), array_agg(i.status),
           array_agg(i.stream), array_agg(i.version), array_agg(i.first_position), array_agg(i.last_position),
           array_agg(i.answer)
    INTO hit_command, hit_command_id, hit_fingerprint, hit_status, hit_stream, hit_version, hit_first, hit_last, hit_answer
    FROM unnest(p_looked_up) AS k (command)
    CROSS JOIN LATERAL (
        SELECT *
        FROM idempotency i
        WHERE i.ledger_id = p_ledger AND i.key = p_command_key[k.command]
        OFFSET 0 -- keeps this a look-up for each key; joined otherwise, all keys of the ledger may be read
    ) AS i;

    -- A stream that did not move has one row from its version on, however many it has in all.
    SELECT coalesce(array_agg(s.ord::int), '{}')
    INTO v_stale
    FROM unnest(p_streams, p_versions) WITH ORDINALITY AS s (stream, version, ord)
    WHERE s.version <> coalesce((
        SELECT e.version
        FROM events e
        WHERE e.ledger_id = p_ledger AND e.stream = s.stream AND e.version >= s.version AND e.version > 0
        ORDER BY e.version DESC
        LIMIT 1), 0);

    SELECT coalesce(array_agg(DISTINCT component), '{}')
    INTO refused_components
    FROM (
        SELECT n.component
        FROM unnest(p_needs_component, p_needs_stream) AS n (component, stream)
        WHERE n.stream = ANY (v_stale)
        UNION ALL
        SELECT p_command_component[h.command] FROM unnest(hit_command) AS h (command)
    ) AS refused;

    SELECT e.position, e.recorded_at
    INTO tail, recorded_at
    FROM events e
    WHERE e.ledger_id = p_ledger
    ORDER BY e.position DESC
    LIMIT 1;
    tail := coalesce(tail, 0);
    recorded_at := greatest(clock_timestamp(), recorded_at);
    v_recorded := int8send((extract(epoch FROM recorded_at) * 1000000)::bigint);

    -- What is refused must leave no hole: what stands behind it moves down by as many events.
    IF cardinality(refused_components) > 0 THEN
        SELECT array_agg(s.shift ORDER BY s.ord), coalesce(max(s.shift), 0)
        INTO v_shift, v_refused
        FROM (
            SELECT c.ord, sum(CASE WHEN c.component = ANY (refused_components)
                                   THEN c.last - coalesce(p_command_last[c.ord - 1], 0) ELSE 0 END)
                              OVER (ORDER BY c.ord)::int AS shift
            FROM unnest(p_command_component, p_command_last) WITH ORDINALITY AS c (component, last, ord)
        ) AS s;
    END IF;

    IF cardinality(p_event_id) > v_refused THEN
        IF NOT EXISTS (SELECT FROM ledgers l WHERE l.ledger_id = p_ledger) THEN
            RAISE EXCEPTION 'append to unknown ledger %', p_ledger USING ERRCODE = 'foreign_key_violation';
        END IF;
        INSERT INTO events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
                            effective_at, actor, command, correlation, causation, data, private_hash, leaf_hash)
        SELECT p_ledger, n.position, n.group_last, p_event_id[n.ord], p_event_stream[n.ord], p_event_version[n.ord],
               p_event_type[n.ord], p_event_schema[n.ord], append.recorded_at, p_event_effective_at[n.ord],
               p_command_actor[n.command], p_command_id[n.command], p_command_correlation[n.command],
               p_command_causation[n.command], p_event_data[n.ord], p_event_private_hash[n.ord],
               sha256('\x00'::bytea || 'tallystick/leaf/v1'::bytea || int8send(n.position) || int8send(n.group_last)
                      || v_recorded || p_event_body[n.ord])
        FROM (
            SELECT e.ord, e.command,
                   tail + e.ord - coalesce(v_shift[e.command], 0) AS position,
                   tail + p_command_last[e.command] - coalesce(v_shift[e.command], 0) AS group_last
            -- Only what says which events are written is unnested; it costs more than an index into an array.
            FROM unnest(p_event_command) WITH ORDINALITY AS e (command, ord)
            WHERE p_command_component[e.command] <> ALL (refused_components)
        ) AS n;
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> cardinality(p_event_id) - v_refused THEN
            RAISE EXCEPTION 'append wrote % of % events', v_written, cardinality(p_event_id) - v_refused
                USING ERRCODE = 'data_corrupted';
        END IF;
    END IF;

    IF cardinality(p_private_event) > 0 THEN
        INSERT INTO private_parts (ledger_id, position, salt, data)
        SELECT p_ledger, tail + p.event - coalesce(v_shift[p_event_command[p.event]], 0), p.salt, p.data
        FROM unnest(p_private_event, p_private_salt, p_private_data) AS p (event, salt, data)
        WHERE p_command_component[p_event_command[p.event]] <> ALL (refused_components);
    END IF;

    -- After the insert, because an event of this very batch may be among the earlier ones.
    IF cardinality(p_erasing_event) > 0 THEN
        DELETE FROM private_parts p
        WHERE p.ledger_id = p_ledger AND p.position = ANY (ARRAY(
            SELECT e.position
            FROM unnest(p_erasing_event) AS x (event)
            CROSS JOIN LATERAL (
                SELECT e.position
                FROM events e
                WHERE e.ledger_id = p_ledger AND e.stream = p_event_stream[x.event]
                  AND e.version < p_event_version[x.event] AND e.version > 0
                OFFSET 0 -- keeps this a look-up for each stream
            ) AS e
            WHERE p_command_component[p_event_command[x.event]] <> ALL (refused_components)));
    END IF;

    INSERT INTO idempotency (ledger_id, key, fingerprint, command, status, stream, version, first_position,
                             last_position, answer)
    SELECT p_ledger, p_command_key[n.ord], p_command_fingerprint[n.ord], p_command_id[n.ord], p_command_status[n.ord],
           p_command_stream[n.ord], p_command_version[n.ord], n.before + 1, n.before + n.events, p_command_answer[n.ord]
    FROM (
        SELECT c.ord, c.last - coalesce(p_command_last[c.ord - 1], 0) AS events,
               tail + coalesce(p_command_last[c.ord - 1], 0) - coalesce(v_shift[c.ord], 0) AS before
        FROM unnest(p_command_last) WITH ORDINALITY AS c (last, ord)
        WHERE p_command_component[c.ord] <> ALL (refused_components) AND p_command_status[c.ord] > 0
    ) AS n;
END;
$$;
-- +goose StatementEnd
