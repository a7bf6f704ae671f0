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
