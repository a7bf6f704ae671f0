-- +goose Up

-- Who carries out the deadlines of a ledger, or of all live ledgers together, whose row has the id of zeros. A row counts until
-- it expires, by the database's clock, and whoever holds it renews it. A lease only saves work: nothing is wrong where two
-- believe that they hold one, and all rows may be deleted at any time.
CREATE TABLE leases (
    ledger_id  uuid        NOT NULL PRIMARY KEY,
    holder     uuid        NOT NULL,
    expires_at timestamptz NOT NULL
);
