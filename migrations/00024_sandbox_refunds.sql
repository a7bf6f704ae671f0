-- +goose Up

-- The sandbox gateway also sends money back. A refund is a row like a charge, since both are asked for with a key.
ALTER TABLE sandbox_charges
    ADD COLUMN kind      text COLLATE "C" NOT NULL DEFAULT 'charge',
    ADD COLUMN refund    text COLLATE "C", -- null of a charge, and of a refund that nobody here asked for
    ADD COLUMN refunds   text COLLATE "C", -- the charge that a refund is of
    ADD COLUMN decline   text COLLATE "C"; -- the code of why a refund failed
CREATE INDEX sandbox_charges_refunds ON sandbox_charges (ledger_id, refunds) WHERE refunds IS NOT NULL;
