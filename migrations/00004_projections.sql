-- +goose Up

-- Each version of a projection has tables of its own, in the schema "<name>_<version>". One version answers queries.
CREATE TABLE projection_versions (
    projection text        NOT NULL,
    version    int         NOT NULL CONSTRAINT projection_versions_version_positive CHECK (version > 0),
    -- The revision of the code that fills it. A process runs the versions whose revision it has.
    revision   int         NOT NULL,
    status     text        NOT NULL CONSTRAINT projection_versions_status_known CHECK (status IN ('filling', 'active', 'retired', 'dropped')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (projection, version)
);
CREATE UNIQUE INDEX projection_versions_one_active ON projection_versions (projection) WHERE status = 'active';

-- Inserted, never updated, in the transaction that applies the page: a conflict on the key means that the page is done.
-- The newest row is the position; old ones are trimmed.
CREATE TABLE projection_checkpoints (
    ledger_id     uuid        NOT NULL,
    projection    text        NOT NULL,
    version       int         NOT NULL,
    from_position bigint      NOT NULL,
    to_position   bigint      NOT NULL,
    -- The leaf hash of the event at to_position: a log that was restored to another history does not match it.
    leaf_hash     bytea       NOT NULL,
    applied_at    timestamptz NOT NULL,
    PRIMARY KEY (ledger_id, projection, version, from_position),
    CONSTRAINT projection_checkpoints_page_not_empty CHECK (to_position >= from_position)
);

-- A row only where a page failed. "retrying" waits until retry_at; "stopped" waits for a person.
CREATE TABLE projection_failures (
    ledger_id     uuid        NOT NULL,
    projection    text        NOT NULL,
    version       int         NOT NULL,
    status        text        NOT NULL CONSTRAINT projection_failures_status_known CHECK (status IN ('retrying', 'stopped')),
    from_position bigint      NOT NULL,
    attempts      int         NOT NULL,
    retry_at      timestamptz NOT NULL,
    error         text        NOT NULL,
    PRIMARY KEY (ledger_id, projection, version)
);
