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
