CREATE TABLE licenses (
    ledger_id  uuid        NOT NULL,
    id         text        COLLATE "C" NOT NULL,
    -- The position of the event that issued it, by which licenses are listed.
    issued     bigint      NOT NULL,
    version    bigint      NOT NULL,
    workspace  text        COLLATE "C",
    revoked    boolean     NOT NULL,
    suspended  boolean     NOT NULL,
    expires_at timestamptz,
    instances  bigint      NOT NULL,
    state      json        NOT NULL,
    PRIMARY KEY (ledger_id, id)
);
CREATE INDEX licenses_by_issue ON licenses (ledger_id, issued);
CREATE INDEX licenses_by_workspace ON licenses (ledger_id, workspace, issued);

COMMENT ON TABLE licenses IS
'Enterprise licenses, and the instances that use them. A license''s status is the first that holds: revoked, suspended, expired
(expires_at has come), expiring (it is less than 14 days away), inactive (no instance), active.';
COMMENT ON COLUMN licenses.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN licenses.id IS 'the license; key with ledger_id';
COMMENT ON COLUMN licenses.issued IS 'position of the event that issued it';
COMMENT ON COLUMN licenses.version IS 'version of the stream license:<id>';
COMMENT ON COLUMN licenses.workspace IS 'the workspace whose plan it is; null for none';
COMMENT ON COLUMN licenses.revoked IS 'it was revoked, for good';
COMMENT ON COLUMN licenses.suspended IS 'it is suspended';
COMMENT ON COLUMN licenses.expires_at IS 'when it expires; null for never';
COMMENT ON COLUMN licenses.instances IS 'how many instances use it, dead ones too';
COMMENT ON COLUMN licenses.state IS 'the license, as the events of its stream say it';
