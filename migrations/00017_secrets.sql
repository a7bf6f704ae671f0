-- +goose Up

-- Secrets that a ledger was given and must be able to show again: those of gateways, of webhook endpoints, and licence keys.
-- They are sealed with a key that the database never sees.
CREATE TABLE secrets (
    ledger_id uuid  NOT NULL REFERENCES ledgers,
    kind      text  NOT NULL,
    id        text  NOT NULL,
    key_id    text  NOT NULL, -- of the key that sealed it
    sealed    bytea NOT NULL,
    PRIMARY KEY (ledger_id, kind, id)
);
