-- +goose Up

-- How far each ledger is sealed, and why not further. size only tells the sealer where to look; the checkpoints decide. A ledger
-- without a row was never sealed.
CREATE TABLE audit_seals (
    ledger_id uuid   NOT NULL PRIMARY KEY REFERENCES ledgers,
    tree      int    NOT NULL, -- 1, and one more after each restart
    size      bigint NOT NULL,
    vkeys     text   NOT NULL, -- the keys that verify the tree's checkpoints, one a line
    refusal   text,            -- why the sealer signs no more of this tree; NULL while it does
    outside   jsonb  NOT NULL  -- what was last kept outside of the database
);

-- The signed notes of all checkpoints.
CREATE TABLE audit_checkpoints (
    ledger_id uuid        NOT NULL REFERENCES ledgers,
    tree      int         NOT NULL,
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    signed_at timestamptz NOT NULL,
    note      text        NOT NULL,
    PRIMARY KEY (ledger_id, tree, size)
);

-- The Merkle trees over the leaf hashes, in tiles of up to 256 hashes. Hashes do not compress.
CREATE TABLE audit_tiles (
    ledger_id uuid     NOT NULL REFERENCES ledgers,
    tree      int      NOT NULL,
    level     smallint NOT NULL,
    number    bigint   NOT NULL,
    hashes    bytea    NOT NULL,
    PRIMARY KEY (ledger_id, tree, level, number)
);
ALTER TABLE audit_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
