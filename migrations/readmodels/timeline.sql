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

COMMENT ON TABLE entries IS
'Which events the timeline of each workspace tells: one for each thing that happened. events_readable.workspace finds
these and the ones beside them that say the same of another stream.';
COMMENT ON COLUMN entries.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN entries.workspace IS 'the workspace';
COMMENT ON COLUMN entries.position IS 'position of the event (events_readable.position, with ledger_id); key with ledger_id and workspace';
COMMENT ON TABLE owners IS 'The workspace of each stream whose name is an id: invoices and refunds.';
COMMENT ON COLUMN owners.ledger_id IS 'the ledger';
COMMENT ON COLUMN owners.stream IS 'the stream (events_readable.stream); key with ledger_id';
COMMENT ON COLUMN owners.workspace IS 'its workspace';
COMMENT ON TABLE numbers IS 'The number of each invoice that was issued.';
COMMENT ON COLUMN numbers.ledger_id IS 'the ledger';
COMMENT ON COLUMN numbers.stream IS 'stream of the invoice, invoice:ID; key with ledger_id';
COMMENT ON COLUMN numbers.number IS 'number on the document';
