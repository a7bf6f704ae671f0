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

COMMENT ON TABLE sandbox_settings IS 'How the sandbox gateway behaves for a ledger; without a row it is available, at once and free of charge.';
COMMENT ON COLUMN sandbox_settings.ledger_id IS 'the ledger (ledgers)';
COMMENT ON COLUMN sandbox_settings.latency_ms IS 'how long each answer takes, in milliseconds of system time';
COMMENT ON COLUMN sandbox_settings.available IS 'false refuses connections: nothing is asked then';
COMMENT ON COLUMN sandbox_settings.fee_rate IS 'part of each amount that the gateway keeps, such as 0.029';
COMMENT ON COLUMN sandbox_settings.fee_fixed IS 'amount that the gateway keeps of each charge, in its currency';
COMMENT ON COLUMN sandbox_settings.settle_days IS 'days from a success until the money is in the bank';
COMMENT ON TABLE sandbox_methods IS 'How often the sandbox gateway was asked to charge each payment method.';
COMMENT ON COLUMN sandbox_methods.ledger_id IS 'the ledger (ledgers)';
COMMENT ON COLUMN sandbox_methods.method_id IS 'the payment method';
COMMENT ON COLUMN sandbox_methods.charges IS 'charges so far; repeats of a key do not count';
COMMENT ON TABLE sandbox_charges IS 'What the sandbox gateway was asked to charge, one row a key. It is the other side''s memory, and no part of the ledger.';
COMMENT ON COLUMN sandbox_charges.ledger_id IS 'the ledger (ledgers)';
COMMENT ON COLUMN sandbox_charges.charge_id IS 'the gateway''s reference';
COMMENT ON COLUMN sandbox_charges.position IS 'order in which the charges were first asked for';
COMMENT ON COLUMN sandbox_charges.key IS 'idempotency key, <payment>:<attempt>';
COMMENT ON COLUMN sandbox_charges.payment IS 'the payment';
COMMENT ON COLUMN sandbox_charges.workspace IS 'the workspace that pays';
COMMENT ON COLUMN sandbox_charges.token IS 'the payment method''s token';
COMMENT ON COLUMN sandbox_charges.part IS 'part of the token that says how this charge behaves';
COMMENT ON COLUMN sandbox_charges.amount IS 'the amount, in major units';
COMMENT ON COLUMN sandbox_charges.currency IS 'its currency';
COMMENT ON COLUMN sandbox_charges.fee IS 'what the gateway keeps of it, in major units';
COMMENT ON COLUMN sandbox_charges.succeeds_at IS 'from when on the money is taken, by the ledger''s clock; null for never';
COMMENT ON COLUMN sandbox_charges.fails_at IS 'from when on the charge is declined, by the ledger''s clock; null for never';
COMMENT ON COLUMN sandbox_charges.settles_at IS 'when the money is in the bank if it is taken';
COMMENT ON COLUMN sandbox_charges.requests IS 'how often it was asked for with the key';
COMMENT ON COLUMN sandbox_charges.lookups IS 'how often it was asked how it went';
COMMENT ON COLUMN sandbox_charges.first_at IS 'when it was first asked for, by the ledger''s clock';
COMMENT ON COLUMN sandbox_charges.last_at IS 'when it was last asked for, by the ledger''s clock';
