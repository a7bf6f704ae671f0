-- The events that the timeline of each workspace tells, by their positions. The log has what they say.
CREATE TABLE entries (
    ledger_id uuid   NOT NULL,
    workspace text   COLLATE "C" NOT NULL,
    position  bigint NOT NULL,
    PRIMARY KEY (ledger_id, workspace, position)
);

-- The workspace of each stream whose name does not begin with it.
CREATE TABLE owners (
    ledger_id uuid NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, stream)
);

-- The number of each invoice that was issued, by its stream.
CREATE TABLE numbers (
    ledger_id uuid NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    number    text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, stream)
);
