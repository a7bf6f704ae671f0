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
    ledger_id uuid   NOT NULL,
    version   bigint NOT NULL, -- of the stream of the books
    state     json   NOT NULL,
    PRIMARY KEY (ledger_id)
);

-- The periods that are closed.
CREATE TABLE closed_periods (
    ledger_id uuid        NOT NULL,
    period    text        COLLATE "C" NOT NULL,
    closed_at timestamptz NOT NULL,
    position  bigint      NOT NULL,
    PRIMARY KEY (ledger_id, period)
);

-- Each issued invoice, as each of its events left it. Rows are added by position and never changed.
CREATE TABLE invoice_versions (
    ledger_id uuid NOT NULL,
    position bigint NOT NULL,
    invoice text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    issued_on date NOT NULL,
    due_on date,
    currency text COLLATE "C" NOT NULL,
    subtotal numeric NOT NULL,
    discount numeric NOT NULL,
    tax numeric NOT NULL,
    total numeric NOT NULL,
    credit_applied numeric NOT NULL,
    paid numeric NOT NULL,
    credited numeric NOT NULL,
    written_off numeric NOT NULL,
    outstanding numeric NOT NULL,
    status text COLLATE "C" NOT NULL,
    payment_status text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, invoice, position)
);

-- Each credit note, as it was issued. Rows are added by position and never changed.
CREATE TABLE note_rows (
    ledger_id uuid NOT NULL,
    position bigint NOT NULL,
    credit_note text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    invoice text COLLATE "C" NOT NULL,
    invoice_number text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    issued_on date NOT NULL,
    currency text COLLATE "C" NOT NULL,
    tax numeric NOT NULL,
    total numeric NOT NULL,
    set_off numeric NOT NULL,
    to_credit numeric NOT NULL,
    refunded numeric NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (ledger_id, position)
);

-- The tax of each line that was billed or taken back. Rows are added by position and never changed.
CREATE TABLE tax_rows (
    ledger_id uuid NOT NULL,
    position bigint NOT NULL,
    n integer NOT NULL,
    dated date NOT NULL,
    treatment text COLLATE "C" NOT NULL,
    tax_rate text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    taxable numeric NOT NULL,
    tax numeric NOT NULL,
    credited_taxable numeric NOT NULL,
    credited_tax numeric NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    issued_at timestamptz, -- of the invoice; null where it was never issued
    PRIMARY KEY (ledger_id, position, n)
);

-- Each charge that succeeded, as each event of its payment left it. Rows are added by position and never changed.
CREATE TABLE charge_versions (
    ledger_id uuid NOT NULL,
    position bigint NOT NULL,
    payment text COLLATE "C" NOT NULL,
    n integer NOT NULL,
    gateway text COLLATE "C" NOT NULL,
    gateway_reference text COLLATE "C",
    workspace text COLLATE "C" NOT NULL,
    invoice text COLLATE "C",
    succeeded_on date NOT NULL,
    settles_on date NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount numeric NOT NULL,
    fee numeric, -- null where nobody told
    disputed numeric NOT NULL,
    status text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, payment, n, position)
);

-- What went back of charges. Rows are added by position and never changed.
CREATE TABLE return_rows (
    ledger_id uuid NOT NULL,
    position bigint NOT NULL,
    refund text COLLATE "C" NOT NULL,
    payment text COLLATE "C" NOT NULL,
    n integer NOT NULL,
    amount numeric NOT NULL,
    PRIMARY KEY (ledger_id, position, refund)
);

-- In which months lines are to be earned, each time that something other than time changes it. Rows are added by position and never
-- changed: the latest ones of a line count.
CREATE TABLE schedule_rows (
    ledger_id uuid NOT NULL,
    position bigint NOT NULL,
    invoice text COLLATE "C" NOT NULL,
    invoice_line text COLLATE "C" NOT NULL,
    month date NOT NULL, -- its first day
    dated date NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount numeric NOT NULL,
    PRIMARY KEY (ledger_id, invoice, invoice_line, position, month)
);

-- Each movement of the monthly recurring revenue. Rows are added by position and never changed.
CREATE TABLE recurring_rows (
    ledger_id uuid NOT NULL,
    position bigint NOT NULL,
    n integer NOT NULL,
    dated date NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount numeric NOT NULL,
    PRIMARY KEY (ledger_id, position, n)
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
COMMENT ON COLUMN kept.kind IS 'invoice, payment, refund, document, plan, charges or returned; key with ledger_id and id';
COMMENT ON COLUMN kept.id IS 'its id';
COMMENT ON COLUMN kept.made IS 'position of an invoice''s issue, else 0';
COMMENT ON COLUMN kept.unearned IS 'something of the invoice is still to be earned';
COMMENT ON COLUMN kept.state IS 'what the books know of it';
COMMENT ON TABLE settings IS 'The policy of the books and how far they are.';
COMMENT ON COLUMN settings.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN settings.version IS 'version of the stream books:main';
COMMENT ON TABLE closed_periods IS 'The periods of the books that are closed.';
COMMENT ON COLUMN closed_periods.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN closed_periods.period IS 'the month; key with ledger_id';
COMMENT ON COLUMN closed_periods.closed_at IS 'when it was closed';
COMMENT ON COLUMN closed_periods.position IS 'position up to which it was looked at';
COMMENT ON COLUMN settings.state IS 'time zone, recognition, the last month that ended and the last period that is closed';
COMMENT ON TABLE invoice_versions IS 'Each issued invoice, as each of its events left it.';
COMMENT ON COLUMN invoice_versions.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN invoice_versions.position IS 'position of the event; key with ledger_id and invoice';
COMMENT ON COLUMN invoice_versions.invoice IS 'the invoice (invoices.id)';
COMMENT ON COLUMN invoice_versions.number IS 'its number';
COMMENT ON COLUMN invoice_versions.workspace IS 'the workspace that it bills';
COMMENT ON COLUMN invoice_versions.reason IS 'why there is an invoice';
COMMENT ON COLUMN invoice_versions.issued_on IS 'civil date of its issue in the time zone of the books';
COMMENT ON COLUMN invoice_versions.due_on IS 'when it is due';
COMMENT ON COLUMN invoice_versions.currency IS 'ISO 4217 code';
COMMENT ON COLUMN invoice_versions.subtotal IS 'before discount and tax';
COMMENT ON COLUMN invoice_versions.discount IS 'what coupons take off';
COMMENT ON COLUMN invoice_versions.tax IS 'the tax';
COMMENT ON COLUMN invoice_versions.total IS 'subtotal less discount, with tax';
COMMENT ON COLUMN invoice_versions.credit_applied IS 'what credit pays';
COMMENT ON COLUMN invoice_versions.paid IS 'what money paid';
COMMENT ON COLUMN invoice_versions.credited IS 'what credit notes took back';
COMMENT ON COLUMN invoice_versions.written_off IS 'what is given up';
COMMENT ON COLUMN invoice_versions.outstanding IS 'what is still to be paid';
COMMENT ON COLUMN invoice_versions.status IS 'finalized or voided';
COMMENT ON COLUMN invoice_versions.payment_status IS 'how far the money is';
COMMENT ON TABLE note_rows IS 'Each credit note, as it was issued.';
COMMENT ON COLUMN note_rows.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN note_rows.position IS 'position of its event; key with ledger_id';
COMMENT ON COLUMN note_rows.credit_note IS 'the credit note (credit_notes.id)';
COMMENT ON COLUMN note_rows.number IS 'its number';
COMMENT ON COLUMN note_rows.invoice IS 'the invoice that it takes back';
COMMENT ON COLUMN note_rows.invoice_number IS 'that invoice''s number';
COMMENT ON COLUMN note_rows.workspace IS 'the workspace';
COMMENT ON COLUMN note_rows.issued_on IS 'civil date of its issue';
COMMENT ON COLUMN note_rows.currency IS 'ISO 4217 code';
COMMENT ON COLUMN note_rows.tax IS 'the tax in the total';
COMMENT ON COLUMN note_rows.total IS 'all of it';
COMMENT ON COLUMN note_rows.set_off IS 'what of it lowered what was owed';
COMMENT ON COLUMN note_rows.to_credit IS 'what of it became credit';
COMMENT ON COLUMN note_rows.refunded IS 'what of it goes back as money';
COMMENT ON COLUMN note_rows.reason IS 'why';
COMMENT ON TABLE tax_rows IS 'The tax of each line that was billed or taken back.';
COMMENT ON COLUMN tax_rows.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN tax_rows.position IS 'position of the event; key with ledger_id and n';
COMMENT ON COLUMN tax_rows.n IS 'number of the line';
COMMENT ON COLUMN tax_rows.dated IS 'civil date in the time zone of the books';
COMMENT ON COLUMN tax_rows.treatment IS 'standard, exempt or reverse_charge';
COMMENT ON COLUMN tax_rows.tax_rate IS 'the rate';
COMMENT ON COLUMN tax_rows.currency IS 'ISO 4217 code';
COMMENT ON COLUMN tax_rows.taxable IS 'net amount that was billed';
COMMENT ON COLUMN tax_rows.tax IS 'its tax';
COMMENT ON COLUMN tax_rows.credited_taxable IS 'net amount that was taken back';
COMMENT ON COLUMN tax_rows.credited_tax IS 'its tax';
COMMENT ON COLUMN tax_rows.workspace IS 'the workspace that is billed';
COMMENT ON COLUMN tax_rows.issued_at IS 'when the invoice was issued';
COMMENT ON TABLE charge_versions IS 'Each charge that succeeded, as each event of its payment left it.';
COMMENT ON COLUMN charge_versions.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN charge_versions.position IS 'position of the event; key with ledger_id, payment and n';
COMMENT ON COLUMN charge_versions.payment IS 'the payment (payments.id); of a release without names it begins with ?';
COMMENT ON COLUMN charge_versions.n IS 'number of the attempt';
COMMENT ON COLUMN charge_versions.gateway IS 'the gateway, or manual';
COMMENT ON COLUMN charge_versions.gateway_reference IS 'the gateway''s name for it, or what was recorded with it';
COMMENT ON COLUMN charge_versions.workspace IS 'the workspace that paid';
COMMENT ON COLUMN charge_versions.invoice IS 'the invoice (invoices.id)';
COMMENT ON COLUMN charge_versions.succeeded_on IS 'civil date of the success in the time zone of the books';
COMMENT ON COLUMN charge_versions.settles_on IS 'civil date from which on the money is in the bank';
COMMENT ON COLUMN charge_versions.currency IS 'ISO 4217 code';
COMMENT ON COLUMN charge_versions.amount IS 'what was taken';
COMMENT ON COLUMN charge_versions.fee IS 'what the gateway keeps, with the fees of disputes; null where nobody told';
COMMENT ON COLUMN charge_versions.disputed IS 'what disputes that are not won hold or took, and what a bank took back';
COMMENT ON COLUMN charge_versions.status IS 'succeeded or reversed';
COMMENT ON TABLE return_rows IS 'What went back of charges.';
COMMENT ON COLUMN return_rows.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN return_rows.position IS 'position of the event; key with ledger_id and refund';
COMMENT ON COLUMN return_rows.refund IS 'the refund (refunds.id)';
COMMENT ON COLUMN return_rows.payment IS 'the payment';
COMMENT ON COLUMN return_rows.n IS 'number of the attempt';
COMMENT ON COLUMN return_rows.amount IS 'what went back; negative where it came back to the gateway';
COMMENT ON TABLE schedule_rows IS 'In which months what is deferred of lines is to be earned: the latest rows of a line count.';
COMMENT ON COLUMN schedule_rows.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN schedule_rows.position IS 'position of the event that set it; key with ledger_id, invoice, line and month';
COMMENT ON COLUMN schedule_rows.invoice IS 'the invoice (invoices.id)';
COMMENT ON COLUMN schedule_rows.invoice_line IS 'key of the invoice''s line';
COMMENT ON COLUMN schedule_rows.month IS 'first day of the month';
COMMENT ON COLUMN schedule_rows.dated IS 'civil date of the event in the time zone of the books';
COMMENT ON COLUMN schedule_rows.currency IS 'ISO 4217 code';
COMMENT ON COLUMN schedule_rows.amount IS 'what is to be earned in the month';
COMMENT ON TABLE recurring_rows IS 'Each movement of the monthly recurring revenue.';
COMMENT ON COLUMN recurring_rows.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN recurring_rows.position IS 'position of the event; key with ledger_id and n';
COMMENT ON COLUMN recurring_rows.n IS 'number among the movements of the event';
COMMENT ON COLUMN recurring_rows.dated IS 'civil date in the time zone of the books';
COMMENT ON COLUMN recurring_rows.workspace IS 'the workspace';
COMMENT ON COLUMN recurring_rows.kind IS 'new, expansion, contraction, churn or reactivation';
COMMENT ON COLUMN recurring_rows.currency IS 'ISO 4217 code';
COMMENT ON COLUMN recurring_rows.amount IS 'change of the monthly recurring revenue';
