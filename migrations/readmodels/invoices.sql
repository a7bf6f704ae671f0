-- Each invoice, in the order in which they were made: made is the position of its first event.
CREATE TABLE invoices (
    ledger_id      uuid   NOT NULL,
    id             text   COLLATE "C" NOT NULL,
    made           bigint NOT NULL,
    workspace      text   COLLATE "C" NOT NULL,
    status         text   COLLATE "C" NOT NULL,
    payment_status text   COLLATE "C" NOT NULL,
    currency       text   COLLATE "C" NOT NULL,
    receivable     numeric NOT NULL, -- what an issued invoice still expects
    overdue_from   timestamptz, -- the end of the civil day on which it is due
    number         text   COLLATE "C", -- null until it is issued
    version        bigint NOT NULL,
    state          json   NOT NULL,
    PRIMARY KEY (ledger_id, id)
);
CREATE INDEX invoices_by_made ON invoices (ledger_id, made);
CREATE INDEX invoices_by_workspace ON invoices (ledger_id, workspace, made);
CREATE INDEX invoices_by_status ON invoices (ledger_id, status, made);
CREATE INDEX invoices_by_payment_status ON invoices (ledger_id, payment_status, made);
CREATE INDEX invoices_to_pay ON invoices (ledger_id, made, overdue_from) WHERE receivable > 0;
CREATE INDEX invoices_by_number ON invoices (ledger_id, number) WHERE number IS NOT NULL;

-- Each credit note, in the order in which they were issued: issued is the position of its event.
CREATE TABLE credit_notes (
    ledger_id uuid   NOT NULL,
    id        text   COLLATE "C" NOT NULL,
    issued    bigint NOT NULL,
    workspace text   COLLATE "C" NOT NULL,
    invoice   text   COLLATE "C" NOT NULL,
    note      json   NOT NULL,
    PRIMARY KEY (ledger_id, id)
);
CREATE INDEX credit_notes_by_issued ON credit_notes (ledger_id, issued);
CREATE INDEX credit_notes_by_workspace ON credit_notes (ledger_id, workspace, issued);
CREATE INDEX credit_notes_by_invoice ON credit_notes (ledger_id, invoice, issued);

-- Each refund, in the order in which they were made: made is the position of its first event.
CREATE TABLE refunds (
    ledger_id uuid   NOT NULL,
    id        text   COLLATE "C" NOT NULL,
    made      bigint NOT NULL,
    workspace text   COLLATE "C" NOT NULL,
    status    text   COLLATE "C" NOT NULL,
    version   bigint NOT NULL,
    state     json   NOT NULL,
    PRIMARY KEY (ledger_id, id)
);
CREATE INDEX refunds_by_made ON refunds (ledger_id, made);
CREATE INDEX refunds_by_workspace ON refunds (ledger_id, workspace, made);
CREATE INDEX refunds_by_status ON refunds (ledger_id, status, made);

-- The credit of each workspace.
CREATE TABLE accounts (
    ledger_id uuid NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    state     json NOT NULL,
    PRIMARY KEY (ledger_id, workspace)
);

-- What became of the credit of each workspace, by the positions of the events.
CREATE TABLE credits (
    ledger_id uuid   NOT NULL,
    workspace text   COLLATE "C" NOT NULL,
    position  bigint NOT NULL,
    entry     json   NOT NULL,
    PRIMARY KEY (ledger_id, workspace, position)
);

COMMENT ON TABLE invoices IS
'Each invoice as it stands now. What it consists of:
  SELECT line ->> ''description'' AS description, line -> ''quantity'' AS quantity,
         line -> ''amount'' ->> ''amount'' AS amount, line -> ''tax'' ->> ''amount'' AS tax
  FROM {schema}.invoices, json_array_elements(state -> ''bill'' -> ''lines'') AS line WHERE number = ''INV-000001'';
How it came about: tallystick.events_readable WHERE stream = ''invoice:'' || id.';
COMMENT ON COLUMN invoices.ledger_id IS 'the ledger (tallystick.ledgers); numbers are unique within it';
COMMENT ON COLUMN invoices.id IS 'id; key with ledger_id. Its events are in the stream invoice:ID';
COMMENT ON COLUMN invoices.made IS 'position of its first event; orders the invoices';
COMMENT ON COLUMN invoices.workspace IS 'workspace that is billed';
COMMENT ON COLUMN invoices.status IS 'draft; open: waits for money before it is issued; finalized: issued; voided';
COMMENT ON COLUMN invoices.payment_status IS 'not_required, pending, succeeded (paid), uncollectible (written off), or what a gateway says of what is pending: processing, requires_action, failed, unknown';
COMMENT ON COLUMN invoices.currency IS 'ISO 4217 code of all its amounts';
COMMENT ON COLUMN invoices.receivable IS 'what it still expects, in currency; 0 when paid, credited in full, written off or void';
COMMENT ON COLUMN invoices.overdue_from IS 'end of the civil day on which it is due; it is overdue from then, while receivable > 0';
COMMENT ON COLUMN invoices.number IS 'number on the document, such as INV-000001; null until it is issued';
COMMENT ON COLUMN invoices.version IS 'version of its stream: how many events it has';
COMMENT ON COLUMN invoices.state IS
'all of it, as JSON. state -> ''bill'': currency, lines, subtotal, discount, tax, total = subtotal - discount + tax.
A line: description, kind, quantity, amount (before discount and exclusive tax), discount, tax, tax_rate, period of
service, ratio (share of the full price), source_line (the line that a credit takes back; its amount is negative).
Beside it: reason (create, change, renewal, manual), issued_at, due_at, credit_applied, amount_paid, credited (by credit
notes), reduced, written_off, refunded. Still to pay: total - credit_applied - amount_paid - reduced - written_off';

COMMENT ON TABLE credit_notes IS 'Each credit note. It takes back lines of one invoice, and never changes.';
COMMENT ON COLUMN credit_notes.ledger_id IS 'the ledger';
COMMENT ON COLUMN credit_notes.id IS 'id; key with ledger_id';
COMMENT ON COLUMN credit_notes.issued IS 'position of its event, which is in the invoice''s stream';
COMMENT ON COLUMN credit_notes.workspace IS 'workspace of the invoice';
COMMENT ON COLUMN credit_notes.invoice IS 'id of the invoice (invoices.id)';
COMMENT ON COLUMN credit_notes.note IS
'number, issued_at, reason, lines (key of the invoice''s line, amount, tax), tax, total = reduced (what was owed less)
+ credit (kept for later invoices) + refund (to be paid back)';

COMMENT ON TABLE refunds IS 'Each refund: money that goes back to a customer, by hand until it is recorded.';
COMMENT ON COLUMN refunds.ledger_id IS 'the ledger';
COMMENT ON COLUMN refunds.id IS 'id; key with ledger_id. Its events are in the stream refund:ID';
COMMENT ON COLUMN refunds.made IS 'position of its first event';
COMMENT ON COLUMN refunds.workspace IS 'workspace that gets it';
COMMENT ON COLUMN refunds.status IS 'pending, succeeded or failed';
COMMENT ON COLUMN refunds.version IS 'version of its stream';
COMMENT ON COLUMN refunds.state IS 'all of it: amount, invoice, credit_note, payment, reason, and how it was settled';

COMMENT ON TABLE accounts IS
'The account of each workspace: credit that it has, and invoices that are open. What it owes is the sum of
invoices.receivable; what it has is here:
  SELECT workspace, b ->> ''amount'' AS credit, b ->> ''currency'' AS currency
  FROM {schema}.accounts, json_array_elements(state -> ''balances'') AS b;';
COMMENT ON COLUMN accounts.ledger_id IS 'the ledger';
COMMENT ON COLUMN accounts.workspace IS 'the workspace; key with ledger_id';
COMMENT ON COLUMN accounts.state IS 'balances: credit by currency; receivables: open invoices with what they expect; payments: money that credit came from';

COMMENT ON TABLE credits IS 'Each change of a workspace''s credit, in order.';
COMMENT ON COLUMN credits.ledger_id IS 'the ledger';
COMMENT ON COLUMN credits.workspace IS 'the workspace';
COMMENT ON COLUMN credits.position IS 'position of the event (events_readable.position); key with ledger_id and workspace';
COMMENT ON COLUMN credits.entry IS 
'kind (granted; applied: to an invoice; refunded), source of what was granted, invoice that it came from or went to,
amount (negative where credit became less), balance afterwards, reason, at';
