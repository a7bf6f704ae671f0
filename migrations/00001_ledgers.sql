-- +goose Up

-- A ledger is the unit of isolation, order and export: one seller's books in one mode.
CREATE TABLE ledgers (
    ledger_id   uuid        PRIMARY KEY,
    name        text        NOT NULL CONSTRAINT ledgers_name_unique UNIQUE,
    mode        text        NOT NULL CONSTRAINT ledgers_mode_known CHECK (mode IN ('sandbox', 'live')),
    -- Where a sandbox's clock stands when the ledger is made. A live ledger follows the system's clock.
    clock       timestamptz,
    created_at  timestamptz NOT NULL,
    CONSTRAINT ledgers_clock_by_mode CHECK ((mode = 'sandbox') = (clock IS NOT NULL))
);

-- The secret of a key is shown once and kept only as its SHA-256; it has 256 random bits, so no salt is needed.
CREATE TABLE api_keys (
    ledger_id   uuid        NOT NULL REFERENCES ledgers,
    key_id      text        NOT NULL CONSTRAINT api_keys_key_id_unique UNIQUE,
    role        text        NOT NULL CONSTRAINT api_keys_role_known CHECK (role IN ('client', 'finance', 'auditor', 'admin')),
    name        text        NOT NULL,
    secret_hash bytea       NOT NULL CONSTRAINT api_keys_secret_hash_size CHECK (octet_length(secret_hash) = 32),
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    PRIMARY KEY (ledger_id, key_id)
);
