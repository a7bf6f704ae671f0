-- +goose Up

-- 00006_append_private.sql drops this function, and 00014_append_lean.sql has the one that writes today.
--
-- append is the only way to write events. It takes a batch of commands that were decided in memory, and under the
-- ledger's lock either confirms what each decision stood on or refuses it. Arrays run in parallel:
--
--   p_streams, p_versions       each stream that the batch stands on, once, and the version it was decided at
--   p_needs_component, _stream  component c stands on stream s (an index into p_streams)
--   p_command_*                 the commands in order; an event count of 0 and status 0 is a refusal or a dry run, whose
--                               confirmation is all it wants; a NULL key is not looked up; p_command_last is the count of
--                               events up to and including the command's
--   p_event_*                   the events in order, each with its command (an index into p_command_*)
--
-- A component is appended whole or not at all: refused_components holds those that stand on a stream that moved, or
-- that hold a command whose key was used before. hit_* are the stored answers to such keys. What was accepted has the
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
    p_command_key           text[],
    p_command_fingerprint   bytea[],
    p_command_status        smallint[],
    p_command_stream        text[],
    p_command_version       bigint[],
    p_command_events        int[],
    p_command_last          int[],
    p_command_answer        bytea[],
    p_event_command         int[],
    p_event_id              uuid[],
    p_event_stream          text[],
    p_event_version         bigint[],
    p_event_type            text[],
    p_event_schema          smallint[],
    p_event_effective_at    timestamptz[],
    p_event_actor           text[],
    p_event_correlation     text[],
    p_event_causation       text[],
    p_event_data            bytea[],
    p_event_body            bytea[],
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

    SELECT coalesce(array_agg(k.ord::int), '{}'), array_agg(i.command), array_agg(i.fingerprint), array_agg(i.status),
           array_agg(i.stream), array_agg(i.version), array_agg(i.first_position), array_agg(i.last_position),
           array_agg(i.answer)
    INTO hit_command, hit_command_id, hit_fingerprint, hit_status, hit_stream, hit_version, hit_first, hit_last, hit_answer
    FROM unnest(p_command_key) WITH ORDINALITY AS k (key, ord)
    CROSS JOIN LATERAL (
        SELECT *
        FROM idempotency i
        WHERE i.ledger_id = p_ledger AND i.key = k.key
        OFFSET 0 -- keeps this a look-up for each key; joined otherwise, all keys of the ledger may be read
    ) AS i;

    SELECT coalesce(array_agg(s.ord::int), '{}')
    INTO v_stale
    FROM unnest(p_streams, p_versions) WITH ORDINALITY AS s (stream, version, ord)
    WHERE s.version <> coalesce((
        SELECT e.version
        FROM events e
        WHERE e.ledger_id = p_ledger AND e.stream = s.stream AND e.version > 0
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
            SELECT c.ord, sum(CASE WHEN c.component = ANY (refused_components) THEN c.events ELSE 0 END)
                              OVER (ORDER BY c.ord)::int AS shift
            FROM unnest(p_command_component, p_command_events) WITH ORDINALITY AS c (component, events, ord)
        ) AS s;
    END IF;

    IF cardinality(p_event_id) > v_refused THEN
        IF NOT EXISTS (SELECT FROM ledgers l WHERE l.ledger_id = p_ledger) THEN
            RAISE EXCEPTION 'append to unknown ledger %', p_ledger USING ERRCODE = 'foreign_key_violation';
        END IF;
        INSERT INTO events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
                            effective_at, actor, command, correlation, causation, data, leaf_hash)
        SELECT p_ledger, n.position, n.group_last, n.event_id, n.stream, n.version, n.type, n.schema, append.recorded_at,
               n.effective_at, n.actor, p_command_id[n.command], n.correlation, n.causation, n.data,
               sha256('\x00'::bytea || 'tallystick/leaf/v1'::bytea || int8send(n.position) || int8send(n.group_last)
                      || v_recorded || n.body)
        FROM (
            SELECT e.*,
                   tail + e.ord - coalesce(v_shift[e.command], 0) AS position,
                   tail + p_command_last[e.command] - coalesce(v_shift[e.command], 0) AS group_last
            FROM unnest(p_event_command, p_event_id, p_event_stream, p_event_version, p_event_type, p_event_schema,
                        p_event_effective_at, p_event_actor, p_event_correlation, p_event_causation, p_event_data,
                        p_event_body)
                 WITH ORDINALITY
                 AS e (command, event_id, stream, version, type, schema, effective_at, actor, correlation, causation, data,
                       body, ord)
            WHERE p_command_component[e.command] <> ALL (refused_components)
        ) AS n;
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> cardinality(p_event_id) - v_refused THEN
            RAISE EXCEPTION 'append wrote % of % events', v_written, cardinality(p_event_id) - v_refused
                USING ERRCODE = 'data_corrupted';
        END IF;
    END IF;

    INSERT INTO idempotency (ledger_id, key, fingerprint, command, status, stream, version, first_position,
                             last_position, answer)
    SELECT p_ledger, c.key, c.fingerprint, c.id, c.status, c.stream, c.version,
           tail + c.last - coalesce(v_shift[c.ord], 0) - c.events + 1, tail + c.last - coalesce(v_shift[c.ord], 0), c.answer
    FROM unnest(p_command_component, p_command_id, p_command_key, p_command_fingerprint, p_command_status,
                p_command_stream, p_command_version, p_command_events, p_command_last, p_command_answer)
         WITH ORDINALITY
         AS c (component, id, key, fingerprint, status, stream, version, events, last, answer, ord)
    WHERE c.component <> ALL (refused_components) AND c.status > 0;
END;
$$;
-- +goose StatementEnd
