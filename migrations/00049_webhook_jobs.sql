-- +goose Up

-- What was tried and is not delivered, which is little beside what is.
CREATE INDEX webhook_outcomes_undelivered ON webhook_outcomes (ledger_id, endpoint, position) WHERE status <> 'delivered';
