-- From when to when somebody had a seat without a change of what it counts as.
CREATE TABLE seats (
    ledger_id uuid        NOT NULL,
    workspace text        COLLATE "C" NOT NULL,
    member    text        COLLATE "C" NOT NULL,
    -- The commands that began and ended it, by the position of their last event; ended is 0 until one did.
    began     bigint      NOT NULL,
    ended     bigint      NOT NULL,
    kind      text        COLLATE "C" NOT NULL, -- allocated or reserved, of admins and members; guest, of guests
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL, -- infinity without an end; of an invitation that lapses, from the first when it does
    PRIMARY KEY (ledger_id, workspace, member, began)
);

-- Partial in form only, as every row has a later time: so the planner takes it for queries that ask for that, and for no
-- others. While a rebuild fills the table and there are no statistics it would look for members by this index, too, and
-- read the whole workspace for each.
CREATE INDEX seats_by_until ON seats (ledger_id, workspace, until) WHERE until > '-infinity';

-- How many seats each workspace had bought since when.
CREATE TABLE plans (
    ledger_id uuid        NOT NULL,
    workspace text        COLLATE "C" NOT NULL,
    version   bigint      NOT NULL, -- of the seat pool's stream
    began     bigint      NOT NULL, -- as of seats
    since     timestamptz NOT NULL,
    purchased bigint, -- null on the free plan
    PRIMARY KEY (ledger_id, workspace, version)
);

-- How many seats the free plan had from when to when.
CREATE TABLE free_plans (
    ledger_id uuid        NOT NULL,
    product   text        COLLATE "C" NOT NULL,
    seats     bigint      NOT NULL,
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    PRIMARY KEY (ledger_id, product)
);

-- The time zone of each workspace's latest subscription.
CREATE TABLE zones (
    ledger_id uuid NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    time_zone text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, workspace)
);

-- What each invoice bills, which never changes, and the time zone that its days are counted in.
CREATE TABLE bills (
    ledger_id uuid NOT NULL,
    invoice   text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    time_zone text COLLATE "C" NOT NULL,
    bill      json NOT NULL,
    PRIMARY KEY (ledger_id, invoice)
);

-- What each credit note takes back of an invoice, which never changes.
CREATE TABLE credit_notes (
    ledger_id   uuid NOT NULL,
    credit_note text COLLATE "C" NOT NULL,
    invoice     text COLLATE "C" NOT NULL,
    note        json NOT NULL,
    PRIMARY KEY (ledger_id, credit_note)
);

COMMENT ON TABLE seats IS 'Who had a seat from when to when, one row for each stretch without a change.';
COMMENT ON COLUMN seats.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN seats.workspace IS 'the workspace';
COMMENT ON COLUMN seats.member IS 'id of the member';
COMMENT ON COLUMN seats.began IS 'position of the last event of the command that began it; key with ledger_id, workspace and member';
COMMENT ON COLUMN seats.ended IS 'position of the last event of the command that ended it; 0 while none did';
COMMENT ON COLUMN seats.kind IS 'allocated or reserved: an admin''s or member''s seat; guest: a guest, who weighs nothing in shares of payments';
COMMENT ON COLUMN seats.since IS 'from when, by the ledger''s clock';
COMMENT ON COLUMN seats.until IS 'to when, exclusive; infinity without an end';
COMMENT ON TABLE plans IS 'How many seats each workspace had bought, and since when.';
COMMENT ON COLUMN plans.ledger_id IS 'the ledger';
COMMENT ON COLUMN plans.workspace IS 'the workspace';
COMMENT ON COLUMN plans.version IS 'version of the stream seating:WORKSPACE; key with ledger_id and workspace';
COMMENT ON COLUMN plans.began IS 'position of the last event of the command that began it';
COMMENT ON COLUMN plans.since IS 'from when, by the ledger''s clock, until the next row';
COMMENT ON COLUMN plans.purchased IS 'seats that were bought; null on the free plan';
COMMENT ON TABLE free_plans IS 'How many seats the free plan had, from when to when.';
COMMENT ON COLUMN free_plans.ledger_id IS 'the ledger';
COMMENT ON COLUMN free_plans.product IS 'code of the free product; key with ledger_id';
COMMENT ON COLUMN free_plans.seats IS 'its seats';
COMMENT ON COLUMN free_plans.since IS 'from when';
COMMENT ON COLUMN free_plans.until IS 'to when, exclusive; infinity without an end';
COMMENT ON TABLE zones IS 'The time zone that each workspace''s days are counted in.';
COMMENT ON COLUMN zones.ledger_id IS 'the ledger';
COMMENT ON COLUMN zones.workspace IS 'the workspace; key with ledger_id';
COMMENT ON COLUMN zones.time_zone IS 'time zone of its latest subscription, such as Europe/Berlin';
COMMENT ON TABLE bills IS 'What each invoice bills, for sharing it among members by their days. It never changes.';
COMMENT ON COLUMN bills.ledger_id IS 'the ledger';
COMMENT ON COLUMN bills.invoice IS 'id of the invoice; key with ledger_id';
COMMENT ON COLUMN bills.workspace IS 'its workspace';
COMMENT ON COLUMN bills.time_zone IS 'time zone that its days are counted in';
COMMENT ON COLUMN bills.bill IS 'currency, lines, subtotal, discount, tax, total; a line as in invoices.state';
COMMENT ON TABLE credit_notes IS 'What each credit note takes back of an invoice. It never changes.';
COMMENT ON COLUMN credit_notes.ledger_id IS 'the ledger';
COMMENT ON COLUMN credit_notes.credit_note IS 'id of the credit note; key with ledger_id';
COMMENT ON COLUMN credit_notes.invoice IS 'id of the invoice (bills.invoice)';
COMMENT ON COLUMN credit_notes.note IS 'number, issued_at, lines (key of the invoice''s line, amount, tax), tax, total';
