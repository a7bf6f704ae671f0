-- +goose Up

-- Which license a license key opens. The key's secret is not here: only its SHA-256. A row stands before the event that names its
-- key, and opens nothing until the license says the same.
CREATE TABLE license_keys (
    key_id      text  PRIMARY KEY,
    ledger_id   uuid  NOT NULL REFERENCES ledgers,
    license_id  text  NOT NULL,
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32)
);

-- When each instance of a license was heard of last, by the ledger's clock. It is no event: only death and return are.
CREATE TABLE license_heartbeats (
    ledger_id  uuid        NOT NULL REFERENCES ledgers,
    license_id text        NOT NULL,
    instance   text        NOT NULL,
    seen_at    timestamptz NOT NULL,
    -- When it is dead unless it is heard of; null where that never happens, and once it has.
    dies_at    timestamptz,
    users      bigint,
    PRIMARY KEY (ledger_id, license_id, instance)
);
CREATE INDEX license_heartbeats_by_death ON license_heartbeats (dies_at) WHERE dies_at IS NOT NULL;
