-- +goose Up

-- What gateways sent unasked, byte by byte, before anything became of it. Rows are never removed; what became of one is noted
-- on it.
CREATE TABLE gateway_messages (
    ledger_id   uuid        NOT NULL REFERENCES ledgers,
    message_id  text        COLLATE "C" NOT NULL,
    position    bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    gateway     text        COLLATE "C" NOT NULL,
    gateway_id  text        COLLATE "C" NOT NULL,
    type        text        COLLATE "C" NOT NULL,
    reference   text        COLLATE "C" NOT NULL,
    received_at timestamptz NOT NULL,
    body        bytea       NOT NULL,
    result      text        COLLATE "C", -- NULL until something became of it
    payment     text        COLLATE "C", -- NULL for none
    PRIMARY KEY (ledger_id, message_id)
);
CREATE INDEX gateway_messages_in_order ON gateway_messages (ledger_id, position);
CREATE INDEX gateway_messages_by_gateway_id ON gateway_messages (ledger_id, gateway, gateway_id, position);
CREATE INDEX gateway_messages_by_payment ON gateway_messages (ledger_id, payment, position) WHERE payment IS NOT NULL;
CREATE INDEX gateway_messages_waiting ON gateway_messages (ledger_id, gateway, reference, position) WHERE result = 'unmatched';
