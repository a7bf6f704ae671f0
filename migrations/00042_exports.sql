-- +goose Up

-- What was asked to be taken away in files, and how far it is. The files stand in a directory that the servers share. A row stays
-- when its files are gone.
CREATE TABLE exports (
    ledger_id    uuid        NOT NULL REFERENCES ledgers,
    export_id    text        COLLATE "C" NOT NULL,
    -- As the files are of it, in JSON: kind, format, dates, position and time.
    of           jsonb       NOT NULL,
    status       text        COLLATE "C" NOT NULL CONSTRAINT exports_status_known
                             CHECK (status IN ('queued', 'running', 'completed', 'failed', 'expired')),
    rows_written bigint      NOT NULL DEFAULT 0,
    rows_all     bigint,     -- NULL where nobody knows before the end
    files        jsonb       NOT NULL DEFAULT '[]',
    manifest     bytea,      -- NULL until it is complete
    attempts     integer     NOT NULL DEFAULT 0, -- in vain
    error_code   text        COLLATE "C",
    error_detail text,
    actor        text        COLLATE "C" NOT NULL,
    -- By the ledger's clock.
    created_at   timestamptz NOT NULL,
    completed_at timestamptz,
    expires_at   timestamptz,
    -- By the database's clock: until then the server that writes the files is known to be alive, or nobody is to try.
    held_until   timestamptz NOT NULL DEFAULT '-infinity',
    holder       uuid,
    PRIMARY KEY (ledger_id, export_id)
);
CREATE INDEX exports_open ON exports (held_until) WHERE status IN ('queued', 'running');
CREATE INDEX exports_completed ON exports (ledger_id, expires_at) WHERE status = 'completed';
