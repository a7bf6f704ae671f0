-- +goose Up

-- What happens at the sandbox gateway by other hands: money that banks take back, disputes, payment methods that are gone.
ALTER TABLE sandbox_charges ADD COLUMN returned_at timestamptz; -- from when on the bank has the money back, by the ledger's clock
ALTER TABLE sandbox_methods ADD COLUMN removed_at timestamptz;

CREATE TABLE sandbox_disputes (
    ledger_id       uuid        NOT NULL REFERENCES ledgers,
    dispute_id      text        COLLATE "C" NOT NULL,
    charge_id       text        COLLATE "C" NOT NULL,
    reason          text        NOT NULL,
    status          text        COLLATE "C" NOT NULL,
    opened_at       timestamptz NOT NULL,
    evidence_due_at timestamptz NOT NULL,
    closed_at       timestamptz,
    PRIMARY KEY (ledger_id, dispute_id),
    UNIQUE (ledger_id, charge_id)
);

-- What the gateway has to tell, and has not yet.
CREATE TABLE sandbox_news (
    ledger_id uuid        NOT NULL REFERENCES ledgers,
    news_id   text        COLLATE "C" NOT NULL,
    due_at    timestamptz NOT NULL,
    kind      text        COLLATE "C" NOT NULL,
    subject   text        COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, news_id)
);
CREATE INDEX sandbox_news_by_due ON sandbox_news (ledger_id, due_at);
