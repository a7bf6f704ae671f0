-- +goose Up

-- NULL for a key that lasts until it is revoked.
ALTER TABLE api_keys ADD COLUMN expires_at timestamptz;

-- The secrets whose signatures a ledger accepts beside those of the one in ledgers, which signs. The next one stands here
-- before it signs, so that every server knows it by then, and the one before stays until what it signed has run out.
CREATE TABLE ledger_secrets (
    ledger_id   uuid        NOT NULL REFERENCES ledgers,
    secret      bytea       NOT NULL CONSTRAINT ledger_secrets_secret_size CHECK (octet_length(secret) = 32),
    -- NULL for the next one
    valid_until timestamptz,
    PRIMARY KEY (ledger_id, secret)
);
CREATE UNIQUE INDEX ledger_secrets_one_next ON ledger_secrets (ledger_id) WHERE valid_until IS NULL;

-- Each change of a credential, with who made it and from where. Triggers write it, whatever program the change is made with.
CREATE TABLE credential_audit (
    ledger_id      uuid        NOT NULL,
    audit_id       uuid        NOT NULL DEFAULT gen_random_uuid(),
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    action         text        NOT NULL CONSTRAINT credential_audit_action_known
                               CHECK (action IN ('key_created', 'key_changed', 'key_revoked', 'key_deleted', 'secret_rotated')),
    key_id         text, -- NULL where the credential is the ledger's secret
    key_role       text,
    key_name       text,
    key_expires_at timestamptz,
    database_user  text        NOT NULL, -- who was logged in
    client_address inet, -- NULL for a socket of the database's own machine
    program        text        NOT NULL, -- the connection's application_name
    operator       text        NOT NULL, -- who the program was run by, as it said itself; '' where it did not
    PRIMARY KEY (ledger_id, audit_id)
);
CREATE INDEX credential_audit_in_order ON credential_audit (ledger_id, recorded_at);
