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
