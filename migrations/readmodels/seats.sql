CREATE TABLE pools (
    ledger_id       uuid   NOT NULL,
    workspace       text   COLLATE "C" NOT NULL,
    -- The limits that were copied last. On the free plan those of the present free product hold instead.
    source          text   COLLATE "C" NOT NULL,
    product         text   COLLATE "C" NOT NULL,
    purchased       bigint NOT NULL,
    guests_per_seat bigint NOT NULL,
    -- A plan that is paused admits nobody, whatever is left.
    closed          boolean NOT NULL,
    -- A plan that waits bounds who enters; no reason, no bound.
    cap_reason      text   COLLATE "C" NOT NULL,
    cap_seats       bigint NOT NULL,
    cap_guests      bigint NOT NULL,
    allocated       bigint NOT NULL,
    reserved        bigint NOT NULL,
    guests          bigint NOT NULL,
    -- The most seats in use at once since the plan last changed its source or product.
    high_water      bigint NOT NULL,
    version         bigint NOT NULL,
    PRIMARY KEY (ledger_id, workspace),
    CONSTRAINT pools_use_not_negative CHECK (allocated >= 0 AND reserved >= 0 AND guests >= 0)
);

CREATE TABLE members (
    ledger_id  uuid        NOT NULL,
    workspace  text        COLLATE "C" NOT NULL,
    member     text        COLLATE "C" NOT NULL,
    role       text        COLLATE "C" NOT NULL,
    state      text        COLLATE "C" NOT NULL,
    since      timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (ledger_id, workspace, member)
);

CREATE INDEX members_expiring ON members (ledger_id, workspace, expires_at) WHERE expires_at IS NOT NULL;

-- The product of workspaces without a plan, where the ledger has one.
CREATE TABLE free_products (
    ledger_id       uuid   PRIMARY KEY,
    product         text   COLLATE "C" NOT NULL,
    seats           bigint NOT NULL,
    guests_per_seat bigint NOT NULL
);

COMMENT ON TABLE pools IS 'The seats of each workspace, in numbers: how many it may use and how many it uses.';
COMMENT ON COLUMN pools.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN pools.workspace IS 'the workspace; key with ledger_id. Its events are in the stream seating:WORKSPACE';
COMMENT ON COLUMN pools.source IS 'where the limits come from, such as free or subscription';
COMMENT ON COLUMN pools.product IS 'code of the product that the limits are of';
COMMENT ON COLUMN pools.purchased IS 'seats of the plan, for admins and members';
COMMENT ON COLUMN pools.guests_per_seat IS 'guests that each seat admits beside';
COMMENT ON COLUMN pools.closed IS 'true while the plan is paused: nobody new is admitted';
COMMENT ON COLUMN pools.cap_reason IS 'what a plan waits for that bounds who enters, such as payment; empty for no bound';
COMMENT ON COLUMN pools.cap_seats IS 'that bound, of admins and members';
COMMENT ON COLUMN pools.cap_guests IS 'that bound, of guests';
COMMENT ON COLUMN pools.allocated IS 'seats in use by admins and members';
COMMENT ON COLUMN pools.reserved IS 'seats held for admins and members who are invited';
COMMENT ON COLUMN pools.guests IS 'guests, invited ones too';
COMMENT ON COLUMN pools.high_water IS 'most seats in use at once since the plan last changed its source or product';
COMMENT ON COLUMN pools.version IS 'version of the stream: how many events it has';
COMMENT ON TABLE members IS 'Who has a seat now, or is invited. Members are opaque ids; their names and e-mails are in no table that auditors read.';
COMMENT ON COLUMN members.ledger_id IS 'the ledger';
COMMENT ON COLUMN members.workspace IS 'the workspace (pools.workspace)';
COMMENT ON COLUMN members.member IS 'id of the member; key with ledger_id and workspace';
COMMENT ON COLUMN members.role IS 'admin, member or guest';
COMMENT ON COLUMN members.state IS 'active: has the seat; invited: it is reserved';
COMMENT ON COLUMN members.since IS 'since when, by the ledger''s clock';
COMMENT ON COLUMN members.expires_at IS 'when the invitation lapses; null for never';
COMMENT ON TABLE free_products IS 'The product of workspaces without a plan, where the ledger has one.';
COMMENT ON COLUMN free_products.ledger_id IS 'the ledger; key';
COMMENT ON COLUMN free_products.product IS 'code of the product';
COMMENT ON COLUMN free_products.seats IS 'seats of a free workspace, for all roles together';
COMMENT ON COLUMN free_products.guests_per_seat IS 'the product''s guests for each seat';
