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

COMMENT ON TABLE subscriptions IS
'The latest subscription of each workspace as it stands now, ended ones too. Who changed it and when, upgrades above all:
  SELECT effective_at, actor, actor_name, type, data FROM tallystick.events_readable
  WHERE ledger = ''default'' AND stream = ''subscription:acme'' ORDER BY position;';
COMMENT ON COLUMN subscriptions.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN subscriptions.workspace IS 'the workspace; key with ledger_id';
COMMENT ON COLUMN subscriptions.status IS
'incomplete (waits for its first payment), trialing, active, past_due, restricted, paused; ended: canceled, expired, incomplete_expired';
COMMENT ON COLUMN subscriptions.price IS 'code of its price (catalog, prices.code)';
COMMENT ON COLUMN subscriptions.version IS 'version of its stream: how many events it has';
COMMENT ON COLUMN subscriptions.state IS
'all of it: id, previous (the subscription before), terms of the price as they were when bought, seats, collection, time_zone,
anchor, current_period, trial, discount, cancellation, pending_change (at the period''s end), pending_update (waits for money),
in_force (lines that were charged and not taken back, each with its invoice)';
COMMENT ON TABLE collected IS 'The open invoices of each workspace whose money is collected, also those of no subscription or of an earlier one.';
COMMENT ON COLUMN collected.ledger_id IS 'the ledger';
COMMENT ON COLUMN collected.workspace IS 'the workspace; key with ledger_id';
COMMENT ON COLUMN collected.receivables IS 'the invoices, each with what it expects';
