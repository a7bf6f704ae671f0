-- +goose Up

-- What a ledger hands out and takes back, such as a quote, has a MAC under this secret, so that nobody can make one up.
-- It is never shown. Each row has 244 random bits of its own.
ALTER TABLE ledgers
    ADD COLUMN secret bytea NOT NULL
        DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
        CONSTRAINT ledgers_secret_size CHECK (octet_length(secret) = 32);
