-- +goose Up

-- What came of each delivery that was tried: the read model "webhooks" tells which deliveries there are, and in which order. A
-- delivery without a row was not tried yet.
CREATE TABLE webhook_outcomes (
    ledger_id uuid        NOT NULL REFERENCES ledgers,
    endpoint  text COLLATE "C" NOT NULL,
    position  bigint      NOT NULL, -- of the event that it tells of
    ordered   bigint      NOT NULL, -- of the event that asked for it: the same, or that of a replay
    status    text        NOT NULL CONSTRAINT webhook_outcomes_status_known CHECK (status IN ('retrying', 'delivered', 'exhausted')),
    tries     integer     NOT NULL, -- since it was asked for
    next_at   timestamptz, -- by the ledger's clock
    attempts  jsonb       NOT NULL,
    PRIMARY KEY (ledger_id, endpoint, position)
);
CREATE INDEX webhook_outcomes_by_next ON webhook_outcomes (ledger_id, endpoint, next_at) WHERE next_at IS NOT NULL;

-- How far each endpoint was sent what it is to be sent, and how it fares. A row that is lost lets deliveries be sent twice.
CREATE TABLE webhook_cursors (
    ledger_id       uuid   NOT NULL REFERENCES ledgers,
    endpoint        text COLLATE "C" NOT NULL,
    ordered         bigint NOT NULL,
    position        bigint NOT NULL,
    last_success_at timestamptz,
    failing_since   timestamptz,
    PRIMARY KEY (ledger_id, endpoint)
);
