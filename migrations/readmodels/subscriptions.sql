-- The latest subscription of each workspace, terminal ones too.
CREATE TABLE subscriptions (
    ledger_id uuid   NOT NULL,
    workspace text   COLLATE "C" NOT NULL,
    status    text   COLLATE "C" NOT NULL,
    price     text   COLLATE "C" NOT NULL,
    version   bigint NOT NULL,
    state     json   NOT NULL,
    PRIMARY KEY (ledger_id, workspace)
);
CREATE INDEX subscriptions_by_status ON subscriptions (ledger_id, status, workspace);
CREATE INDEX subscriptions_by_price ON subscriptions (ledger_id, price, workspace);

-- The invoices of a workspace whose money is collected, also those of no subscription or of one before.
CREATE TABLE collected (
    ledger_id   uuid NOT NULL,
    workspace   text COLLATE "C" NOT NULL,
    receivables json NOT NULL,
    PRIMARY KEY (ledger_id, workspace)
);
