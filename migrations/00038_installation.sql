-- +goose Up

-- The random id of this installation, which its fingerprint follows from. It stays as long as the database does, and goes with it.
CREATE TABLE installation (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    id   uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO installation DEFAULT VALUES;
