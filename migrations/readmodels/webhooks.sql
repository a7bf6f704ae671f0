-- Who hears of what, and what each endpoint is sent. Its place in the sequence follows from the events alone.
CREATE TABLE endpoints (
    ledger_id  uuid   NOT NULL,
    id         text COLLATE "C" NOT NULL,
    made       bigint NOT NULL,
    version    bigint NOT NULL,
    status     text COLLATE "C" NOT NULL,
    enabled_at bigint NOT NULL,
    state      json   NOT NULL,
    PRIMARY KEY (ledger_id, id)
);
CREATE INDEX endpoints_by_made ON endpoints (ledger_id, made);

CREATE TABLE deliveries (
    ledger_id uuid   NOT NULL,
    endpoint  text COLLATE "C" NOT NULL,
    position  bigint NOT NULL,
    ordered   bigint NOT NULL,
    event_id  uuid   NOT NULL,
    type      text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    sequence  bigint NOT NULL,
    parked    bool   NOT NULL DEFAULT false,
    PRIMARY KEY (ledger_id, endpoint, position)
);
CREATE INDEX deliveries_parked ON deliveries (ledger_id, endpoint, position) WHERE parked;
CREATE INDEX deliveries_by_order ON deliveries (ledger_id, endpoint, ordered, position);

CREATE TABLE sequences (
    ledger_id uuid   NOT NULL,
    endpoint  text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    last      bigint NOT NULL,
    PRIMARY KEY (ledger_id, endpoint, workspace)
);

CREATE TABLE owners (
    ledger_id uuid NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, stream)
);

COMMENT ON TABLE endpoints IS 'Webhook endpoints: who is sent what happens.';
COMMENT ON COLUMN endpoints.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN endpoints.id IS 'id of the endpoint; key with ledger_id';
COMMENT ON COLUMN endpoints.made IS 'position of the event that made it';
COMMENT ON COLUMN endpoints.version IS 'version of the stream webhook:ID';
COMMENT ON COLUMN endpoints.status IS 'enabled, disabled or deleted';
COMMENT ON COLUMN endpoints.enabled_at IS 'position of the event that enabled it again, 0 while none did: what was not delivered before is canceled';
COMMENT ON COLUMN endpoints.state IS 'the whole state: URL, types, description, and the ids of its secrets, which are kept elsewhere';

COMMENT ON TABLE deliveries IS
'What each endpoint is sent, one row for each event that it hears of.
  the sequence of a workspace:  WHERE endpoint = ''ID'' AND workspace = ''acme'' ORDER BY sequence: 1, 2, 3 … without a hole';
COMMENT ON COLUMN deliveries.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN deliveries.endpoint IS 'the endpoint (endpoints.id)';
COMMENT ON COLUMN deliveries.position IS 'position of the event that it tells of; key with ledger_id and endpoint';
COMMENT ON COLUMN deliveries.ordered IS 'position of the event that asked for it last: the same, or that of a replay';
COMMENT ON COLUMN deliveries.event_id IS 'id of the event, which is the webhook-id';
COMMENT ON COLUMN deliveries.type IS 'type of the news, such as invoice.paid';
COMMENT ON COLUMN deliveries.workspace IS 'the workspace; empty for news of none';
COMMENT ON COLUMN deliveries.sequence IS '1, 2, 3 … without a hole for each endpoint and workspace';
COMMENT ON COLUMN deliveries.parked IS 'a person stopped it, until it is asked for again';

COMMENT ON TABLE sequences IS 'The last sequence of each endpoint and workspace.';
COMMENT ON COLUMN sequences.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN sequences.endpoint IS 'the endpoint (endpoints.id)';
COMMENT ON COLUMN sequences.workspace IS 'the workspace; empty for news of none';
COMMENT ON COLUMN sequences.last IS 'sequence of the newest delivery';

COMMENT ON TABLE owners IS 'The workspaces of streams whose names do not tell them, such as invoices.';
COMMENT ON COLUMN owners.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN owners.stream IS 'the stream (events_readable.stream); key with ledger_id';
COMMENT ON COLUMN owners.workspace IS 'the workspace';
