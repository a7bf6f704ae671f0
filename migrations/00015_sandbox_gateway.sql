-- +goose Up

-- The tables of the sandbox gateway: what the other side remembers. They are no part of the ledger. The program writes them,
-- committed before the gateway answers, and a backup may leave them out.

CREATE TABLE sandbox_settings (
    ledger_id   uuid    NOT NULL PRIMARY KEY REFERENCES ledgers,
    latency_ms  integer NOT NULL,
    available   boolean NOT NULL,
    fee_rate    text    NOT NULL,
    fee_fixed   text    NOT NULL,
    settle_days integer NOT NULL
);

CREATE TABLE sandbox_methods (
    ledger_id uuid    NOT NULL REFERENCES ledgers,
    method_id text    COLLATE "C" NOT NULL,
    charges   integer NOT NULL,
    PRIMARY KEY (ledger_id, method_id)
);

CREATE TABLE sandbox_charges (
    ledger_id   uuid    NOT NULL REFERENCES ledgers,
    charge_id   text    COLLATE "C" NOT NULL,
    position    bigint  NOT NULL GENERATED ALWAYS AS IDENTITY,
    key         text    COLLATE "C" NOT NULL,
    payment     text    COLLATE "C" NOT NULL,
    workspace   text    COLLATE "C" NOT NULL,
    token       text    COLLATE "C" NOT NULL,
    part        text    COLLATE "C" NOT NULL,
    amount      numeric NOT NULL,
    currency    text    COLLATE "C" NOT NULL,
    fee         numeric NOT NULL,
    succeeds_at timestamptz,
    fails_at    timestamptz,
    settles_at  timestamptz NOT NULL,
    requests    integer NOT NULL,
    lookups     integer NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (ledger_id, charge_id),
    UNIQUE (ledger_id, key)
);
CREATE INDEX sandbox_charges_in_order ON sandbox_charges (ledger_id, position);
