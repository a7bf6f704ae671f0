-- What each workspace's plan is made of: its latest subscription, its trials, and the limits that were last copied to its
-- seat pool. There is a row once something was done in the workspace.
CREATE TABLE plans (
    ledger_id uuid NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    plan      json NOT NULL,
    PRIMARY KEY (ledger_id, workspace)
);

-- The product of workspaces without a plan, where the ledger has one.
CREATE TABLE free_products (
    ledger_id       uuid   PRIMARY KEY,
    product         text   COLLATE "C" NOT NULL,
    seats           bigint NOT NULL,
    guests_per_seat bigint NOT NULL
);
