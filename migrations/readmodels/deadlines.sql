-- What will happen by itself, and when. A stream has a row for its next deadline, with the state that it follows from
-- where there is one; a seat pool has a row for each invitation that lapses, whose subject is the member; notices have a row for the
-- invoice of the next renewal, and for each invoice that will be overdue or was, whose subject is its id.
CREATE TABLE deadlines (
    ledger_id uuid NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    subject   text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    due_at    timestamptz, -- null where nothing is to come
    state     json,
    live      boolean NOT NULL, -- the ledger follows the system's clock
    workspace text COLLATE "C",
    -- Of what was tried in vain, or waits for a person: since when, how often, and why.
    since     timestamptz,
    attempts  int,
    error     text COLLATE "C",
    stuck     boolean, -- it waits for a person
    told      text COLLATE "C", -- which upcoming or overdue invoice was told of last
    PRIMARY KEY (ledger_id, stream, subject)
);
CREATE INDEX deadlines_by_due ON deadlines (ledger_id, due_at, stream, subject) WHERE due_at IS NOT NULL;
-- What is due in all live ledgers. A sandbox has its own clock, and its rows would be in the way.
CREATE INDEX deadlines_of_live ON deadlines (due_at, ledger_id) WHERE live AND due_at IS NOT NULL;
CREATE INDEX deadlines_not_done ON deadlines (ledger_id, since) WHERE since IS NOT NULL;

-- What a person has stopped: the deadline of a stream that is due at an instant.
CREATE TABLE parked (
    ledger_id uuid NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    subject   text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL,
    due_at    timestamptz NOT NULL,
    reason    text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, stream, subject)
);

COMMENT ON TABLE parked IS 'Deadlines that a person has stopped.';
COMMENT ON COLUMN parked.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN parked.stream IS 'as in deadlines; key with ledger_id and subject';
COMMENT ON COLUMN parked.subject IS 'as in deadlines';
COMMENT ON COLUMN parked.kind IS 'as in deadlines';
COMMENT ON COLUMN parked.due_at IS 'as in deadlines: a later deadline of the stream is not stopped';
COMMENT ON COLUMN parked.reason IS 'why';

COMMENT ON TABLE deadlines IS
'What happens by itself next, and when: renewals, ends of trials, payments that did not come, invitations that lapse.';
COMMENT ON COLUMN deadlines.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN deadlines.stream IS 'stream that it happens to (events_readable.stream); key with ledger_id and subject';
COMMENT ON COLUMN deadlines.subject IS 'the member whose invitation lapses, or the invoice that will be overdue; else empty';
COMMENT ON COLUMN deadlines.kind IS 
'renewal, trial (a trial ends), reminder (of that, and of an upcoming or overdue invoice), cancel (a decided end), overdue (money did not come),
update (a change that waits for money expires), invitation (lapses),
charge (a gateway is asked for money), refund (to send some back), ask_gateway (how that went), link (a payment link expires),
billing_sync (the ledger is compared with its gateways)';
COMMENT ON COLUMN deadlines.due_at IS 'when, by the ledger''s clock; null where nothing is to come';
COMMENT ON COLUMN deadlines.state IS 'state of the stream that it follows from, as in subscriptions.state; null for invitations';
COMMENT ON COLUMN deadlines.live IS 'whether the ledger follows the system''s clock';
COMMENT ON COLUMN deadlines.workspace IS 'the workspace';
COMMENT ON COLUMN deadlines.since IS 'since when something is tried in vain, or waits for a person; null for all else';
COMMENT ON COLUMN deadlines.attempts IS 'how often it was tried in vain';
COMMENT ON COLUMN deadlines.error IS 'code of why';
COMMENT ON COLUMN deadlines.told IS 'of reminders of invoices: which was told last';
COMMENT ON COLUMN deadlines.stuck IS 'true where it is not tried again before a person says so';
