-- What the features of each workspace follow from, beside the products: its latest subscription and its entitlements. A
-- workspace has a row once it had either.
CREATE TABLE holdings (
    ledger_id    uuid   NOT NULL,
    workspace    text   COLLATE "C" NOT NULL,
    -- The position of the last event that changed the row, so that what is kept of rows elsewhere can be brought up to date.
    position     bigint NOT NULL,
    subscription json   NOT NULL,
    entitlement  json   NOT NULL,
    PRIMARY KEY (ledger_id, workspace)
);

CREATE INDEX holdings_changed ON holdings (ledger_id, position);

CREATE TABLE products (
    ledger_id uuid   NOT NULL,
    code      text   COLLATE "C" NOT NULL,
    created   bigint NOT NULL,
    product   json   NOT NULL,
    PRIMARY KEY (ledger_id, code)
);

-- The position of the last event that changed a product.
CREATE TABLE catalogs (
    ledger_id uuid   PRIMARY KEY,
    position  bigint NOT NULL
);

COMMENT ON TABLE holdings IS 'What the features of each workspace follow from, beside the products.';
COMMENT ON COLUMN holdings.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN holdings.workspace IS 'the workspace; key with ledger_id';
COMMENT ON COLUMN holdings.position IS 'position of the last event that changed the row';
COMMENT ON COLUMN holdings.subscription IS 'the latest subscription, as in subscriptions.state (id "" for none)';
COMMENT ON COLUMN holdings.entitlement IS
'overrides by keys of features (value, limit, removed, until, reason); uses by keys (used, and the window that it counts in);
license: the one that is the workspace''s plan';
COMMENT ON TABLE products IS 'The products of each ledger, archived ones too: what their features and limits are.';
COMMENT ON COLUMN products.ledger_id IS 'the ledger';
COMMENT ON COLUMN products.code IS 'code of the product; key with ledger_id';
COMMENT ON COLUMN products.created IS 'position of the event that created it';
COMMENT ON COLUMN products.product IS 'the product, as in the catalog''s products.product';
COMMENT ON TABLE catalogs IS 'How far the products of each ledger have come.';
COMMENT ON COLUMN catalogs.ledger_id IS 'the ledger; key';
COMMENT ON COLUMN catalogs.position IS 'position of the last event that changed a product';
