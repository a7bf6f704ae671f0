-- +goose Up

-- How many requests a second the key may make; NULL for what the server says.
ALTER TABLE api_keys ADD COLUMN rate integer CONSTRAINT api_keys_rate_positive CHECK (rate > 0);

-- The tokens of rate limits that all servers share. A server takes some at a time. Unlogged: after a crash all buckets are full.
CREATE UNLOGGED TABLE rate_buckets (
    bucket bytea            NOT NULL PRIMARY KEY,
    tokens double precision NOT NULL,
    taken  double precision NOT NULL, -- by the last server that took some
    at     timestamptz      NOT NULL
);
