-- Every posting, for ever: rows are added by position and never changed. A positive amount is a debit.
CREATE TABLE journal (
    ledger_id    uuid        NOT NULL,
    position     bigint      NOT NULL,
    n            integer     NOT NULL, -- of the entry, among those of its event
    line         integer     NOT NULL, -- of the posting, in its entry
    event_id     text        COLLATE "C" NOT NULL,
    event_type   text        COLLATE "C" NOT NULL,
    kind         text        COLLATE "C" NOT NULL,
    entry_date   date        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    account      text        COLLATE "C" NOT NULL,
    amount       numeric     NOT NULL,
    exponent     smallint    NOT NULL, -- the digits of the currency's minor unit
    currency     text        COLLATE "C" NOT NULL,
    workspace    text        COLLATE "C", -- these are null where the posting is of none
    invoice      text        COLLATE "C",
    invoice_line text        COLLATE "C",
    product      text        COLLATE "C",
    tax_rate     text        COLLATE "C",
    reversal_of  text        COLLATE "C",
    correction_of text       COLLATE "C",
    memo         text,
    PRIMARY KEY (ledger_id, position, n, line)
);
CREATE INDEX journal_by_account ON journal (ledger_id, account, entry_date, position);
CREATE INDEX journal_by_invoice ON journal (ledger_id, invoice, position) WHERE invoice IS NOT NULL;
CREATE INDEX journal_by_date ON journal (ledger_id, entry_date, position);

-- What later entries need of earlier events: invoices, payments and refunds, as far as the books know them.
CREATE TABLE kept (
    ledger_id uuid    NOT NULL,
    kind      text    COLLATE "C" NOT NULL,
    id        text    COLLATE "C" NOT NULL,
    made      bigint  NOT NULL, -- of an invoice, the position of its issue
    unearned  boolean NOT NULL,
    state     json    NOT NULL,
    PRIMARY KEY (ledger_id, kind, id)
);
CREATE INDEX kept_unearned ON kept (ledger_id, made) WHERE unearned;

-- What the books as a whole go by.
CREATE TABLE settings (
    ledger_id uuid NOT NULL,
    state     json NOT NULL,
    PRIMARY KEY (ledger_id)
);

COMMENT ON TABLE journal IS 'The postings of the books. Rows are added by position and never changed.';
COMMENT ON COLUMN journal.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN journal.position IS 'position of the event that the entry comes of (events_readable.position)';
COMMENT ON COLUMN journal.n IS 'number of the entry among those of the event';
COMMENT ON COLUMN journal.line IS 'number of the posting in its entry';
COMMENT ON COLUMN journal.event_id IS 'id of that event';
COMMENT ON COLUMN journal.event_type IS 'type of that event';
COMMENT ON COLUMN journal.kind IS 'row of the posting table';
COMMENT ON COLUMN journal.entry_date IS 'civil date of the entry in the time zone of the books';
COMMENT ON COLUMN journal.recorded_at IS 'when the event was recorded';
COMMENT ON COLUMN journal.account IS 'code of the account';
COMMENT ON COLUMN journal.amount IS 'exact amount, a debit where it is positive';
COMMENT ON COLUMN journal.exponent IS 'digits of the currency''s minor unit';
COMMENT ON COLUMN journal.currency IS 'ISO 4217 code';
COMMENT ON COLUMN journal.workspace IS 'the workspace that the posting is of';
COMMENT ON COLUMN journal.invoice IS 'the invoice that it is of (invoices.id)';
COMMENT ON COLUMN journal.invoice_line IS 'key of the invoice''s line';
COMMENT ON COLUMN journal.product IS 'the product of that line';
COMMENT ON COLUMN journal.tax_rate IS 'the tax rate of that line';
COMMENT ON COLUMN journal.reversal_of IS 'the entry that this one takes back';
COMMENT ON COLUMN journal.correction_of IS 'the closed period that the entry belongs to';
COMMENT ON COLUMN journal.memo IS 'what the entry is for';
COMMENT ON TABLE kept IS 'What later entries need of earlier events.';
COMMENT ON COLUMN kept.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN kept.kind IS 'invoice, payment or refund; key with ledger_id and id';
COMMENT ON COLUMN kept.id IS 'its id';
COMMENT ON COLUMN kept.made IS 'position of an invoice''s issue, else 0';
COMMENT ON COLUMN kept.unearned IS 'something of the invoice is still to be earned';
COMMENT ON COLUMN kept.state IS 'what the books know of it';
COMMENT ON TABLE settings IS 'The policy of the books and how far they are.';
COMMENT ON COLUMN settings.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN settings.state IS 'time zone, recognition, the last month that ended and the last period that is closed';
