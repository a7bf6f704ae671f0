-- Each payment that a gateway takes, in the order in which they were made: made is the position of its first event.
CREATE TABLE payments (
    ledger_id uuid    NOT NULL,
    id        text    COLLATE "C" NOT NULL,
    made      bigint  NOT NULL,
    workspace text    COLLATE "C" NOT NULL,
    invoice   text    COLLATE "C" NOT NULL,
    gateway   text    COLLATE "C" NOT NULL,
    status    text    COLLATE "C" NOT NULL,
    version   bigint  NOT NULL,
    state     json    NOT NULL,
    PRIMARY KEY (ledger_id, id)
);
CREATE INDEX payments_by_made ON payments (ledger_id, made);
CREATE INDEX payments_by_workspace ON payments (ledger_id, workspace, made);
CREATE INDEX payments_by_invoice ON payments (ledger_id, invoice, made);
CREATE INDEX payments_by_status ON payments (ledger_id, status, made);

-- By which name a gateway knows each attempt of a payment.
CREATE TABLE charges (
    ledger_id uuid    NOT NULL,
    payment   text    COLLATE "C" NOT NULL,
    attempt   integer NOT NULL,
    gateway   text    COLLATE "C" NOT NULL,
    reference text    COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger_id, payment, attempt)
);
CREATE INDEX charges_by_reference ON charges (ledger_id, gateway, reference);

-- What goes back of each payment, one row a refund.
CREATE TABLE returns (
    ledger_id uuid    NOT NULL,
    refund    text    COLLATE "C" NOT NULL,
    payment   text    COLLATE "C" NOT NULL,
    amount    numeric NOT NULL,
    PRIMARY KEY (ledger_id, refund)
);
CREATE INDEX returns_by_payment ON returns (ledger_id, payment);

-- Each dispute of a payment, in the order in which they were opened: opened is the position of its event.
CREATE TABLE disputes (
    ledger_id uuid   NOT NULL,
    id        text   COLLATE "C" NOT NULL,
    opened    bigint NOT NULL,
    payment   text   COLLATE "C" NOT NULL,
    invoice   text   COLLATE "C" NOT NULL,
    workspace text   COLLATE "C" NOT NULL,
    status    text   COLLATE "C" NOT NULL,
    dispute   json   NOT NULL,
    PRIMARY KEY (ledger_id, id)
);
CREATE INDEX disputes_by_opened ON disputes (ledger_id, opened);
CREATE INDEX disputes_by_workspace ON disputes (ledger_id, workspace, opened);

-- The payment methods of each workspace.
CREATE TABLE payment_methods (
    ledger_id uuid   NOT NULL,
    workspace text   COLLATE "C" NOT NULL,
    version   bigint NOT NULL,
    state     json   NOT NULL,
    PRIMARY KEY (ledger_id, workspace)
);

COMMENT ON TABLE payments IS 'Payments that gateways take for invoices.';
COMMENT ON COLUMN payments.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN payments.id IS 'the payment; key with ledger_id';
COMMENT ON COLUMN payments.made IS 'position of its first event (events_readable.position)';
COMMENT ON COLUMN payments.workspace IS 'the workspace that pays';
COMMENT ON COLUMN payments.invoice IS 'the invoice that it is for (invoices.id)';
COMMENT ON COLUMN payments.gateway IS 'the gateway of the latest attempt';
COMMENT ON COLUMN payments.status IS 'pending, processing, requires_action, unknown, succeeded, failed or reversed';
COMMENT ON COLUMN payments.version IS 'version of its stream';
COMMENT ON COLUMN payments.state IS 'the payment with its attempts';
COMMENT ON TABLE charges IS 'The names by which gateways know the attempts of payments.';
COMMENT ON COLUMN charges.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN charges.payment IS 'the payment; key with ledger_id and attempt';
COMMENT ON COLUMN charges.attempt IS 'the attempt''s number';
COMMENT ON COLUMN charges.gateway IS 'the gateway that was asked';
COMMENT ON COLUMN charges.reference IS 'the gateway''s name for the charge';
COMMENT ON TABLE returns IS 'Refunds of payments.';
COMMENT ON COLUMN returns.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN returns.refund IS 'the refund (refunds.id); key with ledger_id';
COMMENT ON COLUMN returns.payment IS 'the payment that it goes back of';
COMMENT ON COLUMN returns.amount IS 'what goes back, in major units of the payment''s currency';
COMMENT ON TABLE payment_methods IS 'The payment methods of workspaces.';
COMMENT ON COLUMN payment_methods.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN payment_methods.workspace IS 'the workspace; key with ledger_id';
COMMENT ON COLUMN payment_methods.version IS 'version of the stream of its methods';
COMMENT ON COLUMN payment_methods.state IS 'the methods, and which is the default';
COMMENT ON TABLE disputes IS 'Payments that customers dispute.';
COMMENT ON COLUMN disputes.ledger_id IS 'the ledger (tallystick.ledgers)';
COMMENT ON COLUMN disputes.id IS 'the dispute, as its gateway names it; key with ledger_id';
COMMENT ON COLUMN disputes.opened IS 'position of the event that opened it (events_readable.position)';
COMMENT ON COLUMN disputes.payment IS 'the payment (payments.id)';
COMMENT ON COLUMN disputes.invoice IS 'the invoice that the payment is for (invoices.id)';
COMMENT ON COLUMN disputes.workspace IS 'the workspace that paid';
COMMENT ON COLUMN disputes.status IS 'open, won (the money stays) or lost';
COMMENT ON COLUMN disputes.dispute IS 'all of it: amount, fee, reason, and when it was opened and closed';
