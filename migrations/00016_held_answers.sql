-- +goose Up

-- Answers of commands that wait for a gateway. The command's row in idempotency says what is true from the moment on that it is
-- appended; while somebody waits for more, a repeat is told so, and what came of the waiting takes the answer's place.
CREATE TABLE held_answers (
    ledger_id   uuid        NOT NULL,
    key         bytea       NOT NULL,
    waits_until timestamptz NOT NULL,
    -- Null until something takes the answer's place.
    status      smallint,
    version     bigint,
    position    bigint,
    answer      bytea,
    PRIMARY KEY (ledger_id, key)
);

-- append_held does what append does, and holds the answers of some of the commands, p_held by their keys, for a time. Like
-- append it takes the lock first: that is the first statement of the function that it calls first.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION append_held(
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
    p_held                  bytea[],
    p_hold                  interval,
    OUT tail                bigint,
    OUT recorded_at         timestamptz,
    OUT stale               int[],
    OUT diverged            int[],
    OUT used                bytea[]
)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = tallystick, pg_catalog, pg_temp
AS $$
BEGIN
    SELECT a.*
    INTO tail, recorded_at, stale, diverged, used
    FROM append(p_ledger, p_stream, p_version, p_leaf, p_after, p_looked_up, p_command_id, p_command_key, p_command_fingerprint,
                p_command_actor, p_command_correlation, p_command_causation, p_command_status, p_command_stream, p_command_version,
                p_command_last, p_command_answer, p_event_command, p_event_stream, p_event_version, p_event_id, p_event_type,
                p_event_schema, p_event_effective_at, p_event_data, p_event_body, p_event_private_hash, p_private_event,
                p_private_salt, p_private_data, p_erasing_event) AS a;
    IF cardinality(stale) + cardinality(diverged) + cardinality(used) = 0 THEN
        INSERT INTO held_answers (ledger_id, key, waits_until)
        SELECT p_ledger, h.key, clock_timestamp() + p_hold
        FROM unnest(p_held) AS h (key);
    END IF;
END;
$$;
-- +goose StatementEnd

-- replace_answer puts an answer in the place of one that is held, once, and tells whether it did. After the time for which it is
-- held everybody may have been told the first one, so that it stays.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION replace_answer(p_ledger uuid, p_key bytea, p_status smallint, p_version bigint, p_position bigint, p_answer bytea)
RETURNS boolean
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = tallystick, pg_catalog, pg_temp
AS $$
    WITH replaced AS (
        UPDATE held_answers h
        SET status = p_status, version = p_version, position = p_position, answer = p_answer
        WHERE h.ledger_id = p_ledger AND h.key = p_key AND h.status IS NULL AND h.waits_until > clock_timestamp()
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM replaced)
$$;
-- +goose StatementEnd
