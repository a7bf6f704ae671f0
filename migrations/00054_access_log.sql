-- +goose Up

-- Who read what is not for everybody: exports, proofs and personal data. Rows are only ever added.
CREATE TABLE access_log (
    ledger_id     uuid        NOT NULL REFERENCES ledgers,
    access_id     bigint      NOT NULL, -- 1, 2, 3 … in each ledger
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor         text        COLLATE "C" NOT NULL,
    role          text        COLLATE "C" NOT NULL,
    method        text        COLLATE "C" NOT NULL,
    path          text        COLLATE "C" NOT NULL,
    status        smallint    NOT NULL,
    from_position bigint, -- NULL where no events were read
    to_position   bigint,
    client        text        COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, access_id)
);
