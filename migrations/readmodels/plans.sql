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

-- The payments that gateways were asked for and have not taken yet.
CREATE TABLE collections (
    ledger_id uuid NOT NULL,
    id        text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    invoice   text COLLATE "C" NOT NULL,
    payment   json NOT NULL,
    PRIMARY KEY (ledger_id, id)
);
CREATE INDEX collections_by_workspace ON collections (ledger_id, workspace, invoice);

COMMENT ON TABLE plans IS 'What each workspace''s plan is made of. A workspace has a row once something was done in it.';
COMMENT ON COLUMN plans.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN plans.workspace IS 'the workspace; key with ledger_id';
COMMENT ON COLUMN plans.plan IS
'limits: of seats, as copied last to the seat pool; subscription: the latest one, as in subscriptions.state (id "" for none);
trials: by family of products; methods: the ids of the payment methods;
license: that is the plan';
COMMENT ON TABLE free_products IS 'The product of workspaces without a plan, where the ledger has one.';
COMMENT ON COLUMN free_products.ledger_id IS 'the ledger; key';
COMMENT ON COLUMN free_products.product IS 'code of the product';
COMMENT ON COLUMN free_products.seats IS 'seats of a free workspace, for all roles together';
COMMENT ON COLUMN free_products.guests_per_seat IS 'the product''s guests for each seat';
COMMENT ON TABLE collections IS 'Payments that gateways were asked for and have not taken yet.';
COMMENT ON COLUMN collections.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN collections.id IS 'the payment (payments.id); key with ledger_id';
COMMENT ON COLUMN collections.workspace IS 'the workspace that pays';
COMMENT ON COLUMN collections.invoice IS 'the invoice that it is for (invoices.id)';
COMMENT ON COLUMN collections.payment IS 'the payment with its attempts, as in payments.state';
