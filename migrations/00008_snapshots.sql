-- +goose Up

-- The states of long streams, so that they are not folded from their first event after every start. This is a cache: a row
-- counts only while the event at its version has its leaf hash, and all rows may be deleted at any time.
CREATE TABLE snapshots (
    ledger_id uuid   NOT NULL,
    stream    text   COLLATE "C" NOT NULL,
    -- The revision of the code that made the data and can read it. Two releases side by side have a row each.
    revision  int    NOT NULL,
    version   bigint NOT NULL,
    leaf_hash bytea  NOT NULL,
    -- SHA-256 of the row, so that one that was garbled is noticed.
    digest    bytea  NOT NULL,
    data      bytea  NOT NULL,
    PRIMARY KEY (ledger_id, stream, revision)
);
