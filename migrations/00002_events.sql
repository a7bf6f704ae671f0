-- +goose Up

-- Positions of a ledger are 1, 2, 3 … without a hole and in commit order; versions likewise within a stream.
-- There is no streams table and no counter row: the newest row of each unique index says where things stand, so no
-- row is ever updated, and a long-lived snapshot elsewhere can't turn a hot row into a chain of dead versions.
CREATE TABLE events (
    ledger_id    uuid        NOT NULL,
    position     bigint      NOT NULL CONSTRAINT events_position_positive CHECK (position > 0),
    -- The position of the last event that the same command wrote: no page and no checkpoint may end between.
    group_last   bigint      NOT NULL,
    event_id     uuid        NOT NULL,
    stream       text        COLLATE "C" NOT NULL,
    version      bigint      NOT NULL CONSTRAINT events_version_positive CHECK (version > 0),
    type         text        COLLATE "C" NOT NULL,
    schema       smallint    NOT NULL,
    recorded_at  timestamptz NOT NULL,
    effective_at timestamptz NOT NULL,
    actor        text        COLLATE "C" NOT NULL,
    command      uuid        NOT NULL,
    correlation  text        COLLATE "C" NOT NULL,
    causation    text        COLLATE "C",
    -- Canonical JSON, exactly the bytes that were hashed. jsonb would reorder and rewrite them.
    data         bytea       NOT NULL,
    -- The salted hash of the event's private part, which stands elsewhere and can be erased.
    private_hash bytea       CONSTRAINT events_private_hash_size CHECK (octet_length(private_hash) = 32),
    leaf_hash    bytea       NOT NULL CONSTRAINT events_leaf_hash_size CHECK (octet_length(leaf_hash) = 32),
    PRIMARY KEY (ledger_id, position),
    CONSTRAINT events_group_last_reached CHECK (group_last >= position)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

-- Partial in form only, since every version is positive: so the planner takes it for queries that ask for version > 0, and
-- for no others. Plans are cached by connection and may be made while the table is empty, when every index that begins
-- with ledger_id looks as cheap as the next; a look-up by position that took this one would read a whole ledger.
CREATE UNIQUE INDEX events_stream_version_unique ON events (ledger_id, stream, version) WHERE version > 0;

-- For people and ad-hoc queries: the same events with readable data.
CREATE VIEW events_readable AS
    SELECT ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at, effective_at,
           actor, command, correlation, causation, convert_from(data, 'UTF8')::json AS data
    FROM events;

-- What became of a command, for ever: a repeat with the same key is answered from here. Refusals leave no row.
CREATE TABLE idempotency (
    ledger_id      uuid     NOT NULL,
    -- "k:" and the client's key, or "c:" and the command's id where no client gave one.
    key            text     COLLATE "C" NOT NULL,
    fingerprint    bytea    NOT NULL CONSTRAINT idempotency_fingerprint_size CHECK (octet_length(fingerprint) = 32),
    command        uuid     NOT NULL,
    status         smallint NOT NULL,
    -- The resource that the answer's ETag speaks of, and its version after the command.
    stream         text     COLLATE "C" NOT NULL,
    version        bigint   NOT NULL,
    -- A success without events has first_position = last_position + 1.
    first_position bigint   NOT NULL,
    last_position  bigint   NOT NULL,
    answer         bytea    NOT NULL,
    PRIMARY KEY (ledger_id, key)
);
